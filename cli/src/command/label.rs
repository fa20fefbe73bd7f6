//! `tributary label`: labels of what is declared.

use std::collections::BTreeMap;

use anyhow::{Result, bail};
use clap::Args;
use model::{Resource, Spec};
use serde_json::{Value, json};

use super::{
    Outcome,
    edit::{self, Entries},
    selection::Wanted,
};
use crate::{
    args,
    args::Global,
    kinds::{self, Scope},
    usage::usage,
};

const EXAMPLES: &str = "\
Examples:
  tributary label location store-1 tier=edge
  tributary label location store-1 store-2 tier=core --overwrite
  tributary label location -l tier=edge tier-                  removes it
  tributary label deployment/cart team=a -n shop               of the manifest: what places it, places it anew

A label of a location decides where placements put things; see first what would change, with `tributary explain`.";

/// Sets labels of resources and leaves the others as they are.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Label {
    /// KIND NAME... or KIND/NAME..., then KEY=VALUE to set a label, KEY- to remove it.
    #[arg(value_name = "KIND|NAME|KEY=VALUE|KEY-", required = true)]
    words: Vec<String>,
    #[command(flatten)]
    labels: args::Labels,
    /// The namespace of workload objects.
    #[arg(short, long, default_value = "", hide_default_value = true)]
    namespace: String,
    /// Replace values that are there; without it, another value is an error.
    #[arg(long)]
    overwrite: bool,
    /// Say what would change, and change nothing.
    #[arg(long)]
    dry_run: bool,
}

impl Label {
    pub async fn run(self, global: &Global) -> Result<Outcome> {
        let (words, entries) = Entries::take(&self.words)?;
        let (kind, names) = kinds::targets(&words)?;
        let selector = self.labels.selector;
        if names.is_empty() == selector.is_empty() || kind.kind.is_empty() {
            return Err(usage("name a kind with names, or select by labels with -l; not both"));
        }
        let space = if kind.scope == Scope::Hub { String::new() } else { global.space.clone() };
        let wanted = Wanted { kind, names, selector, namespace: self.namespace, space };
        let overwrite = self.overwrite;
        edit::run(global, &wanted, self.dry_run, |resource| relabel(resource, &entries, overwrite)).await?;
        Ok(Outcome::Done)
    }
}

fn relabel(resource: &mut Resource, entries: &Entries, overwrite: bool) -> Result<()> {
    let mut labels = labels(resource);
    let other = entries.set.iter().find(|(key, value)| labels.get(*key).is_some_and(|there| there != *value));
    if let Some((key, _)) = other.filter(|_| !overwrite) {
        bail!(
            "{} has the label {key}={} already; replace it with --overwrite",
            kinds::title(&resource.key()),
            labels[key]
        );
    }
    entries.apply(&mut labels);
    put(resource, labels);
    Ok(())
}

fn labels(resource: &Resource) -> BTreeMap<String, String> {
    match &resource.spec {
        Spec::Workload(object) => object.labels(),
        _ => resource.metadata.labels.clone(),
    }
}

fn put(resource: &mut Resource, labels: BTreeMap<String, String>) {
    let Spec::Workload(object) = &mut resource.spec else {
        resource.metadata.labels = labels;
        return;
    };
    let Some(metadata) = object.manifest.get_mut("metadata").and_then(Value::as_object_mut) else { return };
    match labels.is_empty() {
        true => metadata.remove("labels"),
        false => metadata.insert("labels".to_owned(), json!(labels)),
    };
}
