//! `tributary plan` of a changed placement, as a user gives the command.

use std::process::Command;
use std::time::Instant;

use anyhow::{Context as _, ensure};
use model::Spec;
use serde_json::json;
use testbed::{Process, binary};

use super::kinds;
use crate::declare::choice::{self, Kind};
use crate::figures::Figures;
use crate::latency::Latencies;
use crate::stage::Stage;
use crate::usage;

/// One after the other; the median is the figure.
const TIMES: usize = 3;
/// Another tier is left out than by what is declared.
const OTHER: u32 = 5;
/// The command's exit code where something would change.
const CHANGES: i32 = 1;
const SHOWN: usize = 40;

pub async fn play(stage: &mut Stage, figures: &mut Figures) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    for (name, kind) in kinds(stage.run.locations) {
        let file = folder.path().join(format!("{name}.json"));
        std::fs::write(&file, manifest(name, kind)?)?;
        let file = file.to_str().context("the temporary folder's path is not text")?;
        let (mut times, mut cpu) = (Vec::new(), 0.0);
        for _ in 0..TIMES {
            let (begun, before) = (Instant::now(), usage::of_ended()?);
            plan(stage, file).await?;
            times.push(begun.elapsed().as_secs_f64());
            cpu += usage::of_ended()? - before;
        }
        figures.seconds(&format!("plan_s.{name}"), Latencies::new(times).quantile(0.5).unwrap_or_default());
        figures.measure(&format!("plan_cpu_s.{name}"), cpu / TIMES as f64);
    }
    Ok(())
}

async fn plan(stage: &Stage, file: &str) -> anyhow::Result<()> {
    let mut command = Command::new(binary("tributary")?);
    command.args(["plan", "-f", file, "--address", &stage.stack.gateway().await?]);
    let mut process = Process::spawn("tributary plan", command, None)?;
    let status = process.ended(stage.timeout()).await?;
    ensure!(status.code() == Some(CHANGES), "tributary plan: {status}\n{}", process.output(SHOWN));
    Ok(())
}

/// The placement of a kind, as a file has it.
fn manifest(name: &str, kind: Kind) -> anyhow::Result<String> {
    let resource = choice::deciding(&choice::kind_key(name), kind, OTHER);
    let Spec::Placement(spec) = &resource.spec else { anyhow::bail!("{name} is no placement") };
    let metadata = json!({"name": resource.metadata.name});
    let group = model::API_GROUP;
    Ok(json!({"apiVersion": format!("{group}/v1alpha1"), "kind": "Placement", "metadata": metadata, "spec": spec}).to_string())
}
