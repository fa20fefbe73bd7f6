//! The same change at once and in waves, in turns: what waves add.
//!
//! Both placements have the same objects at the same locations. Waves wait for nothing but for each other, so that what a
//! rollout in waves takes more is deciding, and the way there and back once for each wave.

use model::PlacementKey;
use wire::{Key, Stream};

use super::check;
use crate::clock::{Moment, seconds};
use crate::declare;
use crate::figures::Figures;
use crate::latency::Latencies;
use crate::stage::Stage;

/// Changes of each, in turns.
const ROUNDS: u32 = 3;

pub async fn play(stage: &mut Stage, figures: &mut Figures) -> anyhow::Result<()> {
    let key = stage.waves().await?;
    let (mut at_once, mut in_waves, mut single) = (Turns::default(), Turns::default(), Vec::new());
    for _ in 0..ROUNDS {
        at_once.play(stage, &declare::placement_key(0), Way::AtOnce).await?;
        in_waves.play(stage, &key, Way::InWaves).await?;
        single.extend(passed(stage, &key).await?);
    }
    figures.set("rollout_waves", stage.run.waves);
    let locations = f64::from(stage.run.locations);
    for (name, turns) in [("rollout_at_once", &at_once), ("rollout_in_waves", &in_waves)] {
        let times = Latencies::new(turns.seconds.clone());
        figures.seconds(&format!("{name}_s"), times.quantile(0.5).unwrap_or_default());
        figures.seconds(&format!("{name}_longest_s"), times.max().unwrap_or_default());
        let cpu = turns.hub_cpu_s / f64::from(ROUNDS);
        figures.measure(&format!("{name}_hub_cpu_us_per_location"), cpu * 1e6 / locations);
        figures.measure(&format!("{name}_placement_cpu_s"), turns.placement_cpu_s / f64::from(ROUNDS));
    }
    let [once, waves] =
        [&at_once, &in_waves].map(|turns| Latencies::new(turns.seconds.clone()).quantile(0.5));
    if let (Some(once), Some(waves)) = (once.filter(|once| *once > 0.0), waves) {
        figures.set("rollout_ratio", (waves / once * 100.0).round() / 100.0);
    }
    figures.distribution("rollout_wave", Latencies::new(single));
    figures.set("lost", check::count(&check::lost(stage, &[declare::placement_key(0), key]).await?));
    stage.end_waves().await
}

/// How a release reaches its locations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    AtOnce,
    InWaves,
}

/// What changes of one placement took.
#[derive(Debug, Default)]
struct Turns {
    seconds: Vec<f64>,
    hub_cpu_s: f64,
    placement_cpu_s: f64,
}

impl Turns {
    async fn play(&mut self, stage: &mut Stage, key: &PlacementKey, way: Way) -> anyhow::Result<()> {
        let before = stage.stack.usages()?;
        let change = stage.change(key).await?;
        let is_true = match way {
            Way::AtOnce => stage.settled("changed at once", key, &change.watermark).await?,
            Way::InWaves => stage.ended("changed in waves", key, &change.watermark).await?,
        };
        self.seconds.push(seconds(change.returned, is_true));
        self.hub_cpu_s += stage.stack.hub_cpu_since(&before)?;
        self.placement_cpu_s += stage.placement_cpu_since(&before)?;
        Ok(())
    }
}

/// How long each wave of the newest rollout took, as placement has noted it.
async fn passed(stage: &Stage, key: &PlacementKey) -> anyhow::Result<Vec<f64>> {
    let row = stage.tables.last(&Stream::Decision, &Key::Rollout(key.clone())).await?;
    let rollout = row.map(|row| wire::decode_rollout(&row.value)).transpose()?;
    let waves = rollout.and_then(|rollout| rollout.progress).map(|progress| progress.waves);
    let moment = Moment::from_millis;
    Ok(waves.into_iter().flatten().map(|it| seconds(moment(it.start_time), moment(it.pass_time))).collect())
}
