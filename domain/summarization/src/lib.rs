//! Reduces what locations report to what people see: counts, problems, presence.
//!
//! ```text
//!   status, alive --> RegionView --partial--> RegionView of the region above --partial--> HubView --> summary
//! ```
//!
//! A partial is an absolute value of a set of regions: whoever has the newest one of each child has everything, so a
//! lost, late or doubled row does no harm, and a tree of any depth gives what a flat list would. The crate knows no wire,
//! no clock and no I/O; time is what callers say, and must not jump for silence to be judged well.

mod buckets;
pub mod classify;
mod contribution;
mod decided;
mod failures;
mod hub;
mod interner;
mod location;
mod pace;
mod partial;
mod problems;
mod query;
mod region;
mod report;
mod silence;
mod table;
mod tally;
mod unlisted;

pub use contribution::{Contribution, Silence, State, add, subtract, total};
pub use hub::HubView;
pub use partial::merge;
pub use query::{Page, Query, Row};
pub use region::{Output, RegionView, Settings};
pub use report::Report;
pub use table::Table;
