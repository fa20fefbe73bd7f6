//! Two clusters of the demo's own, ended with it.

use std::time::Instant;

use testbed::Kubernetes;

use super::{Cluster, Clusters, Life, name};
use crate::folder::Folder;
use crate::say;

/// Some pods are placed on nodes of this label alone, in the US.
const MIRROR: &str = "shop.example/registry=mirror-us";

/// Makes both at the same time.
pub async fn clusters(folder: &Folder) -> anyhow::Result<Clusters> {
    say::title("Two Kubernetes clusters: API server, etcd, controllers and scheduler each (10 to 20 s)");
    say::line("kwok plays their nodes: pods become ready as objects, no image is pulled, no container runs");
    let (one, two) = tokio::try_join!(Box::pin(make(folder, 0)), Box::pin(make(folder, 1)))?;
    Ok(Clusters { all: vec![one, two], life: Life::Played })
}

async fn make(folder: &Folder, index: usize) -> anyhow::Result<Cluster> {
    let started = Instant::now();
    let home = folder.make(&format!("clusters/{}", name(index)))?;
    let made = Kubernetes::options().folder(&home).nodes(1).start().await?;
    made.kubectl(&["label", "nodes", "--all", MIRROR])?;
    let kubeconfig = made.kubeconfig().to_owned();
    say::line(&format!("{}  {}, ready after {} s", name(index), made.url(), started.elapsed().as_secs()));
    Ok(Cluster::new(folder, index, kubeconfig, Some(made)))
}
