//! `tributary describe`: all that is known of one resource.

use anyhow::{Result, bail};
use clap::Args;
use model::{Resource, Spec};
use wire::{api, bus};

use super::Outcome;
use crate::{
    args::Global,
    client::Client,
    kinds::{self},
    moment, output,
    table::Table,
};

const EXAMPLES: &str = "\
Examples:
  tributary describe placement shop      its rollout, counts by region, problems and history
  tributary describe location store-1";

/// Shows all that is known of one resource.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Describe {
    /// KIND NAME, or KIND/NAME.
    #[arg(value_name = "KIND NAME", required = true)]
    target: Vec<String>,
    /// The namespace of a workload object.
    #[arg(short, long, default_value = "", hide_default_value = true)]
    namespace: String,
}

impl Describe {
    pub async fn run(self, global: &Global) -> Result<Outcome> {
        let (kind, names) = kinds::targets(&self.target)?;
        let [name] = names.as_slice() else { bail!("name one resource, as KIND NAME") };
        if kind.kind.is_empty() {
            bail!("name the kind of the object too, as in `describe deployment cart`");
        }
        let mut client = Client::connect(global).await?;
        let resource = client.get(&kind.key(&global.space, &self.namespace, name)).await?;
        output::raw(output::yaml(&resource.to_manifest())?.as_bytes())?;
        match &resource.spec {
            Spec::Placement(_) => placement(&mut client, &resource).await?,
            Spec::Location(_) => location(&mut client, name).await?,
            _ => {}
        }
        Ok(Outcome::Done)
    }
}

async fn placement(client: &mut Client, resource: &Resource) -> Result<()> {
    let state = client.status(&resource.metadata.space, &resource.metadata.name).await?;
    let rollout = state.rollout.unwrap_or_default();
    let summary = state.summary.unwrap_or_default();
    output::line("\nRollout")?;
    output::line(format_args!("  number     {}", rollout.number))?;
    let release = model::Digest::from_bytes(&rollout.release).map(|digest| digest.to_string());
    output::line(format_args!("  release    {}", release.unwrap_or_else(|| "none yet".to_owned())))?;
    output::line(format_args!("  objects    {}", rollout.object_count))?;
    output::line(format_args!("  locations  {}", rollout.location_count))?;
    if rollout.generation != resource.metadata.generation {
        output::line(format_args!(
            "  generation {} of {}: the last change is not decided yet",
            rollout.generation, resource.metadata.generation
        ))?;
    }
    output::line("\nLocations")?;
    output::line(indented(&counts(&summary)))?;
    if !summary.behind.is_empty() {
        output::line(format_args!("  not counted yet: {}", summary.behind.join(", ")))?;
    }
    problems(rollout.problems.iter().chain(&summary.problems))?;
    history(&rollout.history)
}

fn counts(summary: &bus::Summary) -> Table {
    let mut table = Table::new([
        "REGION",
        "EXPECTED",
        "UPDATED",
        "HEALTHY",
        "PROGRESSING",
        "DEGRADED",
        "FAILED",
        "STALE",
        "MISSING",
        "OFFLINE",
    ]);
    let regions =
        summary.regions.iter().map(|region| (region.region.clone(), region.counts.unwrap_or_default()));
    for (name, counts) in regions.chain([("(all)".to_owned(), summary.total.unwrap_or_default())]) {
        let numbers = [
            counts.expected,
            counts.updated,
            counts.healthy,
            counts.progressing,
            counts.degraded,
            counts.failed,
            counts.stale,
            counts.missing,
            counts.offline,
        ];
        table.row([name].into_iter().chain(numbers.iter().map(u64::to_string)));
    }
    table
}

fn problems<'a>(problems: impl Iterator<Item = &'a bus::Problem>) -> Result<()> {
    let mut table = Table::new(["LOCATION", "OBJECT", "REASON", "MESSAGE"]);
    for problem in problems.cloned() {
        table.row([problem.location, problem.object, problem.reason, problem.message]);
    }
    if table.is_empty() {
        return Ok(());
    }
    output::line("\nProblems")?;
    output::line(indented(&table))
}

fn history(steps: &[bus::RolloutStep]) -> Result<()> {
    let mut table = Table::new(["TIME", "ROLLOUT", "RELEASE", "REASON"]);
    for step in steps {
        let release = model::Digest::from_bytes(&step.release).map(|digest| digest.short());
        let time = model::time::to_rfc3339(step.time_ms);
        table.row([time, step.number.to_string(), release.unwrap_or_default(), step.reason.clone()]);
    }
    if table.is_empty() {
        return Ok(());
    }
    output::line("\nHistory")?;
    output::line(indented(&table))
}

async fn location(client: &mut Client, name: &str) -> Result<()> {
    let request = api::ListLocationStatusRequest { location: name.to_owned(), ..Default::default() };
    output::line("\nAgent")?;
    let Some(row) = client.location_status(request).await?.into_iter().find_map(|status| status.row) else {
        return output::line("  unknown: its region does not answer");
    };
    output::line(format_args!("  state      {}", row.state))?;
    output::line(format_args!("  version    {}", row.agent_version))?;
    if row.last_seen_s == 0 {
        return output::line("  last seen  never");
    }
    let ms = row.last_seen_s * 1000;
    let age = moment::age(ms, moment::now_ms());
    output::line(format_args!("  last seen  {} ({age} ago)", model::time::to_rfc3339(ms)))
}

fn indented(table: &Table) -> String {
    format!("  {}", table.to_string().replace('\n', "\n  "))
}
