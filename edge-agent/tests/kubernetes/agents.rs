//! Agents as they are shipped, each behind a gate of its own.

use std::ops::Deref;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use testbed::kubernetes::{Fault, Gate, Rule};
use testbed::{Kubernetes, Process, eventually};

use crate::fixture::Edge;
pub use crate::hub::{Hub, SOON};

/// The shortest that there is.
pub const LEASE: &str = "2s";
/// Longer than any test.
const HELD: Duration = Duration::from_secs(3600);

/// An agent and what is between it and its cluster.
pub struct Agent {
    pub process: Process,
    pub gate: Gate,
}

impl Agent {
    /// `holder`: what it calls itself.
    pub fn start<S>(edge: &Edge<S>, hub: &Hub, holder: &str) -> Self
    where
        S: Deref<Target = Kubernetes>,
    {
        let gate = Gate::start(&edge.server, "admin").unwrap();
        let process = process(&edge.namespace, hub, holder, gate.kubeconfig(), LEASE);
        Self { process, gate }
    }

    /// Starts it, and kills it when it has asked this; the API server has not heard of it. Its next life is not held up.
    pub async fn kill_when_it_asks(&mut self, verb: &str, path: &str) {
        self.asks(verb, path).await;
        self.process.kill();
        self.gate.mend();
    }

    /// From now on, such a request gets no answer.
    pub fn hold(&self, verb: &str, path: &str) {
        self.gate.fail(Rule::new(Fault::Slow(HELD)).verb(verb).path(path));
    }

    /// Waits until it has asked this.
    pub async fn asks(&self, verb: &str, path: &str) {
        let what = format!("{verb} {path} is asked");
        let asked = eventually(&what, SOON, async || match self.gate.requests() {
            seen if seen.of(verb, path) > 0 => Ok(()),
            seen => Err(seen),
        });
        asked.await.unwrap();
    }

    /// What it has written, but for its lease.
    pub fn writes(&self) -> u64 {
        let asked = self.gate.requests();
        asked.writes() - asked.of("update", "/leases/") - asked.of("create", "/leases")
    }
}

/// An agent with short periods, so that tests do not wait for long ones.
pub fn process(location: &str, hub: &Hub, holder: &str, kubeconfig: &Path, lease: &str) -> Process {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tributary-agent"));
    command.args(["--sink=kubernetes", "--region=eu", "--location", location, "--namespace", location]);
    command.args(["--holder", holder, "--lease-duration", lease, "--nats-url", &hub.nats.url()]);
    command.args(["--heartbeat=500ms", "--anti-entropy=1s", "--resync=500ms", "--kubeconfig"]);
    command.arg(kubeconfig);
    Process::spawn(holder, command, None).unwrap()
}
