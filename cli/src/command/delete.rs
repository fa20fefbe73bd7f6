//! `tributary delete`.

use anyhow::{Result, bail};
use clap::Args;
use model::{Resource, ResourceKey};
use wire::api::{self, LocationDeletion};

use super::Outcome;
use crate::{args::Global, client::Client, input::Files, kinds, output};

const EXAMPLES: &str = "\
Examples:
  tributary delete placement shop            withdraws the shop from every location
  tributary delete placement/shop
  tributary delete -f examples/shop          everything that the files declare
  tributary delete location s1 --withdraw    removes first what was applied there";

/// Deletes resources: all of them or, if anything is refused, none.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Delete {
    /// KIND NAME..., or KIND/NAME...
    #[arg(value_name = "KIND NAME")]
    target: Vec<String>,
    #[command(flatten)]
    files: Files,
    /// The namespace of workload objects.
    #[arg(short, long, default_value = "", hide_default_value = true)]
    namespace: String,
    /// Say what would be deleted, and delete nothing.
    #[arg(long)]
    dry_run: bool,
    /// A location that is chosen goes when its agent has removed what was applied there.
    #[arg(long)]
    withdraw: bool,
}

impl Delete {
    pub async fn run(self, global: &Global) -> Result<Outcome> {
        let keys = self.keys(&global.space)?;
        let deletion = if self.withdraw { LocationDeletion::Withdraw } else { LocationDeletion::Unspecified };
        let request = api::DeleteRequest {
            keys: keys.iter().map(wire::resource_key_message).collect(),
            dry_run: self.dry_run,
            location_deletion: deletion.into(),
        };
        let response = Client::connect(global).await?.delete(request).await?;
        let mut missing = 0;
        for result in response.results {
            missing += usize::from(!result.existed);
            let what = match (result.existed, self.dry_run) {
                (false, _) => "not found",
                (true, true) => "deleted (dry run)",
                (true, false) => "deleted",
            };
            let key = wire::resource_key(result.key.unwrap_or_default());
            output::line(format_args!("{} {what}", kinds::title(&key)))?;
        }
        // Files name what should be gone, and gone it is; a name that was typed may be a slip.
        Ok(if missing > 0 && self.files.files.is_empty() { Outcome::No } else { Outcome::Done })
    }

    fn keys(&self, space: &str) -> Result<Vec<ResourceKey>> {
        match (self.target.is_empty(), self.files.files.is_empty()) {
            (true, false) => Ok(self.files.read(space)?.iter().map(Resource::key).collect()),
            (false, true) => {
                let (kind, names) = kinds::targets(&self.target)?;
                if names.is_empty() || kind.kind.is_empty() {
                    bail!(
                        "name what to delete, as KIND NAME; there is no deleting all of a kind by leaving names out"
                    );
                }
                Ok(names.iter().map(|name| kind.key(space, &self.namespace, name)).collect())
            }
            _ => bail!("name either resources (KIND NAME) or files (-f)"),
        }
    }
}
