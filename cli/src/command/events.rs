//! `tributary events`: what has happened to placements, and what is wrong with them now.

use anyhow::Result;
use clap::Args;
use model::Digest;
use serde_json::json;
use wire::{
    api,
    bus::{Problem, RolloutStep},
};

use super::Outcome;
use crate::{args::Global, client::Client, output, table::Table};

const EXAMPLES: &str = "\
Examples:
  tributary events                   of all placements of the space, oldest first
  tributary events placement/shop";

/// Shows the rollouts of placements in order, and the problems of now.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Events {
    /// placement/NAME; without it, all placements of the space.
    #[arg(value_name = "placement/NAME")]
    target: Vec<String>,
}

/// Something about a placement; without a time it is so now.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Event {
    is_now: bool,
    time_ms: u64,
    placement: String,
    reason: String,
    message: String,
}

impl Events {
    pub async fn run(self, global: &Global) -> Result<Outcome> {
        let mut client = Client::connect(global).await?;
        let mut events = Vec::new();
        for placement in self.placements(global, &mut client).await? {
            let state = client.status(&global.space, &placement).await?;
            let (rollout, summary) = (state.rollout.unwrap_or_default(), state.summary.unwrap_or_default());
            events.extend(rollout.history.iter().map(|step| happened(&placement, step)));
            let problems = rollout.problems.iter().chain(&summary.problems);
            events.extend(problems.map(|problem| wrong(&placement, problem)));
        }
        events.sort();
        show(global, &events)?;
        Ok(Outcome::Done)
    }

    async fn placements(&self, global: &Global, client: &mut Client) -> Result<Vec<String>> {
        if !self.target.is_empty() {
            return Ok(vec![super::placement(&self.target)?]);
        }
        let request = api::ListRequest {
            space: global.space.clone(),
            group: model::API_GROUP.to_owned(),
            kind: "Placement".to_owned(),
            ..api::ListRequest::default()
        };
        Ok(client.list(request).await?.into_iter().map(|resource| resource.metadata.name).collect())
    }
}

fn happened(placement: &str, step: &RolloutStep) -> Event {
    let release = Digest::from_bytes(&step.release).map(|digest| digest.short()).unwrap_or_default();
    Event {
        is_now: false,
        time_ms: step.time_ms,
        placement: placement.to_owned(),
        reason: "Rollout".to_owned(),
        message: format!("number {}, release {release}: {}", step.number, step.reason),
    }
}

fn wrong(placement: &str, problem: &Problem) -> Event {
    let parts = [problem.location.as_str(), problem.object.as_str(), problem.message.as_str()];
    Event {
        is_now: true,
        time_ms: 0,
        placement: placement.to_owned(),
        reason: problem.reason.clone(),
        message: parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(": "),
    }
}

fn show(global: &Global, events: &[Event]) -> Result<()> {
    let time = |event: &Event| match event.is_now {
        true => "now".to_owned(),
        false => model::time::to_rfc3339(event.time_ms),
    };
    if let Some(format) = global.document_format() {
        let each = events.iter().map(|event| {
            json!({"time": time(event), "placement": event.placement, "reason": event.reason, "message": event.message})
        });
        return output::document(format, &json!({"events": each.collect::<Vec<_>>()}));
    }
    if events.is_empty() {
        output::note("nothing has happened yet");
        return Ok(());
    }
    let mut table = Table::new(["TIME", "PLACEMENT", "REASON", "MESSAGE"]);
    for event in events {
        table.row([time(event), event.placement.clone(), event.reason.clone(), event.message.clone()]);
    }
    output::line(table)
}
