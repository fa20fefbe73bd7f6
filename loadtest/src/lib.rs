//! Load for Tributary: fleets of real agents on a real server with the real services, and figures.
//!
//! ```text
//!   run --starts--> NATS, services                   run --gRPC--> gateway: changes, and when their summary is true
//!       --starts--> hosts: thousands of agents each      --reads--> tables afterwards: what was where, and when
//!       --plays---> scenarios --> figures
//! ```
//!
//! The agents are the agent's own code. What differs from the field is that they share connections and, with the memory
//! sink, forget everything at their end.

pub mod args;
mod clock;
mod cluster;
mod declare;
mod figures;
mod fleet;
pub mod host;
mod hosts;
mod hub;
mod latency;
mod progress;
pub mod raw;
mod report;
pub mod run;
mod scenario;
mod stack;
mod stage;
mod tables;
mod timeline;
mod usage;

pub use fleet::{Member, Source};
