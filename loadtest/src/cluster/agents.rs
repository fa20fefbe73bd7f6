//! Agents as they are in the field: a process each.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

use anyhow::Context as _;
use testbed::{Process, binary};

use super::Cluster;
use crate::stage::Stage;
use crate::usage::{self, Usage, Usages};

/// By their locations. They end when dropped.
#[derive(Debug, Default)]
pub struct Agents(BTreeMap<String, Process>);

impl Agents {
    /// Starts the agent of a location with all its defaults.
    pub fn start(
        &mut self,
        stage: &Stage,
        cluster: &Cluster,
        name: &str,
        region: &str,
    ) -> anyhow::Result<()> {
        let mut command = Command::new(program(stage)?);
        command.args(["--location", name, "--region", region, "--nats-url", &stage.stack.nats.url()]);
        command.args(["--sink", "kubernetes", "--namespace", &format!("agent-{name}")]);
        command.arg("--kubeconfig").arg(cluster.kubernetes.kubeconfig_of(name));
        let log = stage.stack.logs.join(format!("agent-{name}.log"));
        self.0.insert(name.to_owned(), Process::spawn(name, command, Some(&log))?);
        Ok(())
    }

    /// What each uses.
    pub fn usages(&self) -> anyhow::Result<Usages> {
        let one = |(name, process): (&String, &Process)| -> anyhow::Result<(String, Usage)> {
            let id = process.id().with_context(|| format!("the agent of {name} has ended"))?;
            Ok((name.clone(), usage::of(id)?))
        };
        self.0.iter().map(one).collect()
    }

    /// CPU seconds of all of them since `before`.
    pub fn spent(&self, before: &Usages) -> anyhow::Result<f64> {
        Ok(usage::spent(before, &self.usages()?).values().sum())
    }
}

/// As it is asked for, or the one that was built with this program.
fn program(stage: &Stage) -> anyhow::Result<PathBuf> {
    let asked = stage.run.clusters.agent_binary.clone();
    asked.map_or_else(|| binary("tributary-agent"), Ok)
}
