//! One cluster is told to run an image that cannot be pulled: shown as degraded, with what its kubelet says.

use anyhow::{Context as _, ensure};

use super::stage::Stage;
use crate::clusters::Cluster;
use crate::say;
use crate::tributary::in_space;

/// After `demo-clusters` in the order of names, in which transforms apply.
const TRANSFORM: &str = "demo-pull-failure";
const IMAGE: &str = "registry.example/shop/cart:no-such-tag";
const REASON: &str = "ImagePullBackOff";

pub async fn play(stage: &Stage) -> anyhow::Result<()> {
    let Some(cluster) = stage.clusters.each().last() else { return Ok(()) };
    if !stage.clusters.run_containers() {
        say::line("\n(left out: an image that cannot be pulled; kwok pulls none)");
        return Ok(());
    }
    say::title(&format!("{} is to run an image that cannot be pulled", cluster.name));
    let file = stage.folder.write("pull-failure.yaml", &transform(&cluster.name))?;
    stage.tributary.show(&["apply", "-f", &stage.folder.shown(&file)], 4).await?;
    let placement = stage.placement();
    stage
        .watch("one location degraded and all others healthy", |seen| {
            let total = seen.summaries.get(&placement).map(|summary| summary.total).unwrap_or_default();
            total.degraded == 1 && total.healthy + 1 == total.expected
        })
        .await?;
    let shown = stage.tributary.describe(&placement).await?;
    for part in [cluster.name.as_str(), REASON, IMAGE] {
        ensure!(shown.contains(part), "`tributary describe` does not say {part}");
    }
    old_pods_run(cluster).await?;
    let target = format!("transform/{TRANSFORM}");
    stage.tributary.show(&in_space(&placement, &["delete", &target]), 4).await?;
    stage.watch_until_well().await
}

async fn old_pods_run(cluster: &Cluster) -> anyhow::Result<()> {
    let pods = ["get", "pods", "--namespace", "shop", "-l", "app=cart"];
    let shown = cluster.kubectl.show(&pods, 10).await?;
    let running = shown.lines().filter(|line| line.contains(" Running "));
    running.clone().next().context("no pod of before runs")?;
    say::line(&format!("checked: {} pods of before go on", running.count()));
    Ok(())
}

fn transform(location: &str) -> String {
    format!(
        "apiVersion: tributary.dev/v1alpha1
kind: Transform
metadata: {{name: {TRANSFORM}}}
spec:
  match: {{apiGroup: apps, kinds: [Deployment], objectNames: [cart]}}
  when: location.name == \"{location}\"
  operations:
    - set: {{path: \"$.spec.template.spec.containers[0].image\", value: {IMAGE}}}
"
    )
}
