//! The real `kubectl` on one cluster, run as a user would run it.

use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use anyhow::{Context as _, bail};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use crate::folder::Folder;
use crate::say;

/// Beside everything else the demo makes, so that a command that is shown is short and can be pasted.
const LINK: &str = "kubectl";

/// Puts a `kubectl` into the folder.
pub fn link(folder: &Folder) -> anyhow::Result<()> {
    let (program, link) = (testbed::pinned("kubectl")?, folder.path(LINK));
    std::os::unix::fs::symlink(program, &link).with_context(|| format!("cannot make {}", link.display()))
}

/// `kubectl --kubeconfig FILE`
#[derive(Debug, Clone)]
pub struct Kubectl {
    program: PathBuf,
    kubeconfig: PathBuf,
    /// What it remembers of a server: the next demo's may have the same port.
    cache: PathBuf,
    /// As the user types it.
    shown: String,
}

impl Kubectl {
    pub fn new(folder: &Folder, kubeconfig: &Path) -> Kubectl {
        let program = folder.path(LINK);
        let shown = format!("{} --kubeconfig {}", folder.shown(&program), folder.shown(kubeconfig));
        Kubectl { program, kubeconfig: kubeconfig.to_owned(), cache: folder.path("kubectl-cache"), shown }
    }

    /// The command that does the same from the root of the checkout.
    pub fn shown(&self, args: &[&str]) -> String {
        format!("{} {}", self.shown, args.join(" "))
    }

    /// Runs a command, shows it, and shows at most `limit` lines of what it prints.
    pub async fn show(&self, args: &[&str], limit: usize) -> anyhow::Result<String> {
        say::typed(&self.shown(args));
        let text = self.run(args).await?;
        say::output(&text, limit);
        Ok(text)
    }

    /// Runs a command and returns what it prints.
    pub async fn run(&self, args: &[&str]) -> anyhow::Result<String> {
        let output = self.output(args, "").await?;
        if !output.status.success() {
            bail!("{}: {}", self.shown(args), text(&output.stderr).trim());
        }
        Ok(text(&output.stdout))
    }

    /// What the cluster would change to have these objects: nothing, where it has them. Defaults, other spellings of a
    /// value and fields of others are no difference.
    pub async fn diff(&self, objects: &[Value]) -> anyhow::Result<String> {
        let args = ["diff", "--server-side", "--force-conflicts", "--field-manager=demo", "-f", "-"];
        let output = self.output(&args, &list(objects)).await?;
        match output.status.code() {
            Some(0 | 1) => Ok(text(&output.stdout)),
            _ => bail!("{}: {}", self.shown(&args), text(&output.stderr).trim()),
        }
    }

    /// Which of these objects are there: `deployment.apps/cart`, ...
    pub async fn there(&self, objects: &[Value]) -> anyhow::Result<Vec<String>> {
        let args = ["get", "--ignore-not-found", "-o", "name", "-f", "-"];
        let output = self.output(&args, &list(objects)).await?;
        let said = text(&output.stderr);
        // Of a kind that went with its definition, nothing is left.
        if !said.lines().all(|line| line.contains("no matches for kind") || line.contains("ensure CRDs")) {
            bail!("{}: {}", self.shown(&args), said.trim());
        }
        Ok(text(&output.stdout).lines().map(str::to_owned).collect())
    }

    async fn output(&self, args: &[&str], input: &str) -> anyhow::Result<Output> {
        let mut command = Command::new(&self.program);
        command.arg("--kubeconfig").arg(&self.kubeconfig).args(args).env("KUBECACHEDIR", &self.cache);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().with_context(|| format!("cannot run {}", self.program.display()))?;
        let stdin = child.stdin.take();
        let write = async {
            if let Some(mut stdin) = stdin {
                // Who reads none of it closes its end.
                stdin.write_all(input.as_bytes()).await.ok();
            }
        };
        let ((), output) = tokio::join!(write, child.wait_with_output());
        Ok(output?)
    }
}

fn list(objects: &[Value]) -> String {
    json!({"apiVersion": "v1", "kind": "List", "items": objects}).to_string()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
