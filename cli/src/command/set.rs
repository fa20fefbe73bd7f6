//! `tributary set`: one value of what is declared, as other systems learn of it.

use anyhow::{Result, bail};
use clap::{Args, Subcommand};
use model::Spec;

use super::{Outcome, edit, selection::Wanted};
use crate::{args, args::Global, kinds, usage::usage};

const EXAMPLES: &str = "\
Examples:
  tributary set property store-1 tills=4 city=Lisbon
  tributary set property store-1 tills-              removes it
  tributary set property -l tier=edge channel=beta   of all locations that have the label
  tributary set property store-1 tills=4 --dry-run";

/// Sets a value of a resource and leaves the others as they are.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Set {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Sets properties of locations; expressions read them as location.properties.KEY.
    #[command(after_help = EXAMPLES)]
    Property(Property),
}

#[derive(Debug, Args)]
struct Property {
    /// LOCATION..., then KEY=VALUE to set a property, KEY- to remove it.
    #[arg(value_name = "LOCATION|KEY=VALUE|KEY-", required = true)]
    words: Vec<String>,
    #[command(flatten)]
    labels: args::Labels,
    /// Say what would change, and change nothing.
    #[arg(long)]
    dry_run: bool,
}

impl Set {
    pub async fn run(self, global: &Global) -> Result<Outcome> {
        let What::Property(property) = self.what;
        property.run(global).await?;
        Ok(Outcome::Done)
    }
}

impl Property {
    async fn run(self, global: &Global) -> Result<()> {
        let (names, entries) = edit::Entries::take(&self.words)?;
        let selector = self.labels.selector;
        if names.is_empty() == selector.is_empty() {
            return Err(usage("name locations, or select them by labels with -l; not both"));
        }
        // As other commands take them.
        let names = names.iter().map(|name| name.rsplit('/').next().unwrap_or(name).to_owned()).collect();
        let kind = kinds::kind("location")?;
        let wanted = Wanted { kind, names, selector, namespace: String::new(), space: String::new() };
        let change = |resource: &mut model::Resource| match &mut resource.spec {
            Spec::Location(spec) => {
                entries.apply(&mut spec.properties);
                Ok(())
            }
            other => bail!("the gateway's answer is a {}, not a location", other.kind()),
        };
        edit::run(global, &wanted, self.dry_run, change).await
    }
}
