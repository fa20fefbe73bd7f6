//! `tributary get`: resources as tables or documents.

mod follow;
mod live;
mod location;
mod placement;
mod workload;

use anyhow::{Result, bail};
use clap::Args;
use model::{LabelSelector, Resource, Spec};
use wire::api;

use super::Outcome;
use crate::{
    args::{Global, Output},
    client::Client,
    kinds::{self, Kind},
    moment, output,
    table::{Table, pairs},
};

const EXAMPLES: &str = "\
Examples:
  tributary get placements                     with how many locations fare how
  tributary get locations -l tier=edge -o wide
  tributary get placement shop -o yaml         what can be applied again
  tributary get deployments -n shop            workload, as it is kept at the hub
  tributary get objects                        all workload
  tributary get object deployment cart -n shop --location store-1
                                               as it is at the location, now
  tributary get locations --watch              and every change from now on";

/// Shows resources.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Get {
    /// KIND, KIND NAME..., or KIND/NAME...
    #[arg(value_name = "KIND [NAME]", required = true)]
    target: Vec<String>,
    /// Only resources with these labels: app=x,tier in (a,b),!c
    #[arg(short = 'l', long, default_value = "", hide_default_value = true)]
    selector: String,
    /// The namespace of workload objects; without it, all of them are listed.
    #[arg(short, long, default_value = "", hide_default_value = true)]
    namespace: String,
    /// Ask this location's agent for the live object.
    #[arg(long)]
    location: Option<String>,
    /// Go on with every change.
    #[arg(short, long)]
    watch: bool,
}

impl Get {
    pub async fn run(self, global: &Global) -> Result<Outcome> {
        if let Some(location) = &self.location {
            return live::run(global, location, &self.target, &self.namespace).await;
        }
        if let Err(violation) = LabelSelector::from_text(&self.selector) {
            bail!("-l: {violation}");
        }
        let (kind, names) = kinds::targets(&self.target)?;
        let mut client = Client::connect(global).await?;
        if self.watch {
            return self.follow(global, &mut client, &kind, &names).await;
        }
        let found = if names.is_empty() {
            self.list(global, &mut client, &kind).await?
        } else {
            self.fetch(global, &mut client, &kind, &names).await?
        };
        match global.document_format() {
            Some(format) => documents(format, &found, names.len())?,
            None if found.is_empty() => output::note(nothing(&kind, global)),
            None => output::line(tabulate(global, &mut client, &kind, &found).await?)?,
        }
        Ok(Outcome::Done)
    }

    async fn fetch(
        &self,
        global: &Global,
        client: &mut Client,
        kind: &Kind,
        names: &[String],
    ) -> Result<Vec<Resource>> {
        if kind.kind.is_empty() {
            bail!("name the kind of the object too, as in `get deployment cart`");
        }
        let mut found = Vec::new();
        for name in names {
            found.push(client.get(&kind.key(&global.space, &self.namespace, name)).await?);
        }
        Ok(found)
    }

    async fn list(&self, global: &Global, client: &mut Client, kind: &Kind) -> Result<Vec<Resource>> {
        let request = api::ListRequest {
            space: space(global, kind),
            group: kind.group.clone(),
            kind: kind.kind.clone(),
            label_selector: self.selector.clone(),
            ..api::ListRequest::default()
        };
        let mut found = client.list(request).await?;
        found.retain(|resource| self.namespace.is_empty() || resource.key().namespace == self.namespace);
        Ok(found)
    }
}

/// Regions and locations have no space.
fn space(global: &Global, kind: &Kind) -> String {
    if kind.scope == kinds::Scope::Hub { String::new() } else { global.space.clone() }
}

fn documents(format: Output, found: &[Resource], named: usize) -> Result<()> {
    match found {
        [one] if named == 1 => output::document(format, &one.to_manifest()),
        _ => output::documents(format, found.iter().map(Resource::to_manifest).collect()),
    }
}

fn nothing(kind: &Kind, global: &Global) -> String {
    let what =
        if kind.kind.is_empty() { "objects".to_owned() } else { format!("{}s", kind.kind.to_lowercase()) };
    match kind.scope {
        kinds::Scope::Hub => format!("no {what}"),
        _ => format!("no {what} in space {}", global.space),
    }
}

async fn tabulate(global: &Global, client: &mut Client, kind: &Kind, found: &[Resource]) -> Result<Table> {
    if kind.is_own("Placement") {
        return placement::table(global, client, found).await;
    }
    if kind.is_own("Location") {
        return location::table(global, client, found).await;
    }
    Ok(match found.first().map(|resource| &resource.spec) {
        Some(Spec::Region(_)) => regions(found),
        Some(Spec::Transform(_)) => transforms(found),
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
