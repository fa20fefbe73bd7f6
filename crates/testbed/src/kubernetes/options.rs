//! What a cluster is to have beyond an API server and its store.

use std::path::{Path, PathBuf};

use super::Kubernetes;

/// A cluster before its start.
#[derive(Debug, Default)]
#[must_use = "it is started by `start`"]
pub struct Options {
    pub(super) users: Vec<(String, Vec<String>)>,
    pub(super) flags: Vec<String>,
    pub(super) folder: Option<PathBuf>,
    pub(super) port: Option<u16>,
    pub(super) nodes: usize,
    pub(super) containers: bool,
}

impl Options {
    /// A user besides `admin`, who may do what RBAC allows: [`Kubernetes::kubeconfig_of`].
    pub fn user(mut self, name: &str, groups: &[&str]) -> Options {
        self.users.push((name.to_owned(), groups.iter().map(ToString::to_string).collect()));
        self
    }

    /// A flag of kube-apiserver, as `--feature-gates=...`. It wins over what the testbed itself says.
    pub fn flag(mut self, flag: &str) -> Options {
        self.flags.push(flag.to_owned());
        self
    }

    /// Keeps everything in this folder, which survives: the next cluster started there goes on with it.
    pub fn folder(mut self, folder: &Path) -> Options {
        self.folder = Some(folder.to_owned());
        self
    }

    /// The port of the API server, instead of a free one.
    pub fn port(mut self, port: u16) -> Options {
        self.port = Some(port);
        self
    }

    /// So many nodes played by kwok, with the controllers and the scheduler that they are good for.
    pub fn nodes(mut self, nodes: usize) -> Options {
        self.nodes = nodes;
        self
    }

    /// One node with a kubelet and containers, in place of those that kwok plays: [`super::containers`] says what that
    /// needs. It knows the images of [`Kubernetes::import`]; others are pulled, where their registry can be reached.
    pub fn containers(mut self) -> Options {
        self.containers = true;
        self
    }

    /// Whether nothing happens by itself.
    pub(super) fn is_bare(&self) -> bool {
        self.nodes == 0 && !self.containers
    }

    /// Returns once it is ready.
    pub async fn start(self) -> anyhow::Result<Kubernetes> {
        Kubernetes::launch(self).await
    }
}
