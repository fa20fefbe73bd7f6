//! The Kubernetes clusters of `./demo --kubernetes`: two that are made here, or the user's own.
//!
//! ```text
//!   Clusters ── Cluster cluster-1 (eu) ── Kubectl, and what was made: testbed::Kubernetes
//!            └─ Cluster cluster-2 (us) ── ...
//! ```

mod fitting;
mod make;
mod theirs;

use std::path::PathBuf;

use testbed::Kubernetes;

use crate::application::Application;
use crate::args::Args;
use crate::folder::Folder;
use crate::inventory::REGIONS;
use crate::kubectl::Kubectl;
use crate::say;
use crate::tributary::Tributary;

/// Where agents keep their state and lease: not that of an agent which a user's cluster may have.
pub const NAMESPACE: &str = "tributary-demo";

/// A label of theirs, that others do not have.
const LABEL: &str = "demo.example/cluster";

const CITIES: [&str; 2] = ["Bergen", "Fresno"];

/// What makes a cluster's pods run, or seem to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Life {
    /// kwok plays the nodes: pods are objects, and no image is pulled.
    Played,
    /// A kubelet each: pods are containers.
    Containers,
    /// The user's.
    Theirs,
}

/// A location that is a cluster.
#[derive(Debug)]
pub struct Cluster {
    pub name: String,
    pub region: &'static str,
    pub kubeconfig: PathBuf,
    pub kubectl: Kubectl,
    /// Ends when dropped.
    _made: Option<Kubernetes>,
}

/// None without `--kubernetes`.
#[derive(Debug)]
pub struct Clusters {
    all: Vec<Cluster>,
    life: Life,
}

impl Drop for Clusters {
    fn drop(&mut self) {
        if self.life == Life::Theirs {
            self.all.iter().for_each(Cluster::tell_what_is_left);
        }
    }
}

impl Clusters {
    /// Makes them, or looks whether the user's can be used.
    pub async fn open(folder: &Folder, args: &Args, application: &Application) -> anyhow::Result<Clusters> {
        if !args.kubeconfig.is_empty() {
            crate::kubectl::link(folder)?;
            return Ok(Clusters { all: theirs::open(folder, &args.kubeconfig).await?, life: Life::Theirs });
        }
        if !args.kubernetes {
            return Ok(Clusters { all: Vec::new(), life: Life::Played });
        }
        crate::kubectl::link(folder)?;
        make::clusters(folder, application, args.app.is_none()).await
    }

    pub fn each(&self) -> impl Iterator<Item = &Cluster> {
        self.all.iter()
    }

    pub fn count(&self) -> u64 {
        self.all.len() as u64
    }

    /// Whether pods are more than objects.
    pub fn run_containers(&self) -> bool {
        self.life != Life::Played
    }

    /// Registers them as locations, and fits the example to them.
    pub async fn register(&self, folder: &Folder, tributary: &Tributary) -> anyhow::Result<()> {
        if self.all.is_empty() {
            return Ok(());
        }
        let text = self.all.iter().enumerate().map(|(index, cluster)| cluster.location(index));
        let text = text.chain(fitting::transform(self.life)).collect::<String>();
        let file = folder.write("clusters.yaml", &text)?;
        tributary.show(&["apply", "-f", &folder.shown(&file)], 4).await?;
        Ok(())
    }

    /// Takes away what the agents kept in clusters that go on: to be called when the agents have ended.
    pub async fn leave(&mut self) -> anyhow::Result<()> {
        while let Some(cluster) = self.all.last() {
            if self.life == Life::Theirs {
                cluster.kubectl.show(&["delete", "namespace", NAMESPACE], 1).await?;
            }
            self.all.pop();
        }
        Ok(())
    }
}

impl Cluster {
    fn new(folder: &Folder, index: usize, kubeconfig: PathBuf, made: Option<Kubernetes>) -> Cluster {
        Cluster {
            name: name(index),
            region: REGIONS[index % REGIONS.len()],
            kubectl: Kubectl::new(folder, &kubeconfig),
            kubeconfig,
            _made: made,
        }
    }

    /// The demo ends in its middle.
    fn tell_what_is_left(&self) {
        let delete = self.kubectl.shown(&["delete", "namespace", "shop", NAMESPACE]);
        say::line(&format!("{} may still hold what the demo placed there: {delete}", self.name));
    }

    fn location(&self, index: usize) -> String {
        let (name, region, city) = (&self.name, self.region, CITIES[index % CITIES.len()]);
        format!(
            "---\napiVersion: tributary.dev/v1alpha1\nkind: Location\n\
             metadata:\n  name: {name}\n  labels: {{tier: edge, {LABEL}: \"true\"}}\n\
             spec:\n  region: {region}\n  properties: {{city: {city}, replicas: \"2\"}}\n"
        )
    }
}

fn name(index: usize) -> String {
    format!("cluster-{}", index + 1)
}
