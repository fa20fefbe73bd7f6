//! `tributary render`: the objects as one location gets them.

use anyhow::{Context as _, Result};
use clap::Args;
use model::{ObjectKey, PlacementKey};
use serde_json::Value;
use translation::{Part, RenderedObject};
use wire::api;

use super::{Outcome, offline};
use crate::{
    args::{Global, Output},
    client::Client,
    input::Files,
    output,
    table::Table,
};

const EXAMPLES: &str = "\
Examples:
  tributary render --placement shop --location store-4                what the hub would send
  tributary render -f examples --placement shop --location store-4    from files; needs no server
  tributary render -f examples --placement shop --location store-4 -o table";

/// Shows the objects of a placement as one location gets them: expanded, transformed, cleaned.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Render {
    #[command(flatten)]
    files: Files,
    /// The placement, in the space of --space.
    #[arg(long)]
    placement: String,
    #[arg(long)]
    location: String,
}

/// An object, or why there is none.
struct Line {
    key: ObjectKey,
    is_shared: bool,
    manifest: Result<Value, String>,
}

impl Render {
    pub async fn run(self, global: &Global) -> Result<Outcome> {
        let lines = if self.files.files.is_empty() { self.ask(global).await? } else { self.compute(global)? };
        for line in &lines {
            if let Err(reason) = &line.manifest {
                output::note(format_args!("{} is withheld: {reason}", line.key));
            }
        }
        let is_whole = lines.iter().all(|line| line.manifest.is_ok());
        match global.output {
            Some(Output::Table | Output::Wide) => output::table(global, &table(&lines))?,
            Some(format) => output::documents(format, manifests(lines))?,
            None => output::documents(Output::Yaml, manifests(lines))?,
        }
        Ok(if is_whole { Outcome::Done } else { Outcome::No })
    }

    fn compute(&self, global: &Global) -> Result<Vec<Line>> {
        let resources = offline::read(&self.files, &global.space)?;
        let placement = PlacementKey { space: global.space.clone(), name: self.placement.clone() };
        let world = offline::World::of(resources);
        for problem in &world.placed.decided(&placement)?.problems {
            output::note(format_args!("warning: {} {}: {}", problem.object, problem.reason, problem.message));
        }
        Ok(world.render(&placement, &self.location)?.into_iter().map(computed).collect())
    }

    async fn ask(&self, global: &Global) -> Result<Vec<Line>> {
        let request = api::RenderRequest {
            space: global.space.clone(),
            placement: self.placement.clone(),
            location: self.location.clone(),
        };
        let response = Client::connect(global).await?.render(request).await?;
        response.objects.into_iter().map(asked).collect()
    }
}

fn computed(object: RenderedObject) -> Line {
    let manifest = match object.outcome {
        Ok(bytes) => serde_json::from_slice(&bytes).map_err(|error| error.to_string()),
        Err(reason) => Err(reason.to_string()),
    };
    Line { key: object.key, is_shared: object.part == Part::Shared, manifest }
}

fn asked(object: api::RenderedObject) -> Result<Line> {
    let key = wire::resource_key(object.object.unwrap_or_default());
    let key = ObjectKey { group: key.group, kind: key.kind, namespace: key.namespace, name: key.name };
    let manifest = if object.withheld.is_empty() {
        Ok(serde_json::from_slice(&object.manifest_json)
            .with_context(|| format!("{key}: the answer cannot be read"))?)
    } else {
        Err(object.withheld)
    };
    Ok(Line { key, is_shared: object.shared, manifest })
}

fn manifests(lines: Vec<Line>) -> Vec<Value> {
    lines.into_iter().filter_map(|line| line.manifest.ok()).collect()
}

fn table(lines: &[Line]) -> Table {
    let mut table = Table::new(["KIND", "NAMESPACE", "NAME", "PART", "STATE"]);
    for line in lines {
        let part = if line.is_shared { "shared" } else { "own" };
        let state = line
            .manifest
            .as_ref()
            .map_or_else(|reason| format!("withheld: {reason}"), |_| "rendered".to_owned());
        let ObjectKey { kind, namespace, name, .. } = line.key.clone();
        table.row([kind, namespace, name, part.to_owned(), state]);
    }
    table
}
