//! Everything that a run needs, as processes of this machine that end with it.

mod store;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::Context as _;
use testbed::{Nats, Service, binary, eventually, tributary};

use crate::args::{Run, Scenario};
use crate::hosts::Hosts;
use crate::usage::{self, Usages};

/// The services, in the order in which they are started.
pub const SERVICES: [&str; 4] = ["placement", "translation", "summarization", "gateway"];

/// For a command to begin and to end, beside what it waits for.
const MARGIN: Duration = Duration::from_secs(30);

/// The server and the services.
#[derive(Debug)]
pub struct Stack {
    /// Dropped first to last: agents before services before NATS.
    pub hosts: Hosts,
    pub services: Vec<Service>,
    pub nats: Nats,
    /// Of all processes.
    pub logs: PathBuf,
    /// Of the server.
    folder: PathBuf,
    timeout: Duration,
}

impl Stack {
    /// Starts the server and the services and waits until all are ready; the agents come later.
    pub async fn start(run: &Run, folder: &Path) -> anyhow::Result<Self> {
        let (logs, folder) = (folder.join("logs"), folder.join("nats"));
        let nats = Nats::start_in(&folder, None).await?;
        testbed::init(&nats.url()).await?;
        std::fs::create_dir_all(&logs).with_context(|| format!("cannot make {}", logs.display()))?;
        let mut services = Vec::new();
        for name in SERVICES {
            for number in 1..=run.replicas {
                services.push(service(run, &logs, name, number, &nats.url())?);
            }
        }
        for service in &mut services {
            service.ready(run.timeout).await?;
        }
        let hosts = Hosts::new(run, nats.url(), logs.clone());
        Ok(Self { hosts, services, nats, logs, folder, timeout: run.timeout })
    }

    /// `http://host:port` of a gateway; each life of it has another one.
    pub async fn gateway(&self) -> anyhow::Result<String> {
        let gateway = self.services.iter().find(|service| service.name.starts_with("gateway"));
        let gateway = gateway.context("no gateway runs")?;
        Ok(format!("http://{}", gateway.process.field("listen", self.timeout).await?))
    }

    /// What every process uses now.
    pub fn usages(&self) -> anyhow::Result<Usages> {
        self.ids()?.into_iter().map(|(name, id)| Ok((name, usage::of(id)?))).collect()
    }

    /// The processes that run, by name.
    fn ids(&self) -> anyhow::Result<BTreeMap<String, u32>> {
        let mut ids = self.hosts.ids()?;
        let services =
            self.services.iter().filter_map(|service| Some((service.name.clone(), service.process.id()?)));
        ids.extend(services.chain(self.nats.id().map(|id| ("nats".to_owned(), id))));
        Ok(ids)
    }

    /// CPU seconds of NATS and the services since `before`.
    pub fn hub_cpu_since(&self, before: &Usages) -> anyhow::Result<f64> {
        Ok(usage::of_hub(&usage::spent(before, &self.usages()?)))
    }

    /// From now on, the most that a process was ever resident is the most since now; where the kernel cannot do that, it
    /// stays that of the process' whole life.
    pub fn forget_peaks(&self) -> anyhow::Result<()> {
        for id in self.ids()?.values() {
            std::fs::write(format!("/proc/{id}/clear_refs"), "5").ok();
        }
        Ok(())
    }

    /// The services and how many leases each holds; the gateway none.
    pub async fn all_leases(&self) -> anyhow::Result<BTreeMap<&'static str, u64>> {
        let mut leases = BTreeMap::new();
        for service in SERVICES {
            leases.insert(service, self.leases(service).await?);
        }
        Ok(leases)
    }

    /// How many leases the replicas of a service hold together.
    async fn leases(&self, service: &str) -> anyhow::Result<u64> {
        let mut leases = 0;
        for replica in self.replicas(service) {
            leases += replica.leases().await?;
        }
        Ok(leases)
    }

    /// `kill -9` of the replica of a service that has most to do, and its next life.
    pub async fn restart(&mut self, service: &str) -> anyhow::Result<()> {
        let mut busiest = None;
        for (at, replica) in self.services.iter().enumerate().filter(|(_, it)| is_replica(it, service)) {
            busiest = busiest.max(Some((replica.leases().await?, at)));
        }
        let (_, at) = busiest.with_context(|| format!("no {service} runs"))?;
        self.services[at].process.restart()
    }

    /// Waits until all replicas of a service are ready and hold so many leases again.
    pub async fn recovered(&mut self, service: &str, leases: u64) -> anyhow::Result<()> {
        let timeout = self.timeout;
        for replica in self.services.iter_mut().filter(|replica| is_replica(replica, service)) {
            replica.ready(timeout).await?;
        }
        let what = format!("{service} holds {leases} leases again");
        eventually(&what, timeout, async || match self.leases(service).await {
            Ok(held) if held >= leases => Ok(()),
            Ok(held) => Err(held.to_string()),
            Err(error) => Err(format!("{error:#}")),
        })
        .await
    }

    fn replicas(&self, service: &str) -> impl Iterator<Item = &Service> {
        self.services.iter().filter(move |replica| is_replica(replica, service))
    }

    /// `tributary verify`: whether all that is stored follows from the truth. Fails with what it has found.
    pub async fn verify(&self) -> anyhow::Result<()> {
        let timeout = humantime::format_duration(self.timeout).to_string();
        let args = ["verify", "--show", "10", "--timeout", &timeout];
        tributary(&args, &self.nats.url(), self.timeout + MARGIN).await
    }

    /// Ends everything in order.
    pub async fn end(mut self) {
        drop(self.hosts);
        for service in &mut self.services {
            service.process.terminate(self.timeout).await.ok();
        }
        self.nats.stop().await.ok();
    }
}

fn is_replica(replica: &Service, service: &str) -> bool {
    replica.name.strip_prefix(service).is_some_and(|rest| rest.starts_with('-'))
}

/// One replica of a service, on free ports.
fn service(run: &Run, logs: &Path, service: &str, number: u32, nats_url: &str) -> anyhow::Result<Service> {
    let mut command = Command::new(binary(&format!("tributary-{service}"))?);
    command.args(["--nats-url", nats_url]);
    if service == "gateway" {
        command.args(["--listen", "127.0.0.1:0"]);
    }
    // What a soak leaves behind should go while it is watched.
    if service == "translation" && run.plays(Scenario::Soak) {
        command.args(["--blob-min-age", "10s", "--blob-collect-period", "1s"]);
    }
    let name = format!("{service}-{number}");
    let log: PathBuf = logs.join(format!("{name}.log"));
    Service::spawn(&name, command, Some(&log))
}
