//! What makes a cluster live without a machine: the controllers, the scheduler, and kwok, which plays the kubelets.

use std::path::Path;
use std::process::Command;

use super::identity::{AUTHORITY, TOKEN_KEY};
use super::node::NODE;
use super::{Kubernetes, READY};
use crate::pinned;
use crate::process::Process;

/// None of them in a bare cluster.
#[derive(Debug, Default)]
pub(super) struct Controllers(Vec<Process>);

impl Controllers {
    /// Ends them in the order in which they were started, before the server that they talk to.
    pub(super) fn start(folder: &Path, kubeconfig: &Path, kwok: bool) -> anyhow::Result<Controllers> {
        let file = |name: &str| folder.join(name).display().to_string();
        let kubeconfig = format!("--kubeconfig={}", kubeconfig.display());
        let mut all = Controllers::default();
        let mut start = |name: &str, flags: &[&str]| -> anyhow::Result<()> {
            let mut command = Command::new(pinned(name)?);
            command.arg(&kubeconfig).args(flags);
            all.0.push(Process::spawn(name, command, Some(&folder.join(format!("{name}.log"))))?);
            Ok(())
        };
        let sign = format!("--service-account-private-key-file={}", file(TOKEN_KEY));
        let trust = format!("--root-ca-file={}", file(AUTHORITY));
        // Port 0: none at all.
        start("kube-controller-manager", &["--leader-elect=false", "--secure-port=0", &sign, &trust])?;
        start("kube-scheduler", &["--leader-elect=false", "--secure-port=0"])?;
        if !kwok {
            return Ok(all);
        }
        let stages = pinned("kwok")?.with_file_name("stages.yaml");
        let stages = format!("--config={}", stages.display());
        // Without a lease that is renewed, a node is taken for dead after 50 s, and its pods are never ready again.
        let alive = "--node-lease-duration-seconds=40";
        start("kwok", &[&stages, "--manage-all-nodes=true", "--node-port=0", alive])?;
        Ok(all)
    }

    pub(super) fn restart(&mut self) -> anyhow::Result<()> {
        self.0.iter_mut().try_for_each(Process::restart)
    }

    pub(super) fn each(&self) -> impl Iterator<Item = &Process> {
        self.0.iter()
    }
}

impl Kubernetes {
    /// Makes the nodes and waits until pods can run on them.
    pub(super) async fn populate(&self, nodes: usize) -> anyhow::Result<()> {
        if nodes > 0 {
            self.apply(&(0..nodes).map(node).collect::<String>())?;
        }
        let timeout = format!("--timeout={}s", READY.as_secs());
        for what in [
            // All nodes of kwok are there; a kubelet makes its own.
            [&format!("node/{NODE}"), "--for=create"].as_slice(),
            &["node", "--all", "--for=condition=Ready"],
            &["serviceaccount/default", "--for=create", "--namespace=default"],
        ] {
            let mut wait = self.kubectl_command()?;
            wait.arg("wait").args(what).arg(&timeout);
            // It watches until then; others of this thread go on.
            let waited = tokio::task::spawn_blocking(move || wait.output()).await??;
            let said = String::from_utf8_lossy(&waited.stderr);
            anyhow::ensure!(waited.status.success(), "kubectl wait {what:?}: {said}\n{}", self.log(20));
        }
        Ok(())
    }
}

fn node(number: usize) -> String {
    format!(
        "---\napiVersion: v1\nkind: Node\nmetadata:\n  name: node-{number}\n\
         \x20 labels: {{kubernetes.io/hostname: node-{number}, kubernetes.io/os: linux, kubernetes.io/arch: amd64}}\n\
         \x20 annotations: {{kwok.x-k8s.io/node: fake}}\n"
    )
}
