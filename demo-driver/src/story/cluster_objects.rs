//! What was placed is there in the clusters too, as any tool sees it.

use anyhow::ensure;
use serde_json::Value;

use super::stage::Stage;
use crate::clusters::Cluster;
use crate::say;

/// Longer than it takes: they are healthy already, which says the same.
const WAIT: &str = "--timeout=30s";

pub async fn play(stage: &Stage) -> anyhow::Result<()> {
    if stage.clusters.count() == 0 {
        return Ok(());
    }
    say::title("kubectl shows the same objects in the clusters");
    for cluster in stage.clusters.each() {
        let rendered = stage.rendered(&cluster.name).await?;
        available(cluster, &rendered).await?;
    }
    say::line("checked: every Deployment is Available");
    Ok(())
}

async fn available(cluster: &Cluster, rendered: &[Value]) -> anyhow::Result<()> {
    for namespace in namespaces_of_deployments(rendered) {
        let of = ["--namespace", &namespace];
        cluster.kubectl.show(&[&["get", "deployments"], &of[..]].concat(), 20).await?;
        let wait = ["wait", "deployments", "--all", "--for=condition=Available", WAIT];
        let said = cluster.kubectl.run(&[&wait, &of[..]].concat()).await?;
        ensure!(said.contains("condition met"), "no Deployment in {namespace} of {}", cluster.name);
    }
    Ok(())
}

fn namespaces_of_deployments(rendered: &[Value]) -> Vec<String> {
    let deployments = rendered.iter().filter(|object| object["kind"] == "Deployment");
    let namespaces = deployments.map(|object| object["metadata"]["namespace"].as_str().unwrap_or("default"));
    let mut namespaces: Vec<_> = namespaces.map(str::to_owned).collect();
    namespaces.sort_unstable();
    namespaces.dedup();
    namespaces
}
