//! The processes that host the agents.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use futures::future::try_join_all;
use testbed::{Process, binary, http};

use crate::args::Run;
use crate::declare::PREFIX;

/// Hosts of agents, each with its share of the locations.
#[derive(Debug)]
pub struct Hosts {
    run: Run,
    nats_url: String,
    logs: PathBuf,
    processes: Vec<Process>,
}

impl Hosts {
    /// None runs yet.
    pub fn new(run: &Run, nats_url: String, logs: PathBuf) -> Self {
        Self { run: run.clone(), nats_url, logs, processes: Vec::new() }
    }

    /// Starts all of them and waits until all agents are attached.
    pub async fn start(&mut self) -> anyhow::Result<()> {
        for number in 0..self.run.hosts {
            let name = format!("host-{number}");
            let log = self.logs.join(format!("{name}.log"));
            let command = self.command(number)?;
            self.processes.push(Process::spawn(&name, command, Some(&log))?);
        }
        for process in &self.processes {
            process.line("ready ", self.run.timeout).await?;
        }
        Ok(())
    }

    fn command(&self, number: u32) -> anyhow::Result<Command> {
        let run = &self.run;
        let share = run.locations.div_ceil(run.hosts);
        let first = share * number;
        let count = share.min(run.locations.saturating_sub(first));
        let mut command = Command::new(binary("tributary-loadtest")?);
        command.args(["host", "--nats-url", &self.nats_url, "--prefix", PREFIX, "--control", "127.0.0.1:0"]);
        command.args(["--regions", &run.region_names().join(",")]);
        let numbers = [
            ("first", first),
            ("count", count),
            ("offline", run.offline),
            ("connections", run.connections.div_ceil(run.hosts)),
        ];
        command.args(numbers.iter().map(|(name, value)| format!("--{name}={value}")));
        let periods = [
            ("heartbeat", run.periods.heartbeat),
            ("anti-entropy", run.periods.anti_entropy),
            ("resync", run.periods.resync),
        ];
        let period = |duration: Duration| humantime::format_duration(duration).to_string();
        command.args(periods.iter().map(|(name, value)| format!("--{name}={}", period(*value))));
        if run.shared_blob_cache {
            command.arg("--shared-blob-cache");
        }
        if let Some(after) = run.rest_after {
            command.arg(format!("--rest-after={}", period(after)));
        }
        Ok(command)
    }

    /// Tells every host something, all at once; their answers.
    pub async fn tell(&self, command: &str) -> anyhow::Result<Vec<String>> {
        tell(self.addresses().await?, command.to_owned()).await
    }

    /// Where each of them takes commands.
    pub async fn addresses(&self) -> anyhow::Result<Vec<String>> {
        try_join_all(self.processes.iter().map(|process| process.field("control", self.run.timeout))).await
    }

    /// One of them does nothing from now on, as if the power of its sites were cut, but that it forgets nothing.
    pub fn freeze(&mut self, number: usize) -> anyhow::Result<()> {
        self.processes.get_mut(number).context("there is no such host")?.freeze()
    }

    /// It goes on.
    pub fn thaw(&mut self, number: usize) -> anyhow::Result<()> {
        self.processes.get_mut(number).context("there is no such host")?.thaw()
    }

    /// Their processes by name.
    pub fn ids(&self) -> anyhow::Result<BTreeMap<String, u32>> {
        let one = |(number, process): (usize, &Process)| {
            Ok((format!("host-{number}"), process.id().context("a host has ended")?))
        };
        self.processes.iter().enumerate().map(one).collect()
    }
}

/// Tells hosts something by their addresses, all at once.
pub async fn tell(addresses: Vec<String>, command: String) -> anyhow::Result<Vec<String>> {
    try_join_all(addresses.iter().map(|address| tell_one(address, &command))).await
}

async fn tell_one(address: &str, command: &str) -> anyhow::Result<String> {
    let (status, answer) = http::get(address, command).await?;
    ensure!(status == 200, "a host refuses {command}: {answer}");
    Ok(answer)
}
