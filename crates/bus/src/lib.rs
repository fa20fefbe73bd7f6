//! All of NATS: the streams as data, reads and fenced writes, the one loop that every service is, and the agent's link.
//!
//! ```text
//!                     topology (what the streams are)
//!                         |
//!   services: flow  -- follow, commit, content --  NATS  --  link: agents
//!      |  fold(row), writes(unit)                              |  newest document, status by compare-and-set
//!     View (a service's domain)                            Attachment (one location)
//! ```
//!
//! The crate knows subjects, sequences, leases and connections, and nothing of what rows mean: it never decodes one, but
//! for leases, marks of completeness and the epoch. It alone knows the NATS client.

mod api;
mod backoff;
mod bus;
mod cause;
mod commit;
mod connection;
mod content;
mod error;
mod exchange;
pub mod flow;
mod follow;
pub mod link;
mod many;
mod provision;
mod read;
mod row;
mod stored;
pub mod topology;

pub use bus::{Bus, Options};
pub use cause::{Cause, Interruption, Loss, Reason};
pub use error::Error;
pub use row::{Birth, Fence, Row, Store, Write};
pub use stored::{Listing, Piece};
pub use wire::{Key, Stream};
