//! A service is killed in the middle of a change: its other replica takes over, and the change goes on.

use std::time::Instant;

use anyhow::ensure;

use super::stage::Stage;
use crate::figures::Figures;
use crate::{disk, inventory, say};

/// What renders and writes every location's document: nothing goes on without it.
const SERVICE: &str = "translation";

pub async fn play(stage: &mut Stage, figures: &mut Figures) -> anyhow::Result<()> {
    say::title("A service is killed in the middle of a change");
    let before = stage.rollouts();
    let (victim, heir) = stage.fleet.leader(SERVICE).await?;
    let held = stage.fleet.leases(victim).await? + stage.fleet.leases(heir).await?;
    let image = stage.edit_image()?;
    stage.apply().await?;
    let changed = stage.changed(&before).await?;
    let kill = Instant::now();
    stage.fleet.kill_service(victim);
    let reached = stage.eyes.now().reports(&changed, stage.eyes.now().rollout(&changed)).len();
    say::line(&format!(
        "kill -9 of {}, when {reached} of {} had it",
        stage.fleet.name(victim),
        stage.locations
    ));
    stage.fleet.holds(heir, held).await?;
    figures.takeover = kill.elapsed();
    say::line(&format!(
        "{} held all of its leases after {} ms",
        stage.fleet.name(heir),
        figures.takeover.as_millis()
    ));
    stage.watch_until_well().await?;
    stage.fleet.restart_service(victim).await?;
    for store in inventory::STORES {
        ensure!(disk::runs(&stage.fleet.manifests(store), &image)?, "{} does not run {image}", store.name);
    }
    stage.check_disks().await
}
