//! The real kubectl, as an operator would use it: 60 ms, for which the thread waits.

use std::io::Write as _;
use std::process::{Command, Stdio};

use anyhow::{Context as _, ensure};

use super::Kubernetes;
use crate::pinned;

impl Kubernetes {
    /// Runs it as the administrator; what it printed.
    pub fn kubectl(&self, args: &[&str]) -> anyhow::Result<String> {
        self.kubectl_input(args, "")
    }

    /// As [`Kubernetes::kubectl`], with something to read.
    pub fn kubectl_input(&self, args: &[&str], input: &str) -> anyhow::Result<String> {
        let mut command = self.kubectl_command()?;
        command.args(args);
        run(command, input).with_context(|| format!("kubectl {}", args.join(" ")))
    }

    /// Runs it as another user.
    pub fn kubectl_as(&self, user: &str, args: &[&str]) -> anyhow::Result<String> {
        let mut command = self.kubectl_command()?;
        command.env("KUBECONFIG", self.kubeconfig_of(user)).args(args);
        run(command, "").with_context(|| format!("kubectl {} (as {user})", args.join(" ")))
    }

    /// Applies manifests on the server's side, as kubectl's field manager: of any size, and with no annotation left.
    pub fn apply(&self, yaml: &str) -> anyhow::Result<String> {
        self.kubectl_input(&["apply", "--server-side", "-f", "-"], yaml)
    }

    /// To be given arguments, and run in another way.
    pub fn kubectl_command(&self) -> anyhow::Result<Command> {
        let mut command = Command::new(pinned("kubectl")?);
        // What it remembers of a server is true of that one only, and the next may have its port.
        command.env("KUBECACHEDIR", self.folder.join("kubectl"));
        command.env("KUBECONFIG", self.kubeconfig());
        Ok(command)
    }
}

fn run(mut command: Command, input: &str) -> anyhow::Result<String> {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let stdin = child.stdin.take();
    let output = std::thread::scope(|scope| {
        // Beside reading: neither side waits for the other's pipe. Who reads none of it closes its end.
        scope.spawn(move || stdin.map(|mut stdin| stdin.write_all(input.as_bytes()).ok()));
        child.wait_with_output()
    })?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{}: {}", output.status, said.trim());
    Ok(String::from_utf8(output.stdout)?)
}
