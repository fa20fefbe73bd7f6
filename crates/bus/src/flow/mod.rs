//! The one loop that every service is: follow tables, fold what arrives, write what follows from it.
//!
//! ```text
//!   followers --Told--> [ fold ]                                 [ tenure ] --member, renewals--> leases
//!   core ----Message--> [ message ]   View   --Batch-->  [ writing ] --contents, then one fenced batch--> tables
//!   tick, contents ---> [ tick, content ]                   ^ one in flight for each unit
//! ```
//!
//! One task owns the view and calls it; everything that waits for the network is a future beside it. A view is asked
//! for rows only while it is whole: everything caught up, no source batch half folded, the unit's lease held, and the
//! unit's former holder's rows folded.

mod birth;
mod clock;
mod config;
mod core;
mod engine;
mod fold;
mod inputs;
mod lease;
pub mod rules;
mod stats;
mod tenure;
mod transfer;
mod view;
mod work;
mod writing;

pub use config::{Config, Hooks};
pub use stats::{Kind, Reading, Stats};
pub use view::{Batch, Unit, View};

use crate::{Bus, Error};

/// Runs `view` until the shutdown hook says so; then the leases are released.
///
/// Nothing that happens on the bus ends it: what fails is tried again. [`Error::Invalid`]: the configuration is wrong.
pub async fn run(bus: Bus, view: impl View, config: Config, hooks: Hooks) -> Result<(), Error> {
    config.check()?;
    // Boxed, so that the loop is compiled once and not for each view.
    engine::Engine::new(bus, Box::new(view), config, hooks).run().await;
    Ok(())
}
