//! `tributary apply`: declares resources.

use anyhow::Result;
use clap::Args;
use model::Resource;
use wire::api::{self, Change};

use super::Outcome;
use crate::{args::Global, client::Client, input::Files, kinds, output};

const EXAMPLES: &str = "\
Examples:
  tributary apply -f examples               everything below a folder, as one change
  tributary apply -f a.yaml -f b.yaml       both or neither
  kustomize build . | tributary apply -f -  from stdin
  tributary apply -f examples --dry-run     what would change";

/// Declares resources: all of them or, if anything is wrong, none.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Apply {
    #[command(flatten)]
    files: Files,
    /// Say what would change, and change nothing.
    #[arg(long)]
    dry_run: bool,
}

impl Apply {
    pub async fn run(self, global: &Global) -> Result<Outcome> {
        if self.files.files.is_empty() {
            anyhow::bail!("nothing to apply: name files, folders or `-` with -f");
        }
        let resources = self.files.read(&global.space)?;
        let mut client = Client::connect(global).await?;
        let response = send(&mut client, &resources, self.dry_run).await?;
        match global.document_format() {
            Some(format) => {
                let mut kept = Vec::new();
                for message in response.results.into_iter().filter_map(|result| result.resource) {
                    kept.push(client.whole(message).await?.to_manifest());
                }
                output::documents(format, kept)?;
            }
            None => tell(&response, self.dry_run)?,
        }
        Ok(Outcome::Done)
    }
}

/// Sends resources as one change.
pub async fn send(client: &mut Client, resources: &[Resource], dry_run: bool) -> Result<api::ApplyResponse> {
    let resources = resources.iter().map(wire::resource_message).collect();
    client.apply(api::ApplyRequest { resources, dry_run }).await
}

fn tell(response: &api::ApplyResponse, dry_run: bool) -> Result<()> {
    let suffix = if dry_run { " (dry run)" } else { "" };
    for result in &response.results {
        let key = wire::resource_key(result.key.clone().unwrap_or_default());
        let change = match result.change() {
            Change::Created => "created",
            Change::Configured => "configured",
            Change::Unchanged | Change::Unspecified => "unchanged",
        };
        output::line(format_args!("{} {change}{suffix}", kinds::title(&key)))?;
    }
    Ok(())
}
