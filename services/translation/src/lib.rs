//! The service that renders: one document for each location of every region.
//!
//! ```text
//!   locations, decision ----------\
//!   release (content, on demand) ---> View (domain) --loop--> blob, desired-<region>
//!   desired-<region> -------------/
//! ```
//!
//! [`View`] turns rows into the domain's calls and the domain's results into rows; everything is decided in
//! `translation`, and everything about leases, batches and connections in `bus::flow`.

mod args;
mod metrics;
mod view;

use std::sync::Arc;

use anyhow::Context as _;
use bus::flow::{self, Config, Hooks};
use bus::{Bus, Options};

pub use args::Args;
pub use metrics::Metrics;
pub use view::View;

/// Follows and renders until the frame says to end.
pub async fn run(args: Args, frame: chassis::Frame) -> anyhow::Result<()> {
    let stats = Arc::new(flow::Stats::default());
    let view = View::new(Metrics::registered(&frame.registry, &stats));
    let options = Options { url: args.nats_url.clone(), name: "tributary-translation".to_owned() };
    let bus = Bus::connect(options).await?;
    bus.check().await.context("the tables are not as they should be")?;
    let config =
        Config { lease: args.lease, renew: args.lease / 3, ..Config::new("translation", args.holder()) };
    let hooks = Hooks { shutdown: frame.shutdown, ready: frame.ready, stats };
    tracing::info!(holder = config.holder, nats = args.nats_url, "translating");
    flow::run(bus, view, config, hooks).await.context("translation ended")
}
