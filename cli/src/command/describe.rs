//! `tributary describe`: all that is known of resources.

mod placement;

use anyhow::Result;
use clap::Args;
use model::{Resource, Spec};
use serde_json::{Value, json};
use wire::{api, bus::QueryRow};

use super::{Outcome, selection::Selection, state};
use crate::{args::Global, client::Client, moment, output, usage::usage};

const EXAMPLES: &str = "\
Examples:
  tributary describe placement shop        its rollout, counts by region, problems and history
  tributary describe location store-1
  tributary describe placements -l team=a  several
  tributary describe placement shop -o json | jq .status.counts";

/// Shows all that is known of a resource, or of all that have certain labels.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Describe {
    #[command(flatten)]
    selection: Selection,
}

/// What is known of a resource beside what was declared.
enum Known {
    Placement(Box<api::PlacementStatus>),
    /// `None`: its region does not answer.
    Location(Option<QueryRow>),
    Nothing,
}

impl Describe {
    pub async fn run(self, global: &Global) -> Result<Outcome> {
        let wanted = self.selection.wanted(&global.space)?;
        if wanted.kind.kind.is_empty() {
            return Err(usage("name the kind of the object too, as in `describe deployment cart`"));
        }
        let mut client = Client::connect(global).await?;
        let mut described = Vec::new();
        for resource in wanted.find(&mut client).await? {
            let known = know(&mut client, &resource).await?;
            described.push((resource, known));
        }
        match (global.document_format(), described.as_slice()) {
            (Some(format), [(resource, known)]) if wanted.names.len() == 1 => {
                output::document(format, &document(resource, known))?;
            }
            (Some(format), all) => {
                output::documents(
                    format,
                    all.iter().map(|(resource, known)| document(resource, known)).collect(),
                )?;
            }
            (None, []) => output::note(wanted.nothing()),
            (None, all) => show(global, all)?,
        }
        Ok(Outcome::Done)
    }
}

async fn know(client: &mut Client, resource: &Resource) -> Result<Known> {
    Ok(match &resource.spec {
        Spec::Placement(_) => {
            let state = client.status(&resource.metadata.space, &resource.metadata.name).await?;
            Known::Placement(Box::new(state))
        }
        Spec::Location(_) => {
            let location = resource.metadata.name.clone();
            let request = api::ListLocationStatusRequest { location, ..Default::default() };
            Known::Location(client.location_status(request).await?.into_iter().find_map(|status| status.row))
        }
        _ => Known::Nothing,
    })
}

fn document(resource: &Resource, known: &Known) -> Value {
    let mut document = resource.to_manifest();
    let status = match known {
        Known::Placement(state) => state::document(state),
        Known::Location(Some(row)) => json!({
            "state": row.state,
            "agentVersion": row.agent_version,
            "lastSeen": (row.last_seen_s > 0).then(|| model::time::to_rfc3339(row.last_seen_s * 1000)),
        }),
        Known::Location(None) => json!({"state": "unknown"}),
        Known::Nothing => return document,
    };
    if let Some(fields) = document.as_object_mut() {
        fields.insert("status".to_owned(), status);
    }
    document
}

fn show(global: &Global, described: &[(Resource, Known)]) -> Result<()> {
    for (at, (resource, known)) in described.iter().enumerate() {
        if at > 0 {
            output::line("\n---")?;
        }
        output::raw(output::yaml(&resource.to_manifest())?.as_bytes())?;
        match known {
            Known::Placement(state) => placement::show(global, resource, state)?,
            Known::Location(row) => agent(row.as_ref())?,
            Known::Nothing => {}
        }
    }
    Ok(())
}

fn agent(row: Option<&QueryRow>) -> Result<()> {
    output::line("\nAgent")?;
    let Some(row) = row else { return output::line("  unknown: its region does not answer") };
    output::line(format_args!("  state      {}", row.state))?;
    output::line(format_args!("  version    {}", row.agent_version))?;
    if row.last_seen_s == 0 {
        return output::line("  last seen  never");
    }
    let ms = row.last_seen_s * 1000;
    let age = moment::age(ms, moment::now_ms());
    output::line(format_args!("  last seen  {} ({age} ago)", model::time::to_rfc3339(ms)))
}
