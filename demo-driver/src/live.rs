//! Checking what is shown against the objects in the clusters.

use std::collections::BTreeSet;

use anyhow::{Context as _, ensure};
use serde_json::Value;

use crate::clusters::{Cluster, NAMESPACE};
use crate::disk::identity;

/// On all that Tributary applied, with the location as its value.
const LABEL: &str = "tributary.dev/location";

/// That a cluster holds exactly the rendered objects: each of them, as rendered, and no other one of these kinds.
pub async fn holds_exactly(cluster: &Cluster, rendered: &[Value]) -> anyhow::Result<()> {
    let diff = cluster.kubectl.diff(rendered).await?;
    ensure!(diff.is_empty(), "{} differs from what was rendered for it:\n{diff}", cluster.name);
    let wanted: BTreeSet<_> = rendered.iter().map(identity).collect();
    let found = applied(cluster, rendered).await?;
    let surplus: Vec<_> = found.difference(&wanted).collect();
    ensure!(surplus.is_empty(), "{} also holds {surplus:?}", cluster.name);
    Ok(())
}

/// Identities of what Tributary applied, of the kinds of `examples`.
async fn applied(cluster: &Cluster, examples: &[Value]) -> anyhow::Result<BTreeSet<String>> {
    let kinds: BTreeSet<_> = examples.iter().map(kind).collect();
    let kinds = kinds.into_iter().collect::<Vec<_>>().join(",");
    let label = format!("{LABEL}={}", cluster.name);
    let text = cluster.kubectl.run(&["get", &kinds, "--all-namespaces", "-l", &label, "-o", "json"]).await?;
    let found: Value = serde_json::from_str(&text).context("kubectl printed no JSON")?;
    let objects = found["items"].as_array().into_iter().flatten();
    let ours = objects.filter(|object| object["metadata"]["namespace"] != NAMESPACE);
    Ok(ours.map(identity).collect())
}

/// As kubectl takes it, unmistakably: `Deployment.v1.apps`, `ConfigMap.v1.`
fn kind(object: &Value) -> String {
    let api = object["apiVersion"].as_str().unwrap_or_default();
    let (group, version) = api.split_once('/').unwrap_or(("", api));
    format!("{}.{version}.{group}", object["kind"].as_str().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_kind_carries_its_group_and_version() {
        assert_eq!(kind(&json!({"apiVersion": "apps/v1", "kind": "Deployment"})), "Deployment.v1.apps");
        assert_eq!(kind(&json!({"apiVersion": "v1", "kind": "Service"})), "Service.v1.");
    }
}
