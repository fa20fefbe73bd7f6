//! The placement is taken away: everything goes, everywhere, and nothing else.

use std::time::{Duration, Instant};

use anyhow::{bail, ensure};
use serde_json::Value;

use super::stage::{PATIENCE, Stage};
use crate::tributary::in_space;
use crate::{disk, inventory, say};

/// Between two lines of what is left.
const GLANCE: Duration = Duration::from_secs(1);

pub async fn play(stage: &Stage) -> anyhow::Result<()> {
    if stage.clusters.count() == 0 {
        return Ok(());
    }
    say::title("The placement is deleted");
    let mut rendered = Vec::new();
    for cluster in stage.clusters.each() {
        rendered.push(stage.rendered(&cluster.name).await?);
    }
    for placement in &stage.application.placements {
        let delete = in_space(placement, &["delete", "placement", &placement.name]);
        stage.tributary.show(&delete, 2).await?;
    }
    until_gone(stage, &rendered).await?;
    for store in inventory::STORES {
        let left = disk::manifests(&stage.fleet.manifests(store))?;
        ensure!(left.is_empty(), "{} still holds {:?}", store.name, left.keys());
    }
    say::line("checked: none of its objects is left, in no cluster and in none of the five folders");
    Ok(())
}

/// Shows what is left as it becomes less. Namespaces go last, with all that controllers made in them.
async fn until_gone(stage: &Stage, rendered: &[Vec<Value>]) -> anyhow::Result<()> {
    let started = Instant::now();
    let mut glance = tokio::time::interval(GLANCE);
    loop {
        glance.tick().await;
        let left = left(stage, rendered).await?;
        let shown = if left.is_empty() { "nothing is left" } else { &left };
        say::line(&format!("    {:>6} ms  {shown}", started.elapsed().as_millis()));
        if left.is_empty() {
            return Ok(());
        }
        if started.elapsed() > PATIENCE {
            bail!("not all of it went within {PATIENCE:?}: {left}");
        }
    }
}

/// Empty when nothing is.
async fn left(stage: &Stage, rendered: &[Vec<Value>]) -> anyhow::Result<String> {
    let mut left = Vec::new();
    for (cluster, objects) in stage.clusters.each().zip(rendered) {
        let there = cluster.kubectl.there(objects).await?;
        if let Some(first) = there.first() {
            left.push(format!("{}: {} objects ({first}, ...)", cluster.name, there.len()));
        }
    }
    Ok(left.join(", "))
}
