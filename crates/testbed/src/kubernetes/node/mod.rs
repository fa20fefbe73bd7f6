//! A machine of a cluster's own: containerd, a kubelet and kube-proxy in namespaces of their own, where pods are real
//! containers.
//!
//! ```text
//!   this machine                       │ namespaces: network, mounts, processes
//!     etcd <── kube-apiserver <────────┼── kubelet ──> containerd ──> pods   198.19.N.0/24
//!              198.18.N.1 ─── link ────┼─ 198.18.N.2   kube-proxy ──> services   198.18.N.128/25
//! ```
//!
//! What they keep is in memory and goes with the namespaces, which go with their first process.

mod cgroups;
mod configuration;
mod image;
mod link;
mod needs;

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, ensure};

use self::cgroups::Cgroups;
pub use self::image::Image;
pub(crate) use self::link::Link;
pub use self::needs::containers;
use super::READY;
use crate::process::Process;
use crate::{eventually, pinned};

/// What the node is called, and its kubelet's kubeconfig.
pub(super) const NODE: &str = "node-0";
pub(super) const KUBELET: &str = "system:node:node-0";
pub(super) const PROXY: &str = "system:kube-proxy";

/// Where distributions put what is run here; a test's own path may be shorter.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// The first process: it makes what the others need, tells so, and waits for orphans.
///
/// Folders that the servers fill are in memory, and so is what a kubelet would set of the whole machine: it finds the
/// values that it wants.
const INIT: &str = r#"
set -e
for folder in /run /var/lib /var/log; do mount -t tmpfs tmpfs $folder; done
while read -r name value; do
  [ -e "/proc/sys/$name" ] || continue
  echo "$value" >"/run/$(echo "$name" | tr / .)"
  mount --bind "/run/$(echo "$name" | tr / .)" "/proc/sys/$name"
done <<END
vm/overcommit_memory 1
vm/panic_on_oom 0
kernel/panic 10
kernel/panic_on_oops 1
kernel/keys/root_maxkeys 1000000
kernel/keys/root_maxbytes 25000000
END
ip link set lo up
echo 1 >/proc/sys/net/ipv4/ip_forward
echo 1 >/proc/sys/net/ipv4/conf/all/route_localnet
echo namespaces=made
while sleep 3600; do :; done
"#;

/// Ended when dropped, and nothing of it is left.
#[derive(Debug)]
pub(crate) struct Node {
    // Dropped in this order.
    /// The first is containerd.
    servers: Vec<Process>,
    init: Process,
    link: Link,
    _cgroups: Cgroups,
    folder: PathBuf,
}

