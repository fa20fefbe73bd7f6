//! Load for Tributary: fleets of real agents in one process.
//!
//! ```text
//!   NATS <--a few links (bus::link, hosting)--> thousands of edge_agent::run, one task each
//! ```
//!
//! The agents are the agent's own code. What differs from the field is that they share connections and, with the memory
//! sink, forget everything at their end.

pub mod args;
mod fleet;
pub mod host;

pub use fleet::{Member, Source};
