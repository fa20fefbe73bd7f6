//! Placements, with how their locations fare.

use anyhow::Result;
use futures::{StreamExt as _, TryStreamExt as _};
use model::Resource;
use wire::api;

use crate::{args::Global, client::Client, moment, table::Table};

/// Questions to the gateway at the same time.
const AT_ONCE: usize = 16;

pub async fn table(global: &Global, client: &mut Client, found: &[Resource]) -> Result<Table> {
    let asked = found.iter().map(|resource| {
        let mut client = client.clone();
        async move { client.status(&resource.metadata.space, &resource.metadata.name).await }
    });
    let states: Vec<_> = futures::stream::iter(asked).buffered(AT_ONCE).try_collect().await?;
    let mut header = vec![
        "NAME", "EXPECTED", "UPDATED", "HEALTHY", "DEGRADED", "FAILED", "STALE", "MISSING", "OFFLINE",
        "CURRENT", "AGE",
    ];
    if global.is_wide() {
        header.extend(["PROGRESSING", "ROLLOUT", "OBJECTS", "RELEASE", "BEHIND"]);
    }
    let mut table = Table::new(header);
    for (resource, state) in found.iter().zip(states) {
        table.row(row(global, resource, &state));
    }
    Ok(table)
}

fn row(global: &Global, resource: &Resource, state: &api::PlacementStatus) -> Vec<String> {
    let summary = state.summary.clone().unwrap_or_default();
    let rollout = state.rollout.clone().unwrap_or_default();
    let counts = summary.total.unwrap_or_default();
    let mut row = vec![resource.metadata.name.clone()];
    let numbers = [
        counts.expected,
        counts.updated,
        counts.healthy,
        counts.degraded,
        counts.failed,
        counts.stale,
        counts.missing,
        counts.offline,
    ];
    row.extend(numbers.iter().map(u64::to_string));
    row.push(if state.current { "yes" } else { "no" }.to_owned());
    row.push(moment::age(resource.metadata.create_time, moment::now_ms()));
    if global.is_wide() {
        let release = model::Digest::from_bytes(&rollout.release).map(|digest| digest.short());
        row.extend([
            counts.progressing.to_string(),
            rollout.number.to_string(),
            rollout.object_count.to_string(),
            release.unwrap_or_default(),
            summary.behind.join(","),
        ]);
    }
    row
}
