//! The service that decides which objects go to which locations.
//!
//! ```text
//!   KV_intent, KV_locations --\                         /--> release (content, first)
//!   decision, summary ---------> View (domain) --loop---+--> decision
//!   release (large objects) --/                         \--> rollout
//! ```
//!
//! [`View`] turns rows into the domain's calls and the domain's outcome into rows; everything is decided in
//! `placement`, and everything about leases, batches and connections in `bus::flow`.

mod args;
mod metrics;
mod pending;
mod trace;
mod view;

use std::sync::Arc;

use anyhow::Context as _;
use bus::flow::{self, Config, Hooks};
use bus::{Bus, Options};

pub use args::Args;
pub use metrics::{Metrics, Unreadable};
pub use view::View;

/// Follows and decides until the frame says to end.
pub async fn run(args: Args, frame: chassis::Frame) -> anyhow::Result<()> {
    let stats = Arc::new(flow::Stats::default());
    let view = View::new(Metrics::registered(&frame.registry, &stats));
    let options = Options { url: args.nats_url.clone(), name: "tributary-placement".to_owned() };
    let bus = Bus::connect(options).await?;
    bus.check().await.context("the tables are not as they should be")?;
    let config =
        Config { lease: args.lease, renew: args.lease / 3, ..Config::new("placement", args.holder()) };
    let hooks = Hooks { shutdown: frame.shutdown, ready: frame.ready, stats };
    tracing::info!(holder = config.holder, nats = args.nats_url, "placing");
    flow::run(bus, view, config, hooks).await.context("placement ended")
}
