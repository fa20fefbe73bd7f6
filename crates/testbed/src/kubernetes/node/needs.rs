//! What a machine must have for clusters with containers.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};

use super::PATH;
use crate::pinned;

const PROGRAMS: [&str; 8] =
    ["containerd", "ctr", "runc", "iptables", "conntrack", "ip", "nsenter", "unshare"];

const PACKAGES: &str = "containerd runc containernetworking-plugins iptables conntrack iproute2 util-linux";

/// Where distributions and the upstream project put the plugins.
const PLUGINS: [&str; 3] = ["/usr/lib/cni", "/opt/cni/bin", "/usr/libexec/cni"];

/// Fails with what is missing for clusters with containers, and what to do about it.
pub fn containers() -> anyhow::Result<()> {
    ensure!(
        rustix::process::geteuid().is_root(),
        "clusters with containers need root, for namespaces and control groups"
    );
    let mut missing: Vec<_> = PROGRAMS.into_iter().filter(|name| program(name).is_none()).collect();
    if plugins().is_err() {
        missing.push("plugins of CNI");
    }
    ensure!(
        missing.is_empty(),
        "clusters with containers need what is not here: {}; on Debian: apt-get install {PACKAGES}",
        missing.join(", ")
    );
    ["kubelet", "kube-proxy"].into_iter().try_for_each(|name| pinned(name).map(drop))
}

/// The folder of the plugins that give pods their network.
pub(super) fn plugins() -> anyhow::Result<&'static str> {
    let found = PLUGINS.into_iter().find(|folder| Path::new(folder).join("bridge").is_file());
    found.with_context(|| format!("no plugins of CNI in any of {PLUGINS:?}"))
}

pub(super) fn program(name: &str) -> Option<PathBuf> {
    PATH.split(':').map(|folder| Path::new(folder).join(name)).find(|path| path.is_file())
}

pub(super) fn runc() -> anyhow::Result<PathBuf> {
    program("runc").context("no runc")
}
