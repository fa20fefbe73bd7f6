//! The agent of one location.
//!
//! ```text
//!   NATS <--bus::link--> courier <--Event / Outbox--> site --edge::plan--> sink: a cluster, a folder, memory
//!                                                      '--> state: stored before it acts
//! ```
//!
//! `site` works without a hub; `courier` knows the hub and nothing of objects; every decision is in `edge`. The agent
//! does not know placements of other locations, rendering, or how anything is summarized.

mod agent;
pub mod args;
mod atomic;
mod courier;
mod error;
pub mod lease;
mod outbox;
pub mod sink;
mod site;
pub mod state;
mod timing;

pub use agent::{Event, Periods, Rests, Signals, run, stopped};
pub use error::Error;
pub use outbox::Outbox;
pub use site::Site;
