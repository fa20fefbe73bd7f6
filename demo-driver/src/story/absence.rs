//! An agent is away during a change: never shown as healthy, and right again soon after it is back.

use std::time::{Duration, Instant};

use anyhow::ensure;
use model::{Counts, PlacementKey};
use testbed::eventually;

use super::stage::{PATIENCE, Stage};
use crate::eyes::Seen;
use crate::figures::Figures;
use crate::inventory::{STORES, Store};
use crate::{disk, say};

fn absent() -> &'static Store {
    &STORES[4]
}

pub async fn play(stage: &mut Stage, figures: &mut Figures) -> anyhow::Result<()> {
    let store = absent();
    say::title(&format!("The agent of {} stops, and misses a change", store.name));
    stage.fleet.stop_agent(store).await?;
    let placement = stage.placement();
    stage.watch("one location stale", |seen| total(seen, &placement).stale == 1).await?;
    let before = stage.rollouts();
    let image = stage.edit_image()?;
    stage.apply().await?;
    let changed = stage.changed(&before).await?;
    stage.watch("all healthy but the absent one", |seen| all_but_one(seen, &changed)).await?;
    let shown = stage.tributary.describe(&changed).await?;
    ensure!(shown.contains(store.name), "`tributary describe` does not name {}", store.name);
    let folder = stage.fleet.manifests(store);
    ensure!(!disk::runs(&folder, &image)?, "{} runs {image} without its agent", store.name);
    say::line(&format!("checked: the files of {} are as it left them", store.name));
    figures.catch_up = catch_up(stage, store, &image).await?;
    stage.watch_until_well().await?;
    stage.check_disks().await
}

async fn catch_up(stage: &mut Stage, store: &Store, image: &str) -> anyhow::Result<Duration> {
    say::line(&format!("the agent of {} starts again", store.name));
    let start = Instant::now();
    stage.fleet.start_agent(store)?;
    let folder = stage.fleet.manifests(store);
    eventually("the missed change is on disk", PATIENCE, async || match disk::runs(&folder, image) {
        Ok(true) => Ok(()),
        Ok(false) => Err("the image before it".to_owned()),
        Err(error) => Err(format!("{error:#}")),
    })
    .await?;
    let took = start.elapsed();
    say::line(&format!("the missed change was on its disk after {} ms", took.as_millis()));
    Ok(took)
}

fn total(seen: &Seen, placement: &PlacementKey) -> Counts {
    seen.summaries.get(placement).map(|summary| summary.total).unwrap_or_default()
}

/// The present rollout is healthy at all locations but one, and that one is not counted as anything good.
fn all_but_one(seen: &Seen, placement: &PlacementKey) -> bool {
    let total = total(seen, placement);
    let present = seen.summaries.get(placement).is_some_and(|s| s.partial.rollout == seen.rollout(placement));
    present && total.healthy + 1 == total.expected && total.stale + total.missing == 1 && total.offline == 1
}
