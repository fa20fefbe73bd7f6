//! A proxy before an API server: it counts what is asked, and fails where it is told to.
//!
//! ```text
//!   agent ──http──> Gate ──https, token of its user──> API server
//! ```
//!
//! Answers pass chunk by chunk, so that watches work; what needs an upgraded connection (exec, port-forward) does not.

mod fault;
mod relay;
mod traffic;

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;

pub use self::fault::{Fault, Rule};
use self::relay::Relay;
pub use self::traffic::{Request, Requests};
use super::Kubernetes;

/// A running proxy. It ends when dropped, with all its connections.
#[derive(Debug)]
pub struct Gate {
    address: SocketAddr,
    kubeconfig: PathBuf,
    relay: Arc<Relay>,
    /// Dropped, which ends it.
    _end: oneshot::Sender<()>,
}

impl Gate {
    /// Listens on a free port. Who comes without a token is `user` to the API server.
    pub fn start(cluster: &Kubernetes, user: &str) -> anyhow::Result<Gate> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let relay = Arc::new(Relay::new(cluster, user)?);
        let name = format!("gate-{}", address.port());
        let kubeconfig = cluster.users.configure(&name, &format!("http://{address}"), None)?;
        let (end, ended) = oneshot::channel();
        let (runtime, router) = (Builder::new_current_thread().enable_all().build()?, relay.clone().router());
        // A thread of its own: tests wait for kubectl, and that for the gate.
        std::thread::spawn(move || serve(&runtime, listener, router, ended));
        Ok(Gate { address, kubeconfig, relay, _end: end })
    }

    /// `http://127.0.0.1:<port>`
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The file for whoever is to go through it.
    pub fn kubeconfig(&self) -> &Path {
        &self.kubeconfig
    }

    /// From now on, until the rule is used up or all is mended. The newest rule that fits wins.
    pub fn fail(&self, rule: Rule) {
        self.relay.faults.add(rule);
    }

    /// Lets everything through again.
    pub fn mend(&self) {
        self.relay.faults.clear();
    }

    /// Ends all open watches as the API server does when what they stand on is no longer kept: 410, in the stream.
    pub fn expire_watches(&self) {
        self.relay.expired.send_modify(|times| *times += 1);
    }

    /// What was asked, refused or not, since the start or the last [`Gate::forget`].
    pub fn requests(&self) -> Requests {
        self.relay.traffic.seen()
    }

    /// Counts from zero.
    pub fn forget(&self) {
        self.relay.traffic.clear();
    }
}

fn serve(runtime: &Runtime, listener: TcpListener, router: Router, ended: oneshot::Receiver<()>) {
    runtime
        .block_on(async {
            listener.set_nonblocking(true)?;
            let listener = tokio::net::TcpListener::from_std(listener)?;
            tokio::select! {
                served = axum::serve(listener, router) => served,
                _ = ended => Ok(()),
            }
        })
        // A test that goes on sees connections refused.
        .ok();
}
