//! Agents change state at a rate, and the summary follows.

mod lag;

use std::time::{Duration, Instant};

use self::lag::Lag;
use super::check;
use crate::clock::{now, seconds};
use crate::figures::Figures;
use crate::stage::Stage;
use crate::tables::Sizes;

/// Changes of state a second, over all agents.
const RATE: u32 = 30_000;
/// Of one agent; with more, the lag of a change could not be told from that of the change before it.
const EACH: f64 = 0.5;

pub async fn play(stage: &mut Stage, figures: &mut Figures) -> anyhow::Result<()> {
    let narrow = stage.narrow().await?;
    let rate = rate(stage.run.live());
    let flap = command(rate, stage.run.hosts, stage.run.duration);
    let before = stage.tables.sizes().await?;
    let begun = Instant::now();
    let mut lag = Lag::watch(stage, &narrow).await?;
    let addresses = stage.stack.hosts.addresses().await?;
    lag.during(crate::hosts::tell(addresses, flap)).await?;
    let (time, after) = (begun.elapsed().as_secs_f64(), stage.tables.sizes().await?);
    let ended = now();
    lag.during(check::at_rest(stage)).await?;
    figures.set("status_asked_per_s", rate);
    figures.measure("status_updates_per_s", stored(&before, &after) as f64 / time);
    figures.seconds("status_settled_s", seconds(ended, now()));
    figures.distribution("status_lag", lag.latencies());
    let placements = stage.placements();
    figures.set("lost", check::count(&check::lost(stage, &placements).await?));
    Ok(())
}

/// What so many agents can change.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "less than RATE, and not negative"
)]
pub fn rate(live: u32) -> u32 {
    (f64::from(live) * EACH).clamp(1.0, f64::from(RATE)) as u32
}

/// What each host is told, so that all of them together change so many.
pub fn command(rate: u32, hosts: u32, time: Duration) -> String {
    format!("/flap?rate={}&seconds={}", rate.div_ceil(hosts), time.as_secs().max(1))
}

/// Rows that agents have stored in between.
fn stored(before: &Sizes, after: &Sizes) -> u64 {
    let last = |sizes: &Sizes, stream: &str| sizes.get(stream).map_or(0, |size| size.last);
    let streams = after.keys().filter(|stream| stream.starts_with("status-"));
    streams.map(|stream| last(after, stream) - last(before, stream)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_agents_change_less() {
        assert_eq!([rate(1), rate(1000), rate(1_000_000)], [1, 500, RATE]);
        assert_eq!(command(30, 4, Duration::from_millis(10)), "/flap?rate=8&seconds=1");
    }
}
