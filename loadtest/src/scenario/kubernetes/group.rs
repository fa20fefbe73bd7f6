//! So many agents on one API server.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use futures::future::try_join_all;
use serde_json::Value;
use testbed::kubernetes::Calls;
use wire::{Key, Stream};

use crate::clock::{Moment, now, seconds};
use crate::cluster::{self, Agents, Cluster, Content};
use crate::latency::Latencies;
use crate::stage::Stage;
use crate::usage::{self, Usages};

/// What is left to do when a summary is true is done after so long.
const AFTERWARDS: Duration = Duration::from_secs(2);

/// Agents at rest, all with the same version of their objects.
#[derive(Debug)]
pub struct Group {
    pub agents: Agents,
    cluster: Cluster,
    names: Vec<String>,
    /// Of bare requests, one for each agent.
    lanes: Vec<Calls>,
    version: u64,
    bare_version: u64,
}

/// CPU seconds in some time, by who spent them.
#[derive(Clone, Debug)]
pub struct Spent {
    pub cpu: BTreeMap<&'static str, f64>,
    pub seconds: f64,
}

/// A change.
#[derive(Debug)]
pub struct Round {
    /// By when each agent had applied it, from the return of `apply`.
    pub applied: Latencies,
    pub is_true: f64,
    pub spent: Spent,
}

/// What everybody had used at a moment.
struct Before {
    agents: Usages,
    cluster: Usages,
    stack: Usages,
    at: Instant,
}

impl Group {
    /// Also how long the first placements took.
    pub async fn start(stage: &mut Stage, count: u32) -> anyhow::Result<(Self, f64)> {
        let names: Vec<String> = (0..count).map(|number| format!("cluster-{count}-{number}")).collect();
        let cluster = Cluster::start(&stage.run, &names).await?;
        let mut agents = Agents::default();
        cluster::join(stage, &cluster, &mut agents, &names).await?;
        let lanes: Vec<Calls> =
            names.iter().map(|name| cluster.calls(name)).collect::<anyhow::Result<_>>()?;
        let mut group = Self { agents, cluster, names, lanes, version: 0, bare_version: 0 };
        let first = group.place(stage).await?;
        group.prepare_bare().await?;
        Ok((group, first))
    }

    async fn place(&mut self, stage: &mut Stage) -> anyhow::Result<f64> {
        let mut resources = Vec::new();
        for name in &self.names {
            resources.push(cluster::placement(name));
            resources.extend(cluster::pair(name, 0).iter().map(Content::declared));
        }
        let watermark = stage.hub.apply(resources.iter().map(wire::resource_message).collect()).await?;
        let returned = now();
        Ok(seconds(returned, cluster::all_updated(stage, &self.names, &watermark).await?))
    }

    /// What everybody uses while nothing happens.
    pub async fn rest(&self, stage: &Stage) -> anyhow::Result<Spent> {
        tokio::time::sleep(AFTERWARDS).await;
        let before = self.before(stage)?;
        tokio::time::sleep(stage.run.duration).await;
        self.since(stage, &before)
    }

    /// Changes all objects of all agents with one `apply`.
    pub async fn change(&mut self, stage: &mut Stage) -> anyhow::Result<Round> {
        self.version += 1;
        let objects = self.names.iter().flat_map(|name| cluster::pair(name, self.version));
        let resources = objects.map(|object| wire::resource_message(&object.declared())).collect();
        let before = self.before(stage)?;
        let watermark = stage.hub.apply(resources).await?;
        let returned = now();
        let is_true = seconds(returned, cluster::all_updated(stage, &self.names, &watermark).await?);
        tokio::time::sleep(AFTERWARDS).await;
        let spent = self.since(stage, &before)?;
        Ok(Round { applied: self.applied(stage, returned).await?, is_true, spent })
    }

    /// As the agents report it: each of them has the newest rollout.
    async fn applied(&self, stage: &Stage, returned: Moment) -> anyhow::Result<Latencies> {
        let mut applied = Vec::new();
        for region in &stage.regions {
            for row in stage.tables.read(&Stream::Status(region.clone())).await? {
                let Key::Status { placement, .. } = &row.key else { continue };
                if self.names.contains(&placement.name) {
                    let status = wire::decode_status(&row.value)?.0;
                    applied.push(seconds(returned, crate::timeline::applied(&status)));
                }
            }
        }
        Ok(Latencies::new(applied))
    }

    /// Namespaces, connections and objects are there before anything is measured.
    async fn prepare_bare(&mut self) -> anyhow::Result<()> {
        for (name, lane) in self.names.iter().zip(&self.lanes) {
            cluster::ensure_namespace(lane, name).await?;
        }
        self.bare().await.map(drop)
    }

    /// The same writes by bare requests, as many at a time; how long they took, and what they cost.
    pub async fn bare(&mut self) -> anyhow::Result<Spent> {
        self.bare_version += 1;
        let (before, begun) = (self.cluster.usages()?, Instant::now());
        let lanes = self.names.iter().zip(&self.lanes);
        let writing = lanes.map(|(name, lane)| async {
            cluster::write(lane, &cluster::pair(&cluster::bare_namespace(name), self.bare_version), 1).await
        });
        try_join_all(writing).await?;
        let seconds = begun.elapsed().as_secs_f64();
        Ok(Spent { cpu: self.of_cluster(&before)?.into(), seconds })
    }

    /// Objects that are not in the cluster as they were declared last, whatever was reported.
    pub async fn lost(&self) -> anyhow::Result<usize> {
        let mut there = 0;
        for kind in ["/api/v1/configmaps", "/apis/apps/v1/deployments"] {
            let all = self.lanes[0].get(&format!("{kind}?labelSelector=tributary.dev/location")).await?;
            let list: Value = serde_json::from_slice(&all)?;
            let items = list["items"].as_array().into_iter().flatten();
            there += items.filter(|item| cluster::version(&item["metadata"]) == Some(self.version)).count();
        }
        Ok((2 * self.names.len()).saturating_sub(there))
    }

    /// The hub forgets them, and all processes end.
    pub async fn end(self, stage: &mut Stage) -> anyhow::Result<()> {
        let pairs = self.names.iter().flat_map(|name| cluster::pair(name, 0)).collect();
        cluster::leave(stage, &self.names, pairs).await
    }

    fn before(&self, stage: &Stage) -> anyhow::Result<Before> {
        let (agents, cluster, stack) = (self.agents.usages()?, self.cluster.usages()?, stage.stack.usages()?);
        Ok(Before { agents, cluster, stack, at: Instant::now() })
    }

    fn since(&self, stage: &Stage, before: &Before) -> anyhow::Result<Spent> {
        let hub = usage::of_hub(&usage::spent(&before.stack, &stage.stack.usages()?));
        let agents = self.agents.spent(&before.agents)?;
        let cpu = [("agents", agents), ("hub", hub)].into_iter().chain(self.of_cluster(&before.cluster)?);
        Ok(Spent { cpu: cpu.collect(), seconds: before.at.elapsed().as_secs_f64() })
    }

    /// CPU seconds of the API server and of its store.
    fn of_cluster(&self, before: &Usages) -> anyhow::Result<[(&'static str, f64); 2]> {
        let spent = self.cluster.spent(before)?;
        let of = |name: &str| spent.get(name).copied().unwrap_or_default();
        Ok([("api", of("kube-apiserver")), ("etcd", of("etcd"))])
    }
}
