//! Locations, with what is known of their agents.

use std::collections::BTreeMap;

use anyhow::Result;
use model::{Resource, Spec};
use wire::{api, bus::QueryRow};

use crate::{
    args::Global,
    client::Client,
    moment, output,
    table::{Table, pairs},
};

pub async fn table(global: &Global, client: &mut Client, found: &[Resource]) -> Result<Table> {
    let known = known(client, found).await;
    let mut header = vec!["NAME", "REGION", "STATE", "LAST-SEEN", "AGE"];
    if global.is_wide() {
        header.extend(["AGENT", "LABELS", "PROPERTIES"]);
    }
    let now = moment::now_ms();
    let mut table = Table::new(header);
    for resource in found {
        let Spec::Location(spec) = &resource.spec else { continue };
        let metadata = &resource.metadata;
        let row = known.get(&metadata.name).cloned().unwrap_or_else(unknown);
        let last_seen = last_seen(&row, now);
        let mut cells = vec![
            metadata.name.clone(),
            spec.region.clone(),
            row.state,
            last_seen,
            moment::age(metadata.create_time, now),
        ];
        if global.is_wide() {
            cells.extend([row.agent_version, pairs(&metadata.labels), pairs(&spec.properties)]);
        }
        table.row(cells);
    }
    Ok(table)
}

/// What the regions know, by location. A region that does not answer leaves its locations unknown, not the table empty.
async fn known(client: &mut Client, found: &[Resource]) -> BTreeMap<String, QueryRow> {
    let mut request = api::ListLocationStatusRequest::default();
    if let [one] = found {
        request.location.clone_from(&one.metadata.name);
    }
    let rows = client.location_status(request).await.unwrap_or_else(|error| {
        output::note(format_args!("warning: {error:#}"));
        Vec::new()
    });
    rows.into_iter().filter_map(|status| status.row).map(|row| (row.location.clone(), row)).collect()
}

/// While a location is online, only whole minutes are kept: more would be invented.
fn last_seen(row: &QueryRow, now_ms: u64) -> String {
    let ms = row.last_seen_s * 1000;
    let is_coarse = row.state == "online" && now_ms.saturating_sub(ms) < 120_000;
    if is_coarse { "<2m".to_owned() } else { moment::age(ms, now_ms) }
}

fn unknown() -> QueryRow {
    QueryRow { state: "unknown".to_owned(), ..QueryRow::default() }
}
