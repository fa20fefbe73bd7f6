//! The store of a cluster: an etcd of its own, and copies of what is in it.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;

use super::node::Node;
use super::port::Port;
use super::{Kubernetes, READY};
use crate::process::Process;
use crate::{eventually, http, pinned};

/// What was in the store of a cluster at one time; good for that cluster, and as long as it.
#[derive(Debug, Clone)]
pub struct Snapshot(PathBuf);

/// Starts it and waits until it answers.
pub(super) async fn start(folder: &Path, port: &Port) -> anyhow::Result<Process> {
    let mut command = Command::new(pinned("etcd")?);
    let url = format!("http://{}", port.address());
    // A disk that is slow is not what is tested, and a machine that fails neither.
    command.args(["--unsafe-no-fsync", "--socket-reuse-port", "--log-level=warn"]);
    command.arg("--data-dir").arg(data(folder));
    command.args(["--listen-client-urls", &url, "--advertise-client-urls", &url]);
    // It has no peers; this takes a port of its own choice that nobody asks for.
    command.args(["--listen-peer-urls", "http://127.0.0.1:0"]);
    let mut process = Process::spawn("etcd", command, Some(&folder.join("etcd.log")))?;
    ready(&mut process, &port.address()).await?;
    Ok(process)
}

/// Waits until it answers, or has ended.
pub(super) async fn ready(etcd: &mut Process, address: &str) -> anyhow::Result<()> {
    let answers = eventually("etcd is healthy", READY, async || {
        if let Some(ended) = super::ended(etcd, "etcd") {
            return Ok(Err(ended));
        }
        match http::get(address, "/health").await {
            Ok((200, _)) => Ok(Ok(())),
            Ok((status, body)) => Err(format!("{status} {body}")),
            Err(error) => Err(format!("{error:#}")),
        }
    });
    answers.await?
}

impl Kubernetes {
    /// Keeps a copy of all objects. Stops etcd for that moment.
    pub async fn snapshot(&mut self) -> anyhow::Result<Snapshot> {
        let to = tempfile::Builder::new().prefix("snapshot-").tempdir_in(&self.folder)?.keep();
        // All that was acknowledged is in its files; an end in order would wait 7 s for the API server.
        self.etcd.kill();
        copy(&data(&self.folder), &to)?;
        self.restart_etcd().await?;
        Ok(Snapshot(to))
    }

    /// Sets the cluster back: objects that are younger are gone, and resource versions are given out again. What runs
    /// on it starts again too, because nothing of Kubernetes survives that in memory.
    pub async fn restore(&mut self, snapshot: &Snapshot) -> anyhow::Result<()> {
        self.api.kill();
        self.etcd.kill();
        let data = data(&self.folder);
        std::fs::remove_dir_all(&data)?;
        copy(&snapshot.0, &data)?;
        self.restart_etcd().await?;
        self.restart_api_server().await?;
        self.controllers.restart()?;
        self.node.iter_mut().try_for_each(Node::rejoin)
    }
}

fn data(folder: &Path) -> PathBuf {
    folder.join("etcd")
}

fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(to).with_context(|| format!("cannot make {}", to.display()))?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &to)?;
        } else {
            std::fs::copy(entry.path(), &to)?;
        }
    }
    Ok(())
}
