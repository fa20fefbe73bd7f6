//! The command lines of the demo's processes: what a user would type, with shorter periods than the defaults.

use std::process::Command;
use std::time::Duration;

use testbed::{Process, Service, binary};

use super::manifests;
use crate::clusters::{Cluster, NAMESPACE};
use crate::folder::Folder;
use crate::inventory::{PREFIX, REGIONS, Store};

/// So that an absence shows within seconds: silent after three of them. The default is a minute.
const HEARTBEAT: &str = "1s";

/// Attaching takes a second for thousands of agents.
const ATTACHED: Duration = Duration::from_secs(60);

/// One replica of a service, on free ports.
pub fn service(folder: &Folder, service: &str, number: usize, nats_url: &str) -> anyhow::Result<Service> {
    let mut command = Command::new(binary(&format!("tributary-{service}"))?);
    command.args(["--nats-url", nats_url]);
    match service {
        "gateway" => drop(command.args(["--listen", "127.0.0.1:0"])),
        "summarization" => drop(command.args(["--heartbeat", HEARTBEAT])),
        _ => {}
    }
    let name = format!("{service}-{number}");
    Service::spawn(&name, command, Some(&folder.log(&name)))
}

/// A store's agent, with a folder for manifests and one for its own state.
pub fn agent(folder: &Folder, nats_url: &str, store: &Store) -> anyhow::Result<Process> {
    let sink = manifests(&folder.path(""), store);
    let mut command = any_agent(folder, nats_url, store.name, store.region)?;
    command.arg("--sink").arg(format!("directory:{}", sink.display()));
    Process::spawn(store.name, command, Some(&folder.log(store.name)))
}

/// A cluster's agent, beside the cluster. Most are pods in theirs, with the same flags but `--kubeconfig`.
pub fn cluster_agent(folder: &Folder, nats_url: &str, cluster: &Cluster) -> anyhow::Result<Process> {
    let mut command = any_agent(folder, nats_url, &cluster.name, cluster.region)?;
    command
        .args(["--sink", "kubernetes", "--namespace", NAMESPACE])
        .arg("--kubeconfig")
        .arg(&cluster.kubeconfig);
    Process::spawn(&cluster.name, command, Some(&folder.log(&cluster.name)))
}

fn any_agent(folder: &Folder, nats_url: &str, location: &str, region: &str) -> anyhow::Result<Command> {
    let state = folder.make(&format!("agents/{location}"))?;
    let mut command = Command::new(binary("tributary-agent")?);
    command.args(["--location", location, "--region", region, "--nats-url", nats_url]);
    command.args(["--heartbeat", HEARTBEAT, "--anti-entropy", "10s", "--resync", "5s"]);
    command.arg("--state-dir").arg(state);
    Ok(command)
}

/// The hosted agents: real ones, many to a process, that keep objects in memory. Returns when all are attached.
pub async fn host(folder: &Folder, nats_url: &str, locations: u32) -> anyhow::Result<Process> {
    let mut command = Command::new(binary("tributary-loadtest")?);
    command.args(["host", "--nats-url", nats_url, "--regions", &REGIONS.join(",")]);
    command.args(["--prefix", PREFIX, "--count", &locations.to_string(), "--heartbeat", HEARTBEAT]);
    let process = Process::spawn("host", command, Some(&folder.log("host")))?;
    process.line("ready ", ATTACHED).await?;
    Ok(process)
}
