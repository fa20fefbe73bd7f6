//! Changes of one object to a hundred of the locations.

use super::check;
use crate::clock::seconds;
use crate::figures::Figures;
use crate::latency::Latencies;
use crate::stage::Stage;
use crate::timeline::Timeline;

/// One after the other, each when the one before is true everywhere.
const CHANGES: u32 = 5;

pub async fn play(stage: &mut Stage, figures: &mut Figures) -> anyhow::Result<()> {
    let key = stage.narrow().await?;
    let live = stage.live(&key);
    let (mut applied, mut summaries, mut hub_cpu) = (Vec::new(), Vec::new(), 0.0);
    for _ in 0..CHANGES {
        let before = stage.stack.usages()?;
        let change = stage.change(&key).await?;
        let is_true = stage.settled("changed", &key, &change.watermark).await?;
        hub_cpu += stage.stack.hub_cpu_since(&before)?;
        summaries.push(seconds(change.returned, is_true));
        let number = stage.rollout(&key).await?;
        let timeline = Timeline::reports(&stage.tables, &stage.regions, &key, number).await?;
        applied.extend_from_slice(Timeline::since(change.returned, timeline.applied.values()).sorted());
    }
    figures.set("narrow_locations", live);
    figures.distribution("narrow", Latencies::new(applied));
    let summaries = Latencies::new(summaries);
    figures.seconds("narrow_summary_true_s", summaries.quantile(0.5).unwrap_or_default());
    if live > 0 {
        figures.measure("narrow_hub_cpu_us_per_location", hub_cpu * 1e6 / f64::from(CHANGES) / live as f64);
    }
    figures.set("lost", check::count(&check::lost(stage, &[key]).await?));
    Ok(())
}
