//! Clusters that the user has: used, and left as they were.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};

use super::{Cluster, NAMESPACE};
use crate::folder::Folder;
use crate::say;

const BRIEFLY: &str = "--request-timeout=10s";

pub async fn open(folder: &Folder, kubeconfigs: &[PathBuf]) -> anyhow::Result<Vec<Cluster>> {
    say::title("Your clusters");
    let mut all = Vec::new();
    for (index, path) in kubeconfigs.iter().enumerate() {
        let cluster = Cluster::new(folder, index, file(path)?, None);
        let what = || format!("--kubeconfig {}: this cluster cannot be used", path.display());
        look(&cluster).await.with_context(what)?;
        all.push(cluster);
    }
    Ok(all)
}

fn file(path: &Path) -> anyhow::Result<PathBuf> {
    // A shell expands the first of several only.
    let home = std::env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
    let path = path.strip_prefix("~").map_or_else(|_| path.to_owned(), |rest| home.join(rest));
    path.canonicalize().with_context(|| format!("no kubeconfig at {}", path.display()))
}

/// That it answers, lets the agent do everything, and has nothing of a demo.
async fn look(cluster: &Cluster) -> anyhow::Result<()> {
    let kubectl = &cluster.kubectl;
    kubectl.run(&["get", "--raw", "/version", BRIEFLY]).await.context("it does not answer")?;
    let may = kubectl.run(&["auth", "can-i", "*", "*", "--all-namespaces"]).await;
    ensure!(
        may.is_ok(),
        "the demo applies an application as it is: the kubeconfig has to be an administrator's"
    );
    for namespace in [NAMESPACE, "shop"] {
        let found = kubectl.run(&["get", "namespace", namespace, "--ignore-not-found", "-o", "name"]).await?;
        ensure!(
            found.is_empty(),
            "it has a namespace {namespace}, of a demo that was killed or of somebody else: {}",
            kubectl.shown(&["delete", "namespace", namespace])
        );
    }
    say::line(&format!("{}  {}", cluster.name, cluster.kubeconfig.display()));
    Ok(())
}
