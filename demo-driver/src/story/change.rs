//! One image changes everywhere.

use std::time::{Duration, Instant};

use anyhow::ensure;
use model::PlacementKey;

use super::stage::Stage;
use crate::eyes::{Seen, now_ms};
use crate::figures::{Figures, percentile};
use crate::{disk, inventory, say};

pub async fn play(stage: &mut Stage, figures: &mut Figures) -> anyhow::Result<()> {
    say::title("One image changes");
    let before = stage.rollouts();
    let image = stage.edit_image()?;
    let (start, start_ms) = (Instant::now(), now_ms());
    stage.apply().await?;
    let changed = stage.changed(&before).await?;
    stage.watch_until_well().await?;
    figures.change_summary = start.elapsed();
    figures.change_applied = applied(&stage.eyes.now(), &changed, start_ms);
    let [half, most] = [50, 99].map(|percent| percentile(&figures.change_applied, percent).as_millis());
    say::line(&format!("applied within {half} ms at half of the locations, within {most} ms at 99 %"));
    for store in inventory::STORES {
        ensure!(disk::runs(&stage.fleet.manifests(store), &image)?, "{} does not run {image}", store.name);
    }
    stage.check_disks().await?;
    stage.check_images(&image).await
}

/// For each location, from `start_ms` until it had applied the present rollout, by its own report.
fn applied(seen: &Seen, placement: &PlacementKey, start_ms: u64) -> Vec<Duration> {
    let reports = seen.reports(placement, seen.rollout(placement));
    let took = |status: &&model::Status| {
        let arrival = Duration::from_millis(status.received_time.saturating_sub(start_ms));
        arrival + Duration::from_micros(u64::from(status.fetch_us) + u64::from(status.apply_us))
    };
    reports.values().map(took).collect()
}
