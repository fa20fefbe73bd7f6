//! `tributary diff`: what an apply would change.

use anyhow::Result;
use clap::Args;
use model::{Metadata, Resource};
use similar::TextDiff;
use wire::api;

use super::{Outcome, apply};
use crate::{args::Global, client, client::Client, input::Files, kinds, output};

const EXAMPLES: &str = "\
Examples:
  tributary diff -f examples                            what apply would change
  tributary diff -f examples && echo nothing to apply   exit code 1: there are differences";

/// Shows what an apply of the same files would change, and changes nothing.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Diff {
    #[command(flatten)]
    files: Files,
}

impl Diff {
    pub async fn run(self, global: &Global) -> Result<Outcome> {
        if self.files.files.is_empty() {
            anyhow::bail!("nothing to compare: name files, folders or `-` with -f");
        }
        let resources = self.files.read(&global.space)?;
        let response = apply::send(&mut Client::connect(global).await?, &resources, true).await?;
        let mut outcome = Outcome::Done;
        for result in response.results {
            let text = difference(result)?;
            if !text.is_empty() {
                outcome = Outcome::No;
                output::raw(text.as_bytes())?;
            }
        }
        Ok(outcome)
    }
}

/// A unified diff; empty where there is none.
fn difference(result: api::ApplyResult) -> Result<String> {
    let key = wire::resource_key(result.key.clone().unwrap_or_default());
    let before = result.previous.map(|message| declared(Some(message))).transpose()?.unwrap_or_default();
    let after = declared(result.resource)?;
    if before == after {
        return Ok(String::new());
    }
    let title = kinds::title(&key);
    let diff = TextDiff::from_lines(&before, &after);
    Ok(diff.unified_diff().header(&format!("hub: {title}"), &format!("new: {title}")).to_string())
}

/// The part that users declare: the hub's bookkeeping differs without anybody having changed anything.
fn declared(message: Option<api::Resource>) -> Result<String> {
    let Resource { metadata, spec } = client::resource(message)?;
    let Metadata { name, space, labels, annotations, .. } = metadata;
    let metadata = Metadata { name, space, labels, annotations, ..Metadata::default() };
    output::yaml(&Resource { metadata, spec }.to_manifest())
}
