//! What a location's cluster has noted about objects: asked of its agent, newest last.

use anyhow::Result;
use serde_json::{Value, json};
use wire::{api, bus::ClusterEvent};

use crate::{
    args::Global,
    client::Client,
    command::{Outcome, located},
    moment, output,
    table::Table,
};

const EXAMPLE: &str = "tributary events deployment/cart -n shop --location store-1";

/// Which of them.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// None: of all that Tributary applied there.
    pub words: &'a [String],
    pub namespace: &'a str,
    pub warnings_only: bool,
    pub limit: u32,
}

pub async fn run(global: &Global, location: &str, wanted: Wanted<'_>) -> Result<Outcome> {
    let object = match wanted.words {
        [] => None,
        words => Some(wire::resource_key_message(&located::key(words, wanted.namespace, EXAMPLE)?)),
    };
    let request = api::ListLocationEventsRequest {
        location: location.to_owned(),
        object,
        warnings_only: wanted.warnings_only,
        limit: wanted.limit,
    };
    let answer = Client::connect(global).await?.location_events(request).await?;
    if let Some(format) = global.document_format() {
        let each: Vec<_> = answer.events.iter().map(document).collect();
        output::document(format, &json!({"events": each}))?;
    } else if answer.events.is_empty() {
        output::note(format_args!("the cluster of {location} has noted nothing"));
    } else {
        output::table(global, &table(global, answer.events))?;
    }
    Ok(Outcome::Done)
}

fn table(global: &Global, events: Vec<ClusterEvent>) -> Table {
    let mut header = vec!["LAST-SEEN", "TYPE", "REASON", "OBJECT"];
    if global.is_wide() {
        header.extend(["FIRST-SEEN", "COUNT", "SOURCE"]);
    }
    header.push("MESSAGE");
    let mut table = Table::new(header);
    let now = moment::now_ms();
    for event in events {
        let mut cells = vec![moment::age(event.last_time_ms, now), event.r#type, event.reason, event.object];
        if global.is_wide() {
            cells.extend([moment::age(event.first_time_ms, now), event.count.to_string(), event.source]);
        }
        cells.push(event.message);
        table.row(cells);
    }
    table
}

fn document(event: &ClusterEvent) -> Value {
    let time = |ms| (ms > 0).then(|| model::time::to_rfc3339(ms));
    json!({
        "type": event.r#type,
        "object": event.object,
        "reason": event.reason,
        "message": event.message,
        "source": event.source,
        "count": event.count,
        "firstTime": time(event.first_time_ms),
        "lastTime": time(event.last_time_ms),
    })
}
