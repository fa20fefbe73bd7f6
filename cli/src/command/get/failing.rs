//! Where a placement fails or does not do well: a row for each object that a location names.

use anyhow::Result;
use serde_json::json;
use wire::{api, bus::Problem};

use crate::{args::Global, client::Client, command::Outcome, output, table::Table};

/// What has failed first: it is what somebody has to do something about.
const STATES: [&str; 2] = ["failed", "degraded"];

pub async fn run(global: &Global, placement: &str) -> Result<Outcome> {
    let request = api::ListLocationStatusRequest {
        space: global.space.clone(),
        placement: placement.to_owned(),
        states: STATES.map(str::to_owned).to_vec(),
        ..api::ListLocationStatusRequest::default()
    };
    let found = Client::connect(global).await?.location_status(request).await?;
    let rows = found.into_iter().filter_map(|status| status.row);
    let errors = rows.flat_map(|row| {
        let (location, state) = (row.location, row.state);
        row.problems.into_iter().map(move |problem| (location.clone(), state.clone(), problem))
    });
    let errors: Vec<(String, String, Problem)> = errors.collect();
    if let Some(format) = global.document_format() {
        let each = errors.iter().map(|(location, state, it)| {
            json!({"location": location, "state": state, "object": it.object, "reason": it.reason, "message": it.message})
        });
        output::document(format, &json!({"errors": each.collect::<Vec<_>>()}))?;
    } else if errors.is_empty() {
        output::note(format_args!(
            "nothing is wrong with placement/{placement} at any location that is heard"
        ));
    } else {
        let mut table = Table::new(["LOCATION", "STATE", "OBJECT", "REASON", "MESSAGE"]);
        errors
            .into_iter()
            .for_each(|(location, state, it)| table.row([location, state, it.object, it.reason, it.message]));
        output::table(global, &table)?;
    }
    Ok(Outcome::Done)
}
