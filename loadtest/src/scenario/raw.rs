//! The messages of a change by a bare client, on the same server and at the same sizes.

use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use testbed::{Process, binary};

use super::change;
use crate::args::{Run, Scenario};
use crate::figures::Figures;
use crate::latency::Latencies;
use crate::raw::{OUTCOME, Outcome, Sizes};
use crate::stage::Stage;

/// A line that was printed is read a little after its process has ended.
const READ: Duration = Duration::from_secs(10);

/// Compares with the `change` that was played before, and plays one first if none was.
pub async fn play(stage: &mut Stage, figures: &mut Figures) -> anyhow::Result<()> {
    if !follows_change(&stage.run.played()) {
        change::play(stage, figures).await?;
    }
    let sizes = Sizes::measure(stage).await?;
    figures.set("raw_document_bytes", sizes.document);
    figures.set("raw_row_bytes", sizes.row);
    figures.set("raw_blob_bytes", sizes.blobs.iter().sum::<usize>());
    figures.set("raw_fetches", sizes.blobs.len());
    told(figures, outcome(stage, &sizes).await?);
    Ok(())
}

fn follows_change(played: &[Scenario]) -> bool {
    played
        .iter()
        .take_while(|scenario| **scenario != Scenario::Raw)
        .any(|scenario| *scenario == Scenario::Change)
}

async fn outcome(stage: &Stage, sizes: &Sizes) -> anyhow::Result<Outcome> {
    let server = stage.stack.nats.id().context("the server has ended")?;
    let mut command = Command::new(binary("tributary-loadtest")?);
    command.arg("raw").arg("--nats-url").arg(stage.stack.nats.url()).args(flags(&stage.run, server, sizes));
    command.args(sizes.own_blobs.then_some("--own-blobs"));
    let mut process = Process::spawn("tributary-loadtest raw", command, None)?;
    let status = process.ended(stage.timeout()).await?;
    ensure!(status.success(), "the bare client: {status}\n{}", process.output(20));
    let line = process.line(OUTCOME, READ).await?;
    Ok(serde_json::from_str(line.strip_prefix(OUTCOME).unwrap_or(&line))?)
}

/// The same locations, regions, connections and subscriptions as the hosts of agents have.
fn flags(run: &Run, server: u32, sizes: &Sizes) -> Vec<String> {
    let blobs: Vec<String> = sizes.blobs.iter().map(ToString::to_string).collect();
    let lists = [("regions", run.region_names().join(",")), ("blob-bytes", blobs.join(","))];
    let numbers = [
        ("server-process", server as usize),
        ("locations", run.locations as usize),
        ("offline", run.offline as usize),
        ("hosts", run.hosts as usize),
        ("connections", run.connections.div_ceil(run.hosts) as usize),
        ("document-bytes", sizes.document),
        ("row-bytes", sizes.row),
    ];
    let numbers = numbers.into_iter().map(|(name, value)| (name, value.to_string()));
    let given = lists.into_iter().chain(numbers).filter(|(_, value)| !value.is_empty());
    given.map(|(name, value)| format!("--{name}={value}")).collect()
}

fn told(figures: &mut Figures, outcome: Outcome) {
    figures.seconds("raw_s", outcome.all);
    figures.seconds("raw_published_s", outcome.published);
    figures.distribution("raw_received", latencies(outcome.received));
    figures.distribution("raw_reported", latencies(outcome.reported));
    figures.seconds("raw_cpu_s.nats", outcome.server_cpu);
    figures.seconds("raw_cpu_s.raw", outcome.own_cpu);
}

fn latencies(micros: Vec<u64>) -> Latencies {
    Latencies::new(micros.into_iter().map(|micros| Duration::from_micros(micros).as_secs_f64()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_compared_only_if_it_comes_first() {
        assert!(follows_change(&[Scenario::Change, Scenario::List, Scenario::Raw]));
        assert!(!follows_change(&[Scenario::Raw, Scenario::Change]));
    }
}
