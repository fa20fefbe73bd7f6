//! Placements, with how their locations fare.

use std::collections::BTreeMap;

use anyhow::Result;
use futures::{StreamExt as _, TryStreamExt as _};
use model::Resource;
use wire::api;

use crate::{
    args::Global,
    busy,
    client::Client,
    command::{Outcome, placements::Placements, selection::Wanted},
    moment, output,
    table::{Columns, Table},
};

/// Questions to the gateway at the same time.
const AT_ONCE: usize = 16;

pub async fn table(global: &Global, client: &mut Client, found: &[Resource]) -> Result<Table> {
    let asked = found.iter().map(|resource| {
        let mut client = client.clone();
        async move { client.status(&resource.metadata.space, &resource.metadata.name).await }
    });
    let asking = futures::stream::iter(asked).buffered(AT_ONCE).try_collect();
    let states: Vec<_> = busy::while_waiting("getting the states of placements", asking).await?;
    let mut table = Table::new(header(global));
    for (resource, state) in found.iter().zip(states) {
        table.row(row(global, &resource.metadata.name, resource.metadata.create_time, &state));
    }
    Ok(table)
}

/// A row for each placement, and another whenever one of its counts changes.
pub async fn follow(global: &Global, client: &mut Client, wanted: &Wanted) -> Result<Outcome> {
    let placements = Placements::of(&wanted.names, &wanted.selector);
    // A name that is not there would never be told of.
    placements.find(client, &wanted.space).await?;
    let mut states = placements.follow(client, &wanted.space).await?;
    let mut columns = Columns::new(header(global));
    let mut told = BTreeMap::new();
    loop {
        let (name, state) = states.next().await?;
        let row = row(global, &name, states.created(&name), &state);
        // All but the age, which is last and always another.
        let counts = row[..row.len() - 1].to_vec();
        if told.insert(name, counts.clone()) != Some(counts) {
            output::line(columns.row(row))?;
        }
    }
}

fn header(global: &Global) -> Vec<&'static str> {
    let mut header =
        vec!["NAME", "EXPECTED", "UPDATED", "HEALTHY", "FAILED", "MISSING", "OFFLINE", "CURRENT"];
    if global.is_wide() {
        header.extend(["DEGRADED", "PROGRESSING", "STALE", "ROLLOUT", "OBJECTS", "RELEASE", "BEHIND"]);
    }
    header.push("AGE");
    header
}

fn row(global: &Global, name: &str, created_ms: u64, state: &api::PlacementStatus) -> Vec<String> {
    let summary = state.summary.clone().unwrap_or_default();
    let rollout = state.rollout.clone().unwrap_or_default();
    let counts = summary.total.unwrap_or_default();
    let numbers =
        [counts.expected, counts.updated, counts.healthy, counts.failed, counts.missing, counts.offline];
    let mut row = vec![name.to_owned()];
    row.extend(numbers.iter().map(u64::to_string));
    row.push(if state.current { "yes" } else { "no" }.to_owned());
    if global.is_wide() {
        let release = model::Digest::from_bytes(&rollout.release).map(|digest| digest.short());
        row.extend([
            counts.degraded.to_string(),
            counts.progressing.to_string(),
            counts.stale.to_string(),
            rollout.number.to_string(),
            rollout.object_count.to_string(),
            release.unwrap_or_default(),
            summary.behind.join(","),
        ]);
    }
    row.push(moment::age(created_ms, moment::now_ms()));
    row
}
