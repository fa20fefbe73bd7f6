//! A real API server that agents share, each a process of its own and each in namespaces of its own.
//!
//! ```text
//!   Agents --as pods are let in--> Cluster <--the same way-- bare requests, Sight (a watch)
//! ```

mod agents;
mod bare;
mod content;
mod membership;
mod sight;

use std::collections::BTreeMap;

use anyhow::Context as _;
use testbed::kubernetes::Calls;
use testbed::{Kubernetes, eventually};

use crate::args::Run;
use crate::usage::{self, Usage, Usages};

pub use agents::Agents;
pub use bare::{bare_namespace, ensure_namespace, write};
pub use content::{Content, mixed, pair, placement, placement_key, version};
pub use membership::{all_updated, join, leave};
pub use sight::Sight;

/// Who agents are: each is a user of its own, and they may do everything.
const AGENTS: &str = "agents";
/// Pods are let in through a queue of their own, where what they ask is counted.
const PODS: &str = "system:serviceaccounts";
const QUEUE: &str = "flow_schema=\"service-accounts\"";
const REQUESTS: &str = "apiserver_flowcontrol_dispatched_requests_total";

/// A bare API server and its store.
#[derive(Debug)]
pub struct Cluster {
    pub kubernetes: Kubernetes,
}

impl Cluster {
    /// One for the agents of these locations.
    pub async fn start(run: &Run, names: &[String]) -> anyhow::Result<Self> {
        let users =
            names.iter().fold(Kubernetes::options(), |options, name| options.user(name, &[AGENTS, PODS]));
        let kubernetes = users.start().await?;
        let (role, group) = ("--clusterrole=cluster-admin", format!("--group={AGENTS}"));
        kubernetes.kubectl(&["create", "clusterrolebinding", AGENTS, role, &group])?;
        let cluster = Self { kubernetes };
        let calls = cluster.calls(names.first().context("there is no agent")?)?;
        eventually("agents are let in", run.timeout, async || {
            calls.get("/api/v1/secrets?limit=1").await.map(drop).map_err(|error| format!("{error:#}"))
        })
        .await?;
        Ok(cluster)
    }

    /// Requests of the agent of a location, with connections of their own.
    pub fn calls(&self, name: &str) -> anyhow::Result<Calls> {
        self.kubernetes.calls(name)
    }

    /// What the API server and its store use.
    pub fn usages(&self) -> anyhow::Result<Usages> {
        let one = |process: &testbed::Process| -> anyhow::Result<(String, Usage)> {
            let id = process.id().with_context(|| format!("{} has ended", process.name()))?;
            Ok((process.name().to_owned(), usage::of(id)?))
        };
        self.kubernetes.processes().map(one).collect()
    }

    /// CPU seconds of each since `before`.
    pub fn spent(&self, before: &Usages) -> anyhow::Result<BTreeMap<String, f64>> {
        Ok(usage::spent(before, &self.usages()?))
    }

    /// How many requests of agents it has taken, watches among them.
    pub async fn requests(&self) -> anyhow::Result<f64> {
        let metrics = self.kubernetes.calls("admin")?.get("/metrics").await?;
        Ok(counted(&String::from_utf8_lossy(&metrics)))
    }
}

fn counted(metrics: &str) -> f64 {
    let lines = metrics.lines().filter(|line| line.starts_with(REQUESTS) && line.contains(QUEUE));
    lines.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_agents_ask_is_counted() {
        let metrics = format!(
            "# HELP {REQUESTS} x\n{REQUESTS}{{{QUEUE},priority_level=\"a\"}} 7\n\
             {REQUESTS}{{{QUEUE},priority_level=\"b\"}} 2\n{REQUESTS}{{flow_schema=\"exempt\"}} 100\n"
        );
        assert_eq!(counted(&metrics), 9.0);
    }
}
