//! The state of a placement for people: rollout, counts by region, problems, history.

use anyhow::Result;
use model::Resource;
use wire::{
    api,
    bus::{Counts, Rollout, Summary},
};

use crate::{args::Global, command::state, output, table::Table, terminal};

pub fn show(global: &Global, resource: &Resource, state: &api::PlacementStatus) -> Result<()> {
    let unknown = (Rollout::default(), Summary::default());
    let rollout = state.rollout.as_ref().unwrap_or(&unknown.0);
    let summary = state.summary.as_ref().unwrap_or(&unknown.1);
    head(resource, rollout)?;
    section(global, "Locations", &counts(global, summary))?;
    if !summary.behind.is_empty() {
        output::line(format_args!("  not counted yet: {}", summary.behind.join(", ")))?;
    }
    section(global, "Problems", &state::problem_table(state))?;
    section(global, "History", &state::history(&rollout.history))
}

fn head(resource: &Resource, rollout: &Rollout) -> Result<()> {
    let release = model::Digest::from_bytes(&rollout.release).map(|digest| digest.to_string());
    output::line("\nRollout")?;
    output::line(format_args!("  number     {}", rollout.number))?;
    output::line(format_args!("  release    {}", release.unwrap_or_else(|| "none yet".to_owned())))?;
    output::line(format_args!("  objects    {}", rollout.object_count))?;
    output::line(format_args!("  locations  {}", rollout.location_count))?;
    if rollout.generation == resource.metadata.generation {
        return Ok(());
    }
    output::line(format_args!(
        "  generation {} of {}: the last change is not decided yet",
        rollout.generation, resource.metadata.generation
    ))
}

/// A table under a title; nothing if it has no rows.
fn section(global: &Global, title: &str, table: &Table) -> Result<()> {
    if table.is_empty() {
        return Ok(());
    }
    let width = terminal::size().filter(|_| !global.is_wide()).map(|size| size.width.saturating_sub(2));
    output::line(format_args!("\n{title}\n  {}", table.text(width).replace('\n', "\n  ")))
}

/// What a column counts.
type Column = (&'static str, fn(&Counts) -> u64);

/// Shown always.
const MAIN: [Column; 3] =
    [("EXPECTED", |it| it.expected), ("UPDATED", |it| it.updated), ("HEALTHY", |it| it.healthy)];
/// Shown where there is any.
const OTHERS: [Column; 6] = [
    ("PROGRESSING", |it| it.progressing),
    ("DEGRADED", |it| it.degraded),
    ("FAILED", |it| it.failed),
    ("STALE", |it| it.stale),
    ("MISSING", |it| it.missing),
    ("OFFLINE", |it| it.offline),
];

/// A row for each region; columns of nothing but zeros take the room of those that say something.
fn counts(global: &Global, summary: &Summary) -> Table {
    let total = summary.total.unwrap_or_default();
    let others = OTHERS.into_iter().filter(|(_, count)| global.is_wide() || count(&total) > 0);
    let columns: Vec<Column> = MAIN.into_iter().chain(others).collect();
    let mut table = Table::new(["REGION"].into_iter().chain(columns.iter().map(|(name, _)| *name)));
    let regions = summary.regions.iter().map(|it| (it.region.as_str(), it.counts.unwrap_or_default()));
    for (name, counts) in regions.chain([("(all)", total)]) {
        let numbers = columns.iter().map(|(_, count)| count(&counts).to_string());
        table.row([name.to_owned()].into_iter().chain(numbers));
    }
    table
}
