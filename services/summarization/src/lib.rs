//! The service that reduces reports: of regions, of the hub, or of both.
//!
//! ```text
//!   locations, decision, status-<region>, partial --\                       /--> partial, presence
//!                            alive.<region>.* --------> View (domain) --loop
//!                            query.<region>   <------/                      \--> summary
//! ```
//!
//! [`View`] turns rows into the domain's calls and the domain's results into rows; everything is decided in
//! `summarization`, and everything about leases, batches and connections in `bus::flow`.

mod args;
mod metrics;
mod trace;
mod view;

use std::sync::Arc;

use anyhow::Context as _;
use bus::flow::{self, Config, Hooks};
use bus::{Bus, Options};

pub use args::Args;
pub use metrics::Metrics;
pub use view::{Regions, Scope, View};

/// Follows and summarizes until the frame says to end.
pub async fn run(args: Args, frame: chassis::Frame) -> anyhow::Result<()> {
    let stats = Arc::new(flow::Stats::default());
    let metrics = Metrics::registered(&frame.registry, &stats);
    let view = View::new(args.scope(), args.settings(), metrics, now_ms());
    let bus = connect(&args).await?;
    bus.check().await.context("the tables are not as they should be")?;
    let config =
        Config { lease: args.lease, renew: args.lease / 3, ..Config::new("summarization", args.holder()) };
    let hooks = Hooks { shutdown: frame.shutdown, ready: frame.ready, stats };
    tracing::info!(holder = config.holder, nats = args.nats_url, "summarizing");
    flow::run(bus, view, config, hooks).await.context("summarization ended")
}

async fn connect(args: &Args) -> anyhow::Result<Bus> {
    let options = Options { url: args.nats_url.clone(), name: "tributary-summarization".to_owned() };
    Ok(Bus::connect(options).await?)
}

fn now_ms() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}
