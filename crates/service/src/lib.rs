//! What a service that writes tables is besides its view: flags, the loop's metrics, and the way into the loop.
//!
//! ```text
//!   main ──> chassis ──> run of the service ── View ──> run ── connect, look whether the tables are there ──> bus::flow
//! ```
//!
//! It does not know what any view does, nor which there are.

mod args;
mod metrics;

use std::sync::Arc;

use anyhow::Context as _;
use bus::flow::{self, Config, Hooks, Stats, View};
use bus::{Bus, Options};

pub use args::Args;
pub use metrics::Loop;

/// Runs `view` as the service called `name` until the frame says to end.
pub async fn run(name: &str, args: &Args, view: impl View, frame: chassis::Frame) -> anyhow::Result<()> {
    let stats = Arc::new(Stats::default());
    Loop::register(&frame.registry, &stats);
    tell_lacks(&frame.lack, &stats);
    let options = Options { url: args.nats_url.clone(), name: format!("tributary-{name}") };
    let bus = Bus::connect(options).await?;
    bus.check().await.context("the tables are not as they should be")?;
    let config = Config { lease: args.lease, renew: args.lease / 3, ..Config::new(name, holder(name)) };
    let hooks = Hooks { shutdown: frame.shutdown, ready: frame.ready, stats };
    tracing::info!(service = name, holder = config.holder, nats = args.nats_url, "following");
    flow::run(bus, view, config, hooks).await.with_context(|| format!("{name} ended"))
}

/// `/readyz` says what the loop lacks.
pub fn tell_lacks(lack: &chassis::Lack, stats: &Arc<Stats>) {
    let stats = stats.clone();
    lack.ask(move || stats.lacks().into_iter().collect());
}

/// Unlike that of any other process, the same one's next life included.
pub fn holder(name: &str) -> String {
    format!("{name}-{:016x}", rand::random::<u64>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_lives_hold_leases_under_one_name() {
        assert_ne!(holder("placement"), holder("placement"));
    }
}
