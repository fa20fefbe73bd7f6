//! `tributary plan`: what a change would do, before anything is written.

mod effect;

use std::collections::BTreeMap;

use anyhow::Result;
use clap::Args;
use model::{API_GROUP, Resource, ResourceKey};
use serde_json::{Value, json};
use wire::api;

use self::effect::{Changed, Effect};
use super::{
    Outcome,
    offline::{self, World},
};
use crate::{args::Global, busy, client::Client, input::Files, output};

const EXAMPLES: &str = "\
Examples:
  tributary plan -f changed.yaml                    what an apply of it would do, where
  tributary plan -f new --against old               the same between two folders; needs no server
  tributary plan -f new --against old -o json | jq '.placements[].joining'

Both sides are decided and rendered by the functions of the services, as if nothing had been decided before: how rollouts
would move through a change is not part of it. Exit code 1: something would change.";

/// Shows which locations would join, leave and change, and how their objects would differ, and changes nothing.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Plan {
    #[command(flatten)]
    files: Files,
    /// Where users of other tools would name files.
    #[arg(hide = true)]
    misplaced: Vec<String>,
    /// Instead of what the hub has declared, start from these files; those of -f then stand for all of it.
    #[arg(long, value_name = "FILE|DIR")]
    against: Vec<String>,
}

impl Plan {
    pub async fn run(self, global: &Global) -> Result<Outcome> {
        let new = offline::read(self.files.required(&self.misplaced)?, &global.space)?;
        let (before, changes) = if self.against.is_empty() {
            (declared(global).await?, changed(new))
        } else {
            let files = Files { files: self.against, recursive: true };
            let before = offline::read(&files, &global.space)?;
            let changes = differences(&before, new);
            (before, changes)
        };
        let shown = busy::spinner("planning");
        let mut world = World::of(before);
        let before = world.change(changes);
        let effects = effect::between(&before, &world.placed)?;
        drop(shown);
        match global.document_format() {
            Some(format) => output::document(format, &document(&effects))?,
            None => show(&effects)?,
        }
        Ok(if effects.is_empty() { Outcome::Done } else { Outcome::No })
    }
}

/// All that decides about the space.
async fn declared(global: &Global) -> Result<Vec<Resource>> {
    let mut client = Client::connect(global).await?;
    let mut found = Vec::new();
    let kinds = ["Region", "Location", "Placement", "Transform", "HealthRule"];
    for (group, kind) in kinds.map(|kind| (API_GROUP, kind)).into_iter().chain([("", "")]) {
        let hub = matches!(kind, "Region" | "Location");
        let request = api::ListRequest {
            space: if hub { String::new() } else { global.space.clone() },
            group: group.to_owned(),
            kind: kind.to_owned(),
            ..api::ListRequest::default()
        };
        found.extend(client.list(request).await?);
    }
    Ok(found)
}

/// Resources that are others now, or gone.
type Changes = Vec<(ResourceKey, Option<Resource>)>;

/// The new ones take the place of those that they replace.
fn changed(new: Vec<Resource>) -> Changes {
    new.into_iter().map(|resource| (resource.key(), Some(resource))).collect()
}

/// The new ones stand for all of it.
fn differences(before: &[Resource], new: Vec<Resource>) -> Changes {
    let mut gone: BTreeMap<ResourceKey, &Resource> = before.iter().map(|it| (it.key(), it)).collect();
    let mut changes = changed(new);
    changes.retain(|(key, resource)| gone.remove(key) != resource.as_ref());
    changes.extend(gone.into_keys().map(|key| (key, None)));
    changes
}

fn show(effects: &[Effect]) -> Result<()> {
    if effects.is_empty() {
        return output::line("nothing changes anywhere");
    }
    for effect in effects {
        let Effect { placement, joining, leaving, changing, same, counts, .. } = effect;
        output::line(format_args!(
            "placement/{}: {} locations join, {} leave, {} change, {same} stay as they are",
            placement.name,
            joining.len(),
            leaving.len(),
            changing.len()
        ))?;
        output::line(format_args!(
            "  objects: {} created, {} changed, {} removed, {} newly withheld",
            counts.created, counts.changed, counts.removed, counts.withheld
        ))?;
        for (word, names) in [("join", joining), ("leave", leaving)] {
            if !names.is_empty() {
                output::line(format_args!("  {word}: {}", effect::some(names)))?;
            }
        }
        for changed in &effect.groups {
            let Changed { object, place, text } = changed;
            output::line(format_args!("  {object} at {place}"))?;
            output::line(format_args!("    {}", text.trim_end().replace('\n', "\n    ")))?;
        }
    }
    Ok(())
}

fn document(effects: &[Effect]) -> Value {
    let group = |it: &Changed| json!({"object": it.object, "at": it.place, "difference": it.text});
    let one = |it: &Effect| {
        json!({
            "space": it.placement.space,
            "name": it.placement.name,
            "joining": it.joining,
            "leaving": it.leaving,
            "changing": it.changing,
            "same": it.same,
            "objects": {"created": it.counts.created, "changed": it.counts.changed,
                        "removed": it.counts.removed, "withheld": it.counts.withheld},
            "differences": it.groups.iter().map(group).collect::<Vec<_>>(),
        })
    };
    json!({"placements": effects.iter().map(one).collect::<Vec<_>>()})
}
