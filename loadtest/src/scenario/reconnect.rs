//! All agents lose their connections at once, and miss a change.

use super::check;
use crate::clock::{now, seconds};
use crate::declare;
use crate::figures::Figures;
use crate::stage::Stage;

pub async fn play(stage: &mut Stage, figures: &mut Figures) -> anyhow::Result<()> {
    let key = declare::placement_key(0);
    stage.stack.forget_peaks()?;
    let begun = now();
    stage.stack.hosts.tell("/drop").await?;
    let change = stage.change(&key).await?;
    let is_true = stage.settled("changed while agents were away", &key, &change.watermark).await?;
    figures.seconds("reconnect_s", seconds(begun, is_true));
    for (name, usage) in stage.stack.usages()? {
        figures.measure(&format!("reconnect_peak_mb.{name}"), usage.peak_mb);
    }
    figures.set("lost", check::count(&check::lost(stage, &[key]).await?));
    Ok(())
}
