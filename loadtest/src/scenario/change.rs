//! One change of one object to all locations.

use crate::clock::{Moment, seconds};
use crate::declare;
use crate::figures::Figures;
use crate::stage::{Applied, Stage};
use crate::timeline::Timeline;
use crate::usage::{self, Usages};

pub async fn play(stage: &mut Stage, figures: &mut Figures) -> anyhow::Result<()> {
    let key = declare::placement_key(0);
    let live = u64::from(stage.run.live());
    let before = stage.stack.usages()?;
    let applied = stage.change(&key).await?;
    let (is_true, _) = stage.until_true("changed", &key, &applied.watermark, live).await?;
    spent(stage, figures, &before)?;
    let number = stage.rollout(&key).await?;
    let timeline = Timeline::read(&stage.tables, &stage.regions, &key, number, applied.begun).await?;
    times(figures, &applied, &timeline, is_true);
    figures.set("lost", live.saturating_sub(timeline.applied.len() as u64));
    Ok(())
}

/// CPU and memory by process; the hub's CPU is that of the services and NATS.
fn spent(stage: &Stage, figures: &mut Figures, before: &Usages) -> anyhow::Result<()> {
    let after = stage.stack.usages()?;
    let hub = usage::of_hub(&usage::spent(before, &after));
    figures.measure("hub_cpu_us_per_location", hub * 1e6 / f64::from(stage.run.locations));
    super::used(figures, before, &after);
    for (name, usage) in &after {
        figures.measure(&format!("peak_mb.{name}"), usage.peak_mb);
    }
    Ok(())
}

/// From the return of `apply`, stage by stage.
fn times(figures: &mut Figures, applied: &Applied, timeline: &Timeline, is_true: Moment) {
    let from = applied.returned;
    figures.seconds("change_intent_s", seconds(applied.begun, from));
    let decided = Timeline::since(from, &timeline.decided);
    if let Some(last) = decided.max() {
        figures.seconds("change_decided_s", last);
    }
    let published = Timeline::since(from, timeline.published.values());
    if let Some(last) = published.max() {
        figures.seconds("change_published_s", last);
    }
    figures.distribution("change_published", published);
    figures.distribution("change_received", Timeline::since(from, timeline.received.values()));
    figures.distribution("change_applied", Timeline::since(from, timeline.applied.values()));
    figures.distribution("change_reported", Timeline::since(from, timeline.reported.values()));
    figures.seconds("change_summary_true_s", seconds(from, is_true));
}
