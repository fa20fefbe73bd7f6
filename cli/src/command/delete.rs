//! `tributary delete`.

use anyhow::Result;
use clap::Args;
use model::{Resource, ResourceKey};
use serde_json::json;
use wire::api::{self, LocationDeletion};

use super::{Outcome, selection::Selection};
use crate::{args::Global, client::Client, input::Files, kinds, output, usage::usage};

const EXAMPLES: &str = "\
Examples:
  tributary delete placement shop            withdraws the shop from every location
  tributary delete placement/shop
  tributary delete -f examples/shop          everything that the files declare
  tributary delete transforms -l team=a      all that have the label; see first which, with --dry-run
  tributary delete location s1 --withdraw    removes first what was applied there

Exit code 1: something that was named is not there.";

/// Deletes resources: all of them or, if anything is refused, none.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Delete {
    #[command(flatten)]
    selection: Selection,
    #[command(flatten)]
    files: Files,
    /// All of the kind in the space.
    #[arg(long, conflicts_with = "selector")]
    all: bool,
    /// Say what would be deleted, and delete nothing.
    #[arg(long)]
    dry_run: bool,
    /// A location that is chosen goes when its agent has removed what was applied there.
    #[arg(long)]
    withdraw: bool,
}

impl Delete {
    pub async fn run(self, global: &Global) -> Result<Outcome> {
        self.check()?;
        // Files are read before anybody is asked.
        let declared = self.declared(&global.space)?;
        let mut client = Client::connect(global).await?;
        let keys = match declared {
            Some(keys) => keys,
            None => self.selected(&mut client, &global.space).await?,
        };
        if keys.is_empty() {
            output::note(self.selection.wanted(&global.space)?.nothing());
            return Ok(Outcome::Done);
        }
        let deletion = if self.withdraw { LocationDeletion::Withdraw } else { LocationDeletion::Unspecified };
        let request = api::DeleteRequest {
            keys: keys.iter().map(wire::resource_key_message).collect(),
            dry_run: self.dry_run,
            location_deletion: deletion.into(),
        };
        let results = client.delete(request).await?.results;
        self.tell(global, &results)?;
        // Files name what should be gone, and gone it is; a name that was typed may be a slip.
        let is_missing = self.files.files.is_empty() && results.iter().any(|result| !result.existed);
        Ok(if is_missing { Outcome::No } else { Outcome::Done })
    }

    fn check(&self) -> Result<()> {
        let narrowed = self.all || !self.selection.namespace().is_empty();
        match (self.selection.is_empty(), self.files.files.is_empty()) {
            (true, false) if !narrowed => Ok(()),
            (false, true) => Ok(()),
            // Not all that the files declare can be meant.
            (_, false) => Err(usage(
                "-f deletes all that the files declare, in the namespaces that they say; leave out KIND, NAME, -l, -n \
                     and --all",
            )),
            (true, true) => {
                Err(usage("name either resources (KIND NAME, KIND -l LABELS, KIND --all) or files (-f)"))
            }
        }
    }

    /// What the files declare or the names say; `None`: it has to be looked up.
    fn declared(&self, space: &str) -> Result<Option<Vec<ResourceKey>>> {
        if !self.files.files.is_empty() {
            return Ok(Some(self.files.read(space)?.iter().map(Resource::key).collect()));
        }
        let wanted = self.selection.wanted(space)?;
        if wanted.kind.kind.is_empty() {
            return Err(usage("name the kind of what to delete, as in `delete deployment cart`"));
        }
        match (wanted.names.is_empty(), self.all || !wanted.selector.is_empty()) {
            (true, true) => Ok(None),
            (false, false) => {
                let key = |name: &String| wanted.kind.key(&wanted.space, &wanted.namespace, name);
                Ok(Some(wanted.names.iter().map(key).collect()))
            }
            _ => Err(usage("name what to delete, select it with -l LABELS, or say --all")),
        }
    }

    async fn selected(&self, client: &mut Client, space: &str) -> Result<Vec<ResourceKey>> {
        let found = self.selection.wanted(space)?.find(client).await?;
        Ok(found.iter().map(Resource::key).collect())
    }

    fn tell(&self, global: &Global, results: &[api::DeleteResult]) -> Result<()> {
        let each = results.iter().map(|result| {
            let key = wire::resource_key(result.key.clone().unwrap_or_default());
            let what = match (result.existed, result.withdrawing) {
                (false, _) => "not found",
                (true, true) => "withdrawing",
                (true, false) => "deleted",
            };
            (key, what)
        });
        if let Some(format) = global.document_format() {
            let each = each.map(|(key, what)| {
                json!({"group": key.group, "kind": key.kind, "space": key.space, "namespace": key.namespace,
                       "name": key.name, "result": what})
            });
            let results = json!({"dryRun": self.dry_run, "results": each.collect::<Vec<_>>()});
            return output::document(format, &results);
        }
        for (key, what) in each {
            let what = match what {
                "withdrawing" => "deleted; it stays listed until it is withdrawn everywhere",
                what => what,
            };
            let suffix = if self.dry_run && what != "not found" { " (dry run)" } else { "" };
            output::line(format_args!("{} {what}{suffix}", kinds::title(&key)))?;
        }
        Ok(())
    }
}
