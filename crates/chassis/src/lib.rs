//! The frame that every long-running process here stands in: flags, admin endpoints, telemetry, signals.
//!
//! ```text
//!   main ──> main::<Args>() ──> parse ── bad: say why, exit 64
//!                                 │
//!                              run(service, args, body)
//!                                 │ telemetry ── only if the standard OTEL_* variables ask for it
//!                                 │ admin     ── /livez /readyz /metrics
//!                                 │ signals   ── first: shutdown + grace period; second: end at once
//!                                 └─> body(Frame { shutdown, ready, lack, registry, admin })
//! ```
//!
//! It does not know what the process does: nothing of NATS, tables, or any other crate of this workspace.
//! A service's `main` is one call of [`main`]; the service waits for [`Frame::shutdown`] and tells the
//! truth through [`Frame::ready`].

mod admin;
mod args;
mod config;
mod error;
mod process;
mod registry;
mod shutdown;
mod telemetry;
pub mod trace;

pub use admin::Lack;
pub use args::{Args, LogFormat};
pub use config::parse;
pub use error::{BAD_CONFIGURATION, Error};
pub use process::{Frame, main, run};
pub use registry::Registry;
pub use telemetry::Recording;

/// For services, which hold many small things for a long time: it takes less time and memory than the C library's, and more
/// addresses, which what only calls them has no need for.
pub use mimalloc::MiMalloc as Allocator;
