//! The one loop that every service is: follow tables, fold what arrives, write what follows from it.

mod config;
mod stats;
mod view;

pub use config::{Config, Hooks};
pub use stats::Stats;
pub use view::{Batch, Unit, View};
