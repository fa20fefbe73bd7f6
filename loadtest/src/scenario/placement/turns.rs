//! One location after the other changes, each when what the one before led to is decided.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use model::PlacementKey;

use crate::declare::{self, choice};
use crate::figures::Figures;
use crate::latency::Latencies;
use crate::stage::Stage;

/// Changes of each kind.
const CHANGES: usize = 50;
/// What passes at rest is looked at for so long.
const REST: Duration = Duration::from_secs(2);

/// What changes of one kind took.
#[derive(Debug)]
pub struct Turned {
    /// From the call until the last decision was stored, of those that led to any.
    decided: Latencies,
    /// From the call until all units said that it was taken in.
    complete: Latencies,
    /// Of placement for each of them, without what passes at rest.
    cpu_ms: f64,
}

/// Changes locations that `key` has chosen, and brings them back.
pub async fn play(stage: &mut Stage, key: &PlacementKey, turn: choice::Turn) -> anyhow::Result<Turned> {
    let numbers = some(stage, key).await?;
    let idle = at_rest(stage).await?;
    let (begun, before) = (Instant::now(), stage.stack.usages()?);
    let (mut decided, mut complete) = (Vec::new(), Vec::new());
    for (round, number) in numbers.iter().enumerate() {
        let location = declare::located(&stage.run, &stage.regions, *number, stage.generations.of(*number));
        let changed = wire::resource_message(&choice::turned(location, turn, round));
        let done = stage.decide(vec![changed]).await?;
        complete.push(done.seconds());
        decided.extend(stage.decided_after(key, done.begun).await?);
    }
    let spent = stage.placement_cpu_since(&before)? - idle * begun.elapsed().as_secs_f64();
    stage.decide(numbers.iter().map(|number| stage.declaration(*number)).collect()).await?;
    let cpu_ms = spent.max(0.0) * 1e3 / numbers.len() as f64;
    Ok(Turned { decided: Latencies::new(decided), complete: Latencies::new(complete), cpu_ms })
}

/// The numbers of some chosen locations, evenly over all of them.
async fn some(stage: &Stage, key: &PlacementKey) -> anyhow::Result<Vec<u32>> {
    let chosen = stage.chosen(key).await?;
    let step = (chosen.len() / CHANGES).max(1);
    let number =
        |name: &String| declare::location_number(name).with_context(|| format!("{name} has no number"));
    chosen.iter().step_by(step).take(CHANGES).map(number).collect()
}

/// CPU seconds of placement in a second in which nothing changes.
async fn at_rest(stage: &Stage) -> anyhow::Result<f64> {
    let (begun, before) = (Instant::now(), stage.stack.usages()?);
    tokio::time::sleep(REST).await;
    Ok(stage.placement_cpu_since(&before)? / begun.elapsed().as_secs_f64())
}

impl Turned {
    pub fn told(self, figures: &mut Figures, of: &str, turn: &str) {
        for (suffix, share) in [("p50", 0.5), ("p99", 0.99)] {
            if let Some(seconds) = self.decided.quantile(share) {
                figures.milliseconds(&format!("{of}_change_decided_{suffix}_ms.{turn}"), seconds);
            }
            if let Some(seconds) = self.complete.quantile(share) {
                figures.milliseconds(&format!("{of}_change_complete_{suffix}_ms.{turn}"), seconds);
            }
        }
        figures.measure(&format!("{of}_change_cpu_ms.{turn}"), self.cpu_ms);
    }
}