impl Node {
    /// The namespaces, linked with this machine, and containerd in them.
    pub(super) async fn start(folder: &Path) -> anyhow::Result<Node> {
        containers()?;
        allow_watching();
        let mut command = Command::new("unshare");
        command.args(["--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]);
        command.args(["--propagation", "private", "sh", "-c", INIT]).env("PATH", PATH);
        let init = Process::spawn("namespaces", command, Some(&folder.join("namespaces.log")))?;
        init.field("namespaces", READY).await?;
        let link = Link::make(inside(&init)?)?;
        let cgroups = Cgroups::make(&link.name())?;
        configuration::write(folder, &link)?;
        let mut node = Node { servers: Vec::new(), init, link, _cgroups: cgroups, folder: folder.to_owned() };
        node.start_containerd().await?;
        Ok(node)
    }

    pub(super) fn link(&self) -> &Link {
        &self.link
    }

    async fn start_containerd(&mut self) -> anyhow::Result<()> {
        let config = self.folder.join(configuration::CONTAINERD);
        self.serve("containerd", self.enter("containerd")?.arg("--config").arg(config))?;
        eventually("containerd answers", READY, async || {
            let said = self.ctr(&["version"]).and_then(|mut ctr| Ok(ctr.output()?));
            match said {
                Ok(said) if said.status.success() => Ok(()),
                Ok(said) => Err(String::from_utf8_lossy(&said.stderr).into_owned()),
                Err(error) => Err(format!("{error:#}")),
            }
        })
        .await?;
        self.import(&Image::pause()?).await
    }

    /// Starts what asks the API server; returns before the node is ready.
    pub(super) fn join(&mut self, kubeconfig: impl Fn(&str) -> PathBuf) -> anyhow::Result<()> {
        let config = |name: &str| format!("--config={}", self.folder.join(name).display());
        let mut kubelet = self.enter(&pinned("kubelet")?.display().to_string())?;
        kubelet.arg(config(configuration::KUBELET)).arg(format!("--hostname-override={NODE}"));
        kubelet.arg(format!("--kubeconfig={}", kubeconfig(KUBELET).display()));
        kubelet.arg(format!("--node-ip={}", self.link.node()));
        let mut proxy = self.enter(&pinned("kube-proxy")?.display().to_string())?;
        proxy.arg(config(configuration::PROXY_CONFIG));
        self.serve("kubelet", &mut kubelet)?;
        self.serve("kube-proxy", &mut proxy)
    }

    /// Starts what asks the API server again; containers go on.
    pub(super) fn rejoin(&mut self) -> anyhow::Result<()> {
        self.servers.iter_mut().skip(1).try_for_each(Process::restart)
    }

    /// Makes an image known, by its names; nothing is pulled.
    pub(super) async fn import(&self, image: &Image) -> anyhow::Result<()> {
        let archive = tempfile::Builder::new().prefix("image-").tempfile_in(&self.folder)?;
        image.write(archive.as_file())?;
        let mut import = self.ctr(&["--namespace", "k8s.io", "images", "import"])?;
        import.arg(archive.path());
        let imported = tokio::task::spawn_blocking(move || import.output()).await??;
        let said = String::from_utf8_lossy(&imported.stderr);
        ensure!(imported.status.success(), "{image:?} cannot be imported: {said}");
        Ok(())
    }

    pub(super) fn each(&self) -> impl Iterator<Item = &Process> {
        std::iter::once(&self.init).chain(&self.servers)
    }

    fn serve(&mut self, name: &str, command: &mut Command) -> anyhow::Result<()> {
        let command = std::mem::replace(command, Command::new(name));
        let log = self.folder.join(format!("{name}.log"));
        self.servers.push(Process::spawn(name, command, Some(&log))?);
        Ok(())
    }

    fn ctr(&self, args: &[&str]) -> anyhow::Result<Command> {
        let mut command = self.enter("ctr")?;
        command.args(args);
        Ok(command)
    }

    /// A program in the namespaces.
    fn enter(&self, program: &str) -> anyhow::Result<Command> {
        let mut command = Command::new("nsenter");
        command.arg(format!("--target={}", inside(&self.init)?));
        command.args(["--net", "--mount", "--pid", "--", program]).env("PATH", PATH);
        Ok(command)
    }
}

/// The first process of the namespaces: the only child of the one that made them.
fn inside(init: &Process) -> anyhow::Result<u32> {
    let parent = init.id().context("the namespaces' first process does not run")?;
    let processes = std::fs::read_dir("/proc")?.flatten();
    let ids = processes.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let found = ids.into_iter().find(|id| parent_of(*id) == Some(parent));
    found.context("the namespaces' first process has ended")
}

fn parent_of(id: u32) -> Option<u32> {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    // The name, in parentheses, may hold anything.
    stat.rsplit_once(") ")?.1.split(' ').nth(1)?.parse().ok()
}

/// Kubelets and agents watch many folders, and the default of 128 is for all processes of root together.
fn allow_watching() {
    const LIMIT: &str = "/proc/sys/fs/inotify/max_user_instances";
    let now = std::fs::read_to_string(LIMIT).ok().and_then(|text| text.trim().parse::<u32>().ok());
    if now.is_some_and(|now| now < 1024) {
        // Where it cannot be had, few clusters fit, and their logs say so.
        std::fs::write(LIMIT, "1024").ok();
    }
}
