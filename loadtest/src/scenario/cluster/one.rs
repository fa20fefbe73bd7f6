//! The agent, its cluster, and what is done with them.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use testbed::kubernetes::Calls;
use wire::api;

use crate::clock::{Moment, now, seconds};
use crate::cluster::{self, Agents, Cluster, Content, Sight};
use crate::stage::Stage;
use crate::timeline::Timeline;
use crate::usage::Usage;

/// As the agent has it.
const ABREAST: usize = 8;
/// What is left to do after a change is done after so long.
const AFTERWARDS: Duration = Duration::from_secs(2);
/// An agent that has had nothing to do for so long has settled.
const QUIET: Duration = Duration::from_secs(10);

#[derive(Debug)]
pub struct One {
    agents: Agents,
    sight: Sight,
    cluster: Cluster,
    /// Of bare requests.
    calls: Calls,
    name: String,
    count: u32,
    version: u64,
    bare_version: u64,
}

/// Seconds from the return of `apply`.
#[derive(Debug)]
pub struct Applied {
    /// The agent has its document.
    pub received: f64,
    /// The API server has the objects.
    pub applied: f64,
    pub is_true: f64,
}

/// What the agent took with nothing to do.
#[derive(Debug)]
pub struct Rest {
    pub usage: Usage,
    pub cpu_s: f64,
    pub requests: f64,
    pub seconds: f64,
}

impl One {
    /// Its location has nothing yet.
    pub async fn start(stage: &mut Stage, count: u32) -> anyhow::Result<Self> {
        let name = format!("one-{count}");
        let names = std::slice::from_ref(&name);
        let cluster = Cluster::start(&stage.run, names).await?;
        let mut agents = Agents::default();
        cluster::join(stage, &cluster, &mut agents, names).await?;
        let calls = cluster.calls(&name)?;
        let sight = Sight::open(&calls, &name).await?;
        cluster::ensure_namespace(&calls, &name).await?;
        Ok(Self { agents, sight, cluster, calls, name, count, version: 1, bare_version: 1 })
    }

    /// Declares all objects and their placement; also the agent's CPU seconds.
    pub async fn first(&mut self, stage: &mut Stage) -> anyhow::Result<(Applied, f64)> {
        let objects = self.objects(&self.name);
        let declared = objects.iter().map(Content::declared).chain([cluster::placement(&self.name)]);
        let resources = declared.map(|it| wire::resource_message(&it)).collect();
        let before = self.cpu_s()?;
        let names = objects.iter().map(|object| object.name().to_owned()).collect();
        let applied = self.apply(stage, resources, names).await?;
        tokio::time::sleep(AFTERWARDS).await;
        Ok((applied, self.cpu_s()? - before))
    }

    /// The same objects by bare requests; how long they took.
    pub async fn bare_first(&self) -> anyhow::Result<f64> {
        let objects = self.objects(&cluster::bare_namespace(&self.name));
        let begun = Instant::now();
        cluster::write(&self.calls, &objects, ABREAST).await?;
        Ok(begun.elapsed().as_secs_f64())
    }

    /// The next version of the next object.
    pub async fn change(&mut self, stage: &mut Stage) -> anyhow::Result<Applied> {
        self.version += 1;
        let object = self.next(&self.name, self.version);
        let resources = vec![wire::resource_message(&object.declared())];
        self.apply(stage, resources, [object.name().to_owned()].into()).await
    }

    /// The same by a bare request.
    pub async fn bare_change(&mut self) -> anyhow::Result<f64> {
        self.bare_version += 1;
        let object = self.next(&cluster::bare_namespace(&self.name), self.bare_version);
        let took = cluster::write(&self.calls, &[object], 1).await?;
        took.max().context("nothing was written")
    }

    /// Until these objects are there in the newest version, and until the summary is true.
    async fn apply(
        &mut self,
        stage: &mut Stage,
        resources: Vec<api::Resource>,
        names: BTreeSet<String>,
    ) -> anyhow::Result<Applied> {
        let watermark = stage.hub.apply(resources).await?;
        let returned = now();
        let (one, sight) = (std::slice::from_ref(&self.name), &mut self.sight);
        let (there, is_true) = tokio::try_join!(
            sight.until(names, self.version, stage.timeout()),
            cluster::all_updated(stage, one, &watermark),
        )?;
        let received = self.received(stage).await?;
        let [received, applied, is_true] = [received, there, is_true].map(|moment| seconds(returned, moment));
        Ok(Applied { received, applied, is_true })
    }

    /// When the agent had what it reports about, by its own word.
    async fn received(&self, stage: &mut Stage) -> anyhow::Result<Moment> {
        let key = cluster::placement_key(&self.name);
        let number = stage.rollout(&key).await?;
        let timeline = Timeline::reports(&stage.tables, &stage.regions, &key, number).await?;
        timeline.received.get(&self.name).copied().context("the agent has not reported")
    }

    fn objects(&self, namespace: &str) -> Vec<Content> {
        (0..self.count).map(|number| cluster::mixed(namespace, number, 1)).collect()
    }

    /// In turn, all of them.
    fn next(&self, namespace: &str, version: u64) -> Content {
        let turn = u32::try_from(version % u64::from(self.count)).unwrap_or_default();
        cluster::mixed(namespace, turn, version)
    }

    /// CPU seconds of the agent so far.
    pub fn cpu_s(&self) -> anyhow::Result<f64> {
        Ok(self.usage()?.cpu_s)
    }

    fn usage(&self) -> anyhow::Result<Usage> {
        self.agents.usages()?.remove(&self.name).context("the agent has ended")
    }

    /// Watches it for the duration of the run.
    pub async fn rest(&self, stage: &Stage) -> anyhow::Result<Rest> {
        tokio::time::sleep(QUIET).await;
        let (begun, before, requests) = (Instant::now(), self.cpu_s()?, self.cluster.requests().await?);
        tokio::time::sleep(stage.run.duration).await;
        let (usage, seconds) = (self.usage()?, begun.elapsed().as_secs_f64());
        let requests = self.cluster.requests().await? - requests;
        Ok(Rest { usage, cpu_s: usage.cpu_s - before, requests, seconds })
    }

    /// The hub forgets it, and its processes end.
    pub async fn end(self, stage: &mut Stage) -> anyhow::Result<()> {
        cluster::leave(stage, std::slice::from_ref(&self.name), self.objects(&self.name)).await
    }
}
