//! How a release goes out, for people and for programs.

use anyhow::Result;
use model::{Rollout, RolloutPause, RolloutPhase, RolloutProgress, Waiting, WavePhase, WaveProgress};
use serde_json::{Value, json};
use wire::api;

use super::{in_waves, read, short};
use crate::{args::Global, client::Client, command::Outcome, output, table::Table};

pub async fn status(global: &Global, placement: &str) -> Result<Outcome> {
    let mut client = Client::connect(global).await?;
    let rollout = read(&mut client, global, placement).await?;
    let progress = in_waves(&rollout, placement)?;
    if let Some(format) = global.document_format() {
        output::document(format, &document(placement, &rollout, progress))?;
        return Ok(Outcome::Done);
    }
    output::line(headline(&rollout, progress))?;
    output::line(waves(progress).text(None))?;
    Ok(Outcome::Done)
}

/// A line for each change.
pub async fn watch(global: &Global, placement: &str) -> Result<Outcome> {
    let mut client = Client::connect(global).await?;
    let (space, name) = (global.space.clone(), placement.to_owned());
    let request = api::WatchStatusRequest { space, placement: name, ..api::WatchStatusRequest::default() };
    let mut states = client.watch_status(request).await?;
    let mut last = String::new();
    while let Some(state) = states.message().await.map_err(|status| client.stream_error(&status))? {
        let Some(rollout) = state.status.and_then(|status| status.rollout) else { continue };
        let rollout = wire::rollout(rollout)?;
        let progress = in_waves(&rollout, placement)?;
        let line = match global.document_format() {
            Some(_) => document(placement, &rollout, progress).to_string(),
            None => format!("{}; {}", counts(progress), headline(&rollout, progress)),
        };
        if line != last {
            output::line(&line)?;
            last = line;
        }
        match progress.phase() {
            RolloutPhase::Progressing => {}
            RolloutPhase::Completed => return Ok(Outcome::Done),
            RolloutPhase::Paused | RolloutPhase::RolledBack | RolloutPhase::Aborted => {
                return Ok(Outcome::No);
            }
        }
    }
    Ok(Outcome::No)
}

pub async fn history(global: &Global, placement: &str) -> Result<Outcome> {
    let mut client = Client::connect(global).await?;
    let rollout = read(&mut client, global, placement).await?;
    if let Some(format) = global.document_format() {
        let steps: Vec<Value> = rollout.history.iter().map(step).collect();
        output::document(format, &json!({"placement": placement, "history": steps}))?;
        return Ok(Outcome::Done);
    }
    let mut table = Table::new(["TIME", "ROLLOUT", "RELEASE", "REASON"]);
    for step in &rollout.history {
        let time = model::time::to_rfc3339(step.time);
        table.row([time, step.number.to_string(), short(&step.release), step.reason.clone()]);
    }
    output::line(table.text(None))?;
    Ok(Outcome::Done)
}

fn step(step: &model::RolloutStep) -> Value {
    let time = model::time::to_rfc3339(step.time);
    json!({"time": time, "number": step.number, "release": step.release.to_string(), "reason": step.reason})
}

fn headline(rollout: &Rollout, progress: &RolloutProgress) -> String {
    let head = format!("rollout {} to release {}: ", rollout.number, short(&rollout.release));
    let why = progress.paused.as_ref().map(pause).or_else(|| progress.waiting.as_ref().map(waiting));
    let why = why.map(|why| format!(", {why}")).unwrap_or_default();
    format!("{head}{}{why}", phase(progress.phase()))
}

fn phase(phase: RolloutPhase) -> &'static str {
    match phase {
        RolloutPhase::Progressing => "progressing",
        RolloutPhase::Paused => "paused",
        RolloutPhase::Completed => "completed",
        RolloutPhase::RolledBack => "rolled back",
        RolloutPhase::Aborted => "aborted",
    }
}

