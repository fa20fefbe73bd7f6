//! The gateway: what users and programs call.
//!
//! ```text
//!   gRPC --> one module per group of calls --reads--> State <--folds-- View <--follows-- all tables
//!                    | Apply, Delete                                                       ^
//!                    '-------------- compare-and-set batches of intent and locations ------'
//! ```
//!
//! It decides nothing that placement or translation decides: it calls their functions and shows what they say. It keeps
//! the rows of the tables as they are stored, so that a row it rewrites keeps fields of later versions. Several replicas
//! may run beside each other: every write is conditional on what it was decided on.
//!
//! A change returns when this replica has folded it: whoever wrote reads its own writes here. `intent` and `locations`
//! are two streams, so a change of both is two atomic batches, locations first.

mod admission;
mod apply;
mod args;
mod change;
mod decided;
mod declared;
mod delete;
mod error;
mod explain;
mod feedback;
mod filter;
mod folded;
mod get;
mod labels;
mod leaving;
mod list;
mod live;
mod locations;
mod metrics;
mod names;
mod page;
mod render;
mod serve;
mod service;
mod state;
mod status;
mod view;
mod watch;
mod writer;

pub use args::Args;
pub use metrics::Metrics;
pub use serve::{Gateway, run, start};
