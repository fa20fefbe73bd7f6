//! `tributary diff`: what an apply would change.

use anyhow::Result;
use clap::Args;
use model::{Metadata, Resource};
use similar::TextDiff;
use wire::api::Change;

use super::{Outcome, apply};
use crate::{args::Global, client::Client, input::Files, kinds, output};

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
        let mut client = Client::connect(global).await?;
        let response = apply::send(&mut client, &resources, true).await?;
        let mut outcome = Outcome::Done;
        for (result, after) in response.results.into_iter().zip(resources) {
            if result.change() == Change::Unchanged {
                continue;
            }
            let before = match result.previous {
                Some(message) => declared(client.whole(message).await?)?,
                None => String::new(),
            };
            outcome = Outcome::No;
            let title = kinds::title(&after.key());
            output::raw(difference(&title, &before, &declared(after)?).as_bytes())?;
        }
        Ok(outcome)
    }
}

fn difference(title: &str, before: &str, after: &str) -> String {
    let diff = TextDiff::from_lines(before, after);
    diff.unified_diff().header(&format!("hub: {title}"), &format!("new: {title}")).to_string()
}

/// The part that users declare: the hub's bookkeeping differs without anybody having changed anything.
fn declared(Resource { metadata, spec }: Resource) -> Result<String> {
    let Metadata { name, space, labels, annotations, .. } = metadata;
    let metadata = Metadata { name, space, labels, annotations, ..Metadata::default() };
    output::yaml(&Resource { metadata, spec }.to_manifest())
}