fn pause(pause: &RolloutPause) -> String {
    match pause {
        RolloutPause::Declared => "by spec.rollout.paused".to_owned(),
        RolloutPause::User => "by `tributary rollout pause`".to_owned(),
        RolloutPause::Failures { failed, allowed } => {
            format!("since {failed} locations have failed, and {allowed} may")
        }
        RolloutPause::Deadline { since } => {
            format!("since nobody in flight has made progress since {}", model::time::to_rfc3339(*since))
        }
    }
}

/// What it waits for, in words.
fn waiting(waiting: &Waiting) -> String {
    match waiting {
        Waiting::Resume => "waits to be resumed".to_owned(),
        Waiting::Healthy { in_flight, healthy, needed } => {
            format!(
                "waits for {in_flight} locations in flight; {healthy} of the wave are healthy, {needed} are needed"
            )
        }
        Waiting::SetBack { locations } => format!("waits until {locations} silent locations are set back"),
        Waiting::Unknown { locations } => {
            format!("waits for word of {locations} locations of which nothing is known")
        }
        Waiting::Window { locations, until: 0 } => format!(
            "waits for the windows of {locations} locations, of which nobody can tell when they open; `tributary describe placement` says why"
        ),
        Waiting::Window { locations, until } => {
            format!(
                "waits for the windows of {locations} locations, until {}",
                model::time::to_rfc3339(*until)
            )
        }
        Waiting::Soak { until } => format!("soaks until {}", model::time::to_rfc3339(*until)),
        Waiting::Gate { gate, reason } if reason.is_empty() => format!("waits for gate {gate}"),
        Waiting::Gate { gate, reason } => format!("waits for gate {gate}: {reason}"),
        Waiting::Approval => "waits for `tributary rollout approve`".to_owned(),
    }
}

fn counts(progress: &RolloutProgress) -> String {
    let wave =
        |wave: &WaveProgress| format!("{} {}/{}", wave.name, wave.counts.healthy, wave.counts.expected);
    progress.waves.iter().map(wave).collect::<Vec<_>>().join(", ")
}

fn wave_phase(phase: WavePhase) -> &'static str {
    match phase {
        WavePhase::Waiting => "Waiting",
        WavePhase::Moving => "Moving",
        WavePhase::Soaking => "Soaking",
        WavePhase::Gating => "Gating",
        WavePhase::Approving => "Approving",
        WavePhase::Passed => "Passed",
    }
}

fn waves(progress: &RolloutProgress) -> Table {
    let titles = ["WAVE", "PHASE", "EXPECTED", "MOVED", "UPDATED", "HEALTHY", "FAILED", "OFFLINE"];
    let mut table = Table::new(titles);
    for WaveProgress { name, phase, counts, .. } in &progress.waves {
        let numbers =
            [counts.expected, counts.moved, counts.updated, counts.healthy, counts.failed, counts.offline];
        let words = [name.clone(), wave_phase(*phase).to_owned()];
        table.row(words.into_iter().chain(numbers.map(|number| number.to_string())));
    }
    table
}

/// All of it, named as in the tables for people.
fn document(placement: &str, rollout: &Rollout, progress: &RolloutProgress) -> Value {
    let wave = |wave: &WaveProgress| {
        let counts = &wave.counts;
        json!({
            "name": wave.name, "phase": wave_phase(wave.phase), "expected": counts.expected, "moved": counts.moved,
            "updated": counts.updated, "healthy": counts.healthy, "degraded": counts.degraded,
            "failed": counts.failed, "offline": counts.offline,
        })
    };
    json!({
        "placement": placement,
        "number": rollout.number,
        "release": rollout.release.to_string(),
        "phase": phase(progress.phase()),
        "paused": progress.paused.as_ref().map(pause),
        "waiting": progress.waiting.as_ref().map(waiting),
        "waves": progress.waves.iter().map(wave).collect::<Vec<_>>(),
    })
}
