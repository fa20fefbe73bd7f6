//! `tributary get`: resources as tables or documents.

mod errors;
mod failing;
mod follow;
mod live;
mod location;
mod placement;
mod workload;

use anyhow::Result;
use clap::Args;
use model::{Resource, Spec};

use super::{
    Outcome,
    selection::{Selection, Wanted},
};
use crate::{
    args::{Global, Output},
    client::Client,
    moment, output,
    table::{Table, pairs},
    usage::usage,
};

const EXAMPLES: &str = "\
Examples:
  tributary get placements                     with how many locations fare how
  tributary get locations -l tier=edge -o wide
  tributary get placement shop -o yaml         what can be applied again
  tributary get deployments -n shop            workload, as it is kept at the hub
  tributary get objects                        all workload
  tributary get object deployment cart -n shop --location store-1
                                               as it is at the location, now, whoever made it
  tributary get object widgets.example.com/w -n shop --location store-1 --show-managed-fields
  tributary get errors --location store-1      what could not be applied there, since when, and when it is
                                               tried again
  tributary get errors --placement shop        where it fails, location by location
  tributary get placements --watch             and again whenever a count changes
  tributary get locations --watch -o json      a line for each change: {\"type\": …, \"object\": …}

With --location, a kind may be written in any way that the cluster there knows: deploy, deployments, widgets.

Kinds: region, location, placement, transform, healthrule, and any of Kubernetes, with its group if it is a custom one.";

/// Shows resources.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Get {
    #[command(flatten)]
    selection: Selection,
    /// Ask this location's agent: for one live object, or for `errors`. Nothing of the answer is stored anywhere.
    #[arg(long)]
    location: Option<String>,
    /// With `errors`: where this placement fails or does not do well, at every location.
    #[arg(long, conflicts_with_all = ["location", "watch"])]
    placement: Option<String>,
    /// Of a live object, show also who owns which field.
    #[arg(long, requires = "location")]
    show_managed_fields: bool,
    /// Of a live Secret, show what it holds. Without it each value is `***`, and does not leave the location.
    #[arg(long, requires = "location")]
    show_secrets: bool,
    /// Go on with every change.
    #[arg(short, long, conflicts_with = "location")]
    watch: bool,
}

impl Get {
    pub async fn run(self, global: &Global) -> Result<Outcome> {
        let words = self.selection.words();
        match &self.location {
            Some(location) if errors::are_asked_for(words) => return errors::run(global, location).await,
            Some(location) => {
                let shown =
                    live::Shown { managed_fields: self.show_managed_fields, secrets: self.show_secrets };
                return live::run(global, location, (words, self.selection.namespace()), shown).await;
            }
            None if errors::are_asked_for(words) => {
                let Some(placement) = &self.placement else {
                    return Err(usage(
                        "name a location or a placement, as in `tributary get errors --location store-1`",
                    ));
                };
                return failing::run(global, placement).await;
            }
            None if self.placement.is_some() => {
                return Err(usage(
                    "--placement is for errors, as in `tributary get errors --placement shop`",
                ));
            }
            None => {}
        }
        if self.selection.words().is_empty() {
            return Err(usage(
                "name a kind, as in `tributary get placements`; `tributary get --help` lists them",
            ));
        }
        let wanted = self.selection.wanted(&global.space)?;
        let mut client = Client::connect(global).await?;
        if self.watch {
            return follow::run(global, &mut client, &wanted).await;
        }
        let found = wanted.find(&mut client).await?;
        match global.document_format() {
            Some(format) => documents(format, &found, wanted.names.len())?,
            None if found.is_empty() => output::note(wanted.nothing()),
            None => output::table(global, &tabulate(global, &mut client, &wanted, &found).await?)?,
        }
        Ok(Outcome::Done)
    }
}

fn documents(format: Output, found: &[Resource], named: usize) -> Result<()> {
    match found {
        [one] if named == 1 => output::document(format, &one.to_manifest()),
        _ => output::documents(format, found.iter().map(Resource::to_manifest).collect()),
    }
}

async fn tabulate(
    global: &Global,
    client: &mut Client,
    wanted: &Wanted,
    found: &[Resource],
) -> Result<Table> {
    if wanted.kind.is_own("Placement") {
        return placement::table(global, client, found).await;
    }
    if wanted.kind.is_own("Location") {
        return location::table(global, client, found).await;
    }
    Ok(match found.first().map(|resource| &resource.spec) {
        Some(Spec::Region(_)) => regions(found),
        Some(Spec::Transform(_)) => transforms(found),
        Some(Spec::HealthRule(_)) => health_rules(found),
        _ => workload::table(global, found),
    })
}

fn regions(found: &[Resource]) -> Table {
    let mut table = Table::new(["NAME", "PARENT", "LABELS", "AGE"]);
    for resource in found {
        let Spec::Region(spec) = &resource.spec else { continue };
        let metadata = &resource.metadata;
        let age = moment::age(metadata.create_time, moment::now_ms());
        table.row([metadata.name.clone(), spec.parent.clone(), pairs(&metadata.labels), age]);
    }
    table
}

fn transforms(found: &[Resource]) -> Table {
    let mut table = Table::new(["NAME", "OPERATIONS", "WHEN", "AGE"]);
    for resource in found {
        let Spec::Transform(spec) = &resource.spec else { continue };
        let metadata = &resource.metadata;
        let age = moment::age(metadata.create_time, moment::now_ms());
        table.row([metadata.name.clone(), spec.operations.len().to_string(), spec.when.clone(), age]);
    }
    table
}

fn health_rules(found: &[Resource]) -> Table {
    let mut table = Table::new(["NAME", "KINDS", "RULES", "AGE"]);
    for resource in found {
        let Spec::HealthRule(spec) = &resource.spec else { continue };
        let metadata = &resource.metadata;
        let age = moment::age(metadata.create_time, moment::now_ms());
        let kinds = spec.match_.kinds.join(",");
        table.row([metadata.name.clone(), kinds, spec.rules.len().to_string(), age]);
    }
    table
}
