//! The control groups that a kubelet puts pods below.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Context as _;

use crate::reaper;

const ROOT: &str = "/sys/fs/cgroup";

/// A group is free a moment after its last process was killed.
const SOON: Duration = Duration::from_secs(5);
const GLANCE: Duration = Duration::from_millis(20);

/// Of one node, in every hierarchy. Removed when dropped.
#[derive(Debug)]
pub(super) struct Cgroups(Vec<PathBuf>);

impl Cgroups {
    pub(super) fn make(name: &str) -> anyhow::Result<Cgroups> {
        let mut groups = Cgroups(Vec::new());
        for hierarchy in hierarchies()? {
            let group = hierarchy.join(name);
            // One that a killed test left is as good.
            fs::create_dir_all(&group).with_context(|| format!("cannot make {}", group.display()))?;
            reaper::cgroup(&group);
            groups.0.push(group);
            inherit(&hierarchy, name)?;
        }
        Ok(groups)
    }
}

/// The one of version 2, or those of version 1 and what stands beside them.
fn hierarchies() -> anyhow::Result<Vec<PathBuf>> {
    let root = Path::new(ROOT);
    if root.join("cgroup.controllers").exists() {
        return Ok(vec![root.to_owned()]);
    }
    let entries = fs::read_dir(root).with_context(|| format!("no control groups in {ROOT}"))?;
    let folders = entries.flatten().map(|entry| entry.path());
    Ok(folders.filter(|path| path.join("cgroup.procs").exists() && !path.is_symlink()).collect())
}

/// What a new group does not have by itself.
fn inherit(hierarchy: &Path, name: &str) -> anyhow::Result<()> {
    let group = hierarchy.join(name);
    for file in ["cpuset.cpus", "cpuset.mems"] {
        // In version 1 a group without any cannot be used.
        if hierarchy.ends_with("cpuset") {
            fs::write(group.join(file), fs::read(hierarchy.join(file))?)?;
        }
    }
    let controllers = fs::read_to_string(hierarchy.join("cgroup.controllers")).unwrap_or_default();
    for controller in controllers.split_whitespace() {
        // Most machines have them on; the kubelet names one that it needs and that is not.
        fs::write(hierarchy.join("cgroup.subtree_control"), format!("+{controller}")).ok();
    }
    Ok(())
}

impl Drop for Cgroups {
    fn drop(&mut self) {
        let started = Instant::now();
        for group in &self.0 {
            while remove(group).is_err() && started.elapsed() < SOON {
                std::thread::sleep(GLANCE);
            }
        }
    }
}

/// Their files go with them.
fn remove(group: &Path) -> std::io::Result<()> {
    if !group.exists() {
        return Ok(());
    }
    for entry in fs::read_dir(group)?.flatten() {
        if entry.path().is_dir() {
            remove(&entry.path())?;
        }
    }
    fs::remove_dir(group)
}
