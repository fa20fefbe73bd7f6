//! The processes of the demo. All of them end with it, however it ends.

mod processes;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use testbed::{Nats, Process, Service, eventually};

use crate::clusters::Clusters;
use crate::folder::Folder;
use crate::inventory::{STORES, Store};
use crate::say;
use processes::{agent, cluster_agent, host, service};

/// Each of them runs twice.
const SERVICES: [&str; 4] = ["placement", "translation", "summarization", "gateway"];
const REPLICAS: usize = 2;

/// Starting eight processes on two cores takes a second; a first look at a table another one.
const READY: Duration = Duration::from_secs(60);
/// For an orderly end: more than handing leases back takes.
const END: Duration = Duration::from_secs(15);

/// Index of a service's replica in the fleet.
pub type Replica = usize;

#[derive(Debug)]
pub struct Fleet {
    folder: PathBuf,
    /// Dropped first to last: agents before services before NATS.
    agents: BTreeMap<String, Process>,
    _host: Option<Process>,
    services: Vec<Service>,
    gateways: Vec<String>,
    nats: Nats,
}

impl Fleet {
    /// Starts all of it and waits until every service says that it is ready.
    pub async fn start(folder: &Folder, hosted: u32, clusters: &Clusters) -> anyhow::Result<Fleet> {
        let nats = Nats::start_in(&folder.path("nats"), None).await?;
        say::line(&format!("NATS {}, process {}", nats.url(), nats.id().unwrap_or_default()));
        testbed::init(&nats.url()).await?;
        let mut fleet = Fleet {
            folder: folder.path(""),
            agents: BTreeMap::new(),
            _host: None,
            services: Vec::new(),
            gateways: Vec::new(),
            nats,
        };
        fleet.start_services(folder).await?;
        for store in STORES {
            fleet.agents.insert(store.name.to_owned(), agent(folder, &fleet.nats.url(), store)?);
        }
        say::line(&format!("{} agents, each with a folder under .demo/locations", fleet.agents.len()));
        for cluster in clusters.each() {
            let agent = cluster_agent(folder, &fleet.nats.url(), cluster)?;
            fleet.agents.insert(cluster.name.clone(), agent);
            say::line(&format!("an agent for {}", cluster.name));
        }
        if hosted > 0 {
            fleet._host = Some(host(folder, &fleet.nats.url(), hosted).await?);
            say::line(&format!("{hosted} more agents in one process"));
        }
        Ok(fleet)
    }

    async fn start_services(&mut self, folder: &Folder) -> anyhow::Result<()> {
        let replicas = SERVICES.iter().flat_map(|name| (1..=REPLICAS).map(move |n| (*name, n)));
        for (name, number) in replicas {
            self.services.push(service(folder, name, number, &self.nats.url())?);
        }
        for running in &mut self.services {
            running.ready(READY).await?;
            say::line(&describe(running));
            if running.name.starts_with("gateway") {
                self.gateways.push(running.process.field("listen", READY).await?);
            }
        }
        Ok(())
    }

    pub fn nats_url(&self) -> String {
        self.nats.url()
    }

    /// What a user sets to reach this fleet.
    pub fn environment(&self) -> Vec<(String, String)> {
        let gateway = self.gateways.first().map(|address| format!("http://{address}")).unwrap_or_default();
        vec![
            ("TRIBUTARY_ADDRESS".to_owned(), gateway),
            ("TRIBUTARY_NATS_URL".to_owned(), self.nats.url()),
            ("NATS_URL".to_owned(), self.nats.url()),
        ]
    }

    /// The folder that a store's agent writes manifests to.
    pub fn manifests(&self, store: &Store) -> PathBuf {
        manifests(&self.folder, store)
    }

    /// Stops a store's agent in order.
    pub async fn stop_agent(&mut self, store: &Store) -> anyhow::Result<()> {
        let agent = self.agents.get_mut(store.name).context("every store has an agent")?;
        agent.terminate(END).await.map(|_| ())
    }

    /// Starts a store's agent again.
    pub fn start_agent(&mut self, store: &Store) -> anyhow::Result<()> {
        self.agents.get_mut(store.name).context("every store has an agent")?.restart()
    }

    pub fn name(&self, replica: Replica) -> &str {
        &self.services[replica].name
    }

    /// The replica of a service that holds most leases, and another one.
    pub async fn leader(&self, service: &str) -> anyhow::Result<(Replica, Replica)> {
        let mut holders = Vec::new();
        for (replica, running) in self.services.iter().enumerate() {
            if running.name.starts_with(service) {
                holders.push((running.leases().await?, replica));
            }
        }
        holders.sort_unstable();
        let leader = holders.pop().with_context(|| format!("no {service} runs"))?;
        let heir = holders.pop().with_context(|| format!("only one {service} runs"))?;
        ensure!(leader.0 > 0, "no {service} holds a lease");
        Ok((leader.1, heir.1))
    }

    /// How many leases a replica holds.
    pub async fn leases(&self, replica: Replica) -> anyhow::Result<u64> {
        self.services[replica].leases().await
    }

    /// Waits until a replica holds `count` leases.
    pub async fn holds(&self, replica: Replica, count: u64) -> anyhow::Result<()> {
        let what = format!("{} holds {count} leases", self.name(replica));
        eventually(&what, READY, async || match self.leases(replica).await {
            Ok(held) if held >= count => Ok(()),
            Ok(held) => Err(format!("{held} leases")),
            Err(error) => Err(format!("{error:#}")),
        })
        .await
    }

    /// `kill -9`.
    pub fn kill_service(&mut self, replica: Replica) {
        self.services[replica].process.kill();
    }

    /// Starts a replica again.
    pub async fn restart_service(&mut self, replica: Replica) -> anyhow::Result<()> {
        let running = &mut self.services[replica];
        running.process.restart()?;
        running.ready(READY).await
    }

    /// A process that has ended by itself, with the end of its log.
    pub fn casualty(&mut self) -> Option<String> {
        let services = self.services.iter_mut().map(|s| (s.name.as_str(), &mut s.process));
        let agents = self.agents.iter_mut().map(|(name, process)| (name.as_str(), process));
        services.chain(agents).find_map(|(name, process)| {
            let status = process.status().ok().flatten()?;
            Some(format!("{name} has ended ({status}); its last output:\n{}", process.output(10)))
        })
    }

    /// Ends everything in order: agents, services, NATS.
    pub async fn end(mut self) {
        for agent in self.agents.values_mut() {
            agent.terminate(END).await.ok();
        }
        drop(self._host.take());
        for running in &mut self.services {
            running.process.terminate(END).await.ok();
        }
        self.nats.stop().await.ok();
    }
}

/// One line for those who watch.
fn describe(service: &Service) -> String {
    let id = service.process.id().unwrap_or_default();
    format!("{:<16} process {id}, metrics http://{}/metrics", service.name, service.admin())
}

fn manifests(folder: &Path, store: &Store) -> PathBuf {
    folder.join("locations").join(store.name)
}
