//! Real servers and real processes for tests and for the demo: nothing here is a mock.
//!
//! ```text
//!   test ──owns──> Nats, Process ──die with──> the test (dropped), or with its process (reaper)
//!        ──asks──> eventually(what, timeout, state) ──prints the last state──> when it never comes true
//!        ──reads─> Collector <──traces, metrics── processes (feature `collector`)
//!        ──cuts──> Proxy ──between──> an agent and its server
//!        ──owns──> Kubernetes <──breaks── Gate ──between──> an agent and its API server (feature `gate`)
//! ```
//!
//! One server process per test, on a port of its own and with a store of its own, so that tests neither see nor
//! delete each other's streams. It does not know NATS' protocol, tables, Kubernetes' objects, or any other crate of
//! this workspace.
//!
//! When a test panics, each process that it owns prints the end of its output. Let tests panic (`unwrap`)
//! rather than return an error, or that output is not shown.

#[cfg(feature = "collector")]
pub mod collector;
mod eventually;
pub mod http;
pub mod kubernetes;
mod nats;
mod output;
mod process;
mod proxy;
mod reaper;
mod service;
mod tools;
mod tributary;

#[cfg(feature = "collector")]
pub use collector::Collector;
pub use eventually::eventually;
pub use kubernetes::{Image, Kubernetes};
pub use nats::Nats;
pub use process::{Process, binary};
pub use proxy::Proxy;
pub use service::Service;
pub use tools::{nats_server, path, pinned, tool};
pub use tributary::{init, tributary};
