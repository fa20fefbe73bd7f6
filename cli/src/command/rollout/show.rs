//! How a release goes out and has gone out, for people and for programs.

use anyhow::Result;
use model::{WaveCounts, WaveProgress};
use serde_json::{Value, json};

use super::{seen, words};
use crate::{
    args::Global,
    client::Client,
    command::{Outcome, state},
    output,
    table::Table,
};

pub async fn status(global: &Global, placement: &str) -> Result<Outcome> {
    let mut client = Client::connect(global).await?;
    let seen = seen::read(&mut client, global, placement).await?;
    match global.document_format() {
        Some(format) => output::document(format, &seen.document(placement))?,
        None => {
            output::line(seen.headline())?;
            output::table(global, &waves(&seen.progress.waves))?;
        }
    }
    Ok(Outcome::Done)
}

pub async fn history(global: &Global, placement: &str) -> Result<Outcome> {
    let mut client = Client::connect(global).await?;
    let seen = seen::read(&mut client, global, placement).await?;
    let steps = seen.state.rollout.unwrap_or_default().history;
    match global.document_format() {
        Some(format) => {
            let steps: Vec<Value> = steps.iter().map(state::step).collect();
            output::document(format, &json!({"placement": placement, "history": steps}))?;
        }
        None => output::table(global, &state::history(&steps))?,
    }
    Ok(Outcome::Done)
}

fn waves(waves: &[WaveProgress]) -> Table {
    let titles = ["WAVE", "PHASE", "EXPECTED", "MOVED", "UPDATED", "HEALTHY", "FAILED", "OFFLINE"];
    let mut table = Table::new(titles);
    for WaveProgress { name, phase, counts, .. } in waves {
        let WaveCounts { expected, moved, updated, healthy, failed, offline, .. } = *counts;
        let numbers = [expected, moved, updated, healthy, failed, offline];
        let words = [name.clone(), words::wave_phase(*phase).to_owned()];
        table.row(words.into_iter().chain(numbers.map(|number| number.to_string())));
    }
    table
}
