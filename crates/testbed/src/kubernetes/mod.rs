//! A Kubernetes of one's own: a real API server on a real store, and where asked for real controllers with nodes that
//! kwok plays, or with a real node.
//!
//! ```text
//!   etcd <── kube-apiserver <──┬── kubectl, agents, a Proxy or a Gate before them
//!   store       api            ├── kube-controller-manager, kube-scheduler   (`nodes`, `containers`)
//!                              ├── kwok                                        (`nodes`)
//!                              └── kubelet, kube-proxy, containerd             (`containers`)
//! ```
//!
//! In a bare cluster nothing happens by itself: a Deployment gets no pods, a namespace that is deleted stays
//! `Terminating`, nothing is collected as garbage, and pods need no service account.

mod api;
#[cfg(feature = "gate")]
mod calls;
mod client;
mod controllers;
#[cfg(feature = "gate")]
mod gate;
mod identity;
mod kubectl;
mod launch;
mod node;
mod options;
mod port;
mod store;
mod users;
#[cfg(feature = "gate")]
mod way;

use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use tempfile::TempDir;
use tokio::sync::OnceCell;

#[cfg(feature = "gate")]
pub use self::calls::{Calls, Watch};
use self::client::Client;
use self::controllers::Controllers;
#[cfg(feature = "gate")]
pub use self::gate::{Fault, Gate, Request, Requests, Rule};
use self::node::Node;
pub use self::node::{Image, containers};
pub use self::options::Options;
use self::port::Port;
pub use self::store::Snapshot;
use self::users::{ADMIN, Users};
use crate::process::Process;
use crate::proxy::Proxy;

/// Generous: an API server is ready 3 s after its start on an idle machine, and tests start many at once.
const READY: Duration = Duration::from_secs(120);

/// A running cluster. Killed when dropped, its folder removed with it unless it was given one.
#[derive(Debug)]
pub struct Kubernetes {
    // Dropped in this order: who asks before who answers.
    controllers: Controllers,
    api: Process,
    etcd: Process,
    // The API server has its address.
    node: Option<Node>,
    client: Client,
    users: Users,
    port: Port,
    store: Port,
    folder: PathBuf,
    temporary: Option<TempDir>,
}

impl Kubernetes {
    /// Starts a bare one on free ports: etcd and an API server, 3 s and 320 MB.
    pub async fn start() -> anyhow::Result<Kubernetes> {
        Kubernetes::options().start().await
    }

    /// Starts one with controllers and a node, where Deployments become available: 230 MB more.
    pub async fn with_controllers() -> anyhow::Result<Kubernetes> {
        Kubernetes::options().nodes(1).start().await
    }

    /// What else a cluster may have.
    pub fn options() -> Options {
        Options::default()
    }

    /// A bare one for all tests of this process that keep to a namespace of their own. It is never stopped or set back,
    /// ends with the process, and a test that panics does not show its log.
    pub async fn shared() -> anyhow::Result<&'static Kubernetes> {
        static SHARED: OnceCell<Kubernetes> = OnceCell::const_new();
        let start = async || {
            let mut shared = Kubernetes::start().await?;
            // Nobody drops what is static.
            shared.temporary.take().map(TempDir::keep);
            anyhow::Ok(shared)
        };
        SHARED.get_or_try_init(start).await
    }

    /// Makes an image known to the node, where there is one with containers. Nothing is pulled.
    pub async fn import(&self, image: &Image) -> anyhow::Result<()> {
        let node = self.node.as_ref();
        let node = node.context("a cluster without containers has no images: Options::containers")?;
        node.import(image).await
    }

    /// Lets pods reach what listens on `127.0.0.1:<port>` here, as a NATS server, until it is dropped or cut.
    pub async fn reach(&self, port: u16) -> anyhow::Result<Proxy> {
        let machine = self.machine();
        Proxy::start_at(machine.context("pods without containers call nobody: Options::containers")?, port)
            .await
    }

    /// This machine, as pods reach it; where there are containers.
    pub fn machine(&self) -> Option<Ipv4Addr> {
        self.node.as_ref().map(|node| node.link().host())
    }

    /// `https://127.0.0.1:<port>`, the same in each life; at [`Kubernetes::machine`], where there is one.
    pub fn url(&self) -> String {
        format!("https://{}", self.port.address())
    }

    /// The port of the API server.
    pub fn port(&self) -> u16 {
        self.port.number()
    }

    /// The file for who may do everything.
    pub fn kubeconfig(&self) -> &Path {
        self.users.admin()
    }

    /// The file for a user that [`Options::user`] made.
    pub fn kubeconfig_of(&self, user: &str) -> PathBuf {
        self.users.kubeconfig(user)
    }

    /// Writes a file called `name` for whoever has this token, at this address: a service account, a [`crate::Proxy`].
    pub fn kubeconfig_with(&self, name: &str, url: &str, token: &str) -> anyhow::Result<PathBuf> {
        self.users.configure(name, url, Some(token))
    }

    /// For `Authorization: Bearer`.
    pub fn admin_token(&self) -> anyhow::Result<&str> {
        self.users.token(ADMIN)
    }

    /// The API server: to be killed, frozen, terminated; [`Kubernetes::restart_api_server`] brings it back.
    pub fn api_server(&mut self) -> &mut Process {
        &mut self.api
    }

    /// The store: to be killed, frozen, terminated; [`Kubernetes::restart_etcd`] brings it back.
    pub fn etcd(&mut self) -> &mut Process {
        &mut self.etcd
    }

    /// Starts it again, on the same port and store, and waits until it is ready; kills it first if it runs.
    pub async fn restart_api_server(&mut self) -> anyhow::Result<()> {
        self.api.restart()?;
        api::ready(&mut self.api, &self.client, self.users.token(ADMIN)?).await
    }

    /// Starts it again, on the same port and data, and waits until it is ready; kills it first if it runs.
    pub async fn restart_etcd(&mut self) -> anyhow::Result<()> {
        self.etcd.restart()?;
        store::ready(&mut self.etcd, &self.store.address()).await
    }

    /// A new certificate of the same authority; the API server starts again with it.
    pub async fn rotate_certificate(&mut self) -> anyhow::Result<()> {
        identity::certify(&self.folder, &launch::addresses(self.node.as_ref().map(Node::link)))?;
        self.restart_api_server().await
    }

    /// A new token for a user, written to its kubeconfig; the API server starts again and refuses the old one.
    pub async fn rotate_token(&mut self, user: &str) -> anyhow::Result<()> {
        self.users.rotate(user)?;
        self.restart_api_server().await
    }

    /// All servers.
    pub fn processes(&self) -> impl Iterator<Item = &Process> {
        let all = [&self.etcd, &self.api].into_iter().chain(self.controllers.each());
        all.chain(self.node.iter().flat_map(Node::each))
    }

    /// The ends of the logs of all servers.
    pub fn log(&self, lines: usize) -> String {
        self.processes()
            .map(|process| format!("---- {}\n{}", process.name(), process.output(lines)))
            .collect()
    }
}

/// How a server ended that was to become ready.
fn ended(process: &mut Process, name: &str) -> Option<anyhow::Error> {
    let status = process.status().ok()??;
    Some(anyhow::anyhow!("{name} ended ({status}); its last output:\n{}", process.output(20)))
}
