//! `tributary diff`: what an apply would change.

use anyhow::Result;
use clap::Args;
use model::{Metadata, Resource};
use serde_json::{Value, json};
use similar::TextDiff;
use wire::api::Change;

use super::{Outcome, apply};
use crate::{args::Global, client::Client, input::Files, kinds, output};

const EXAMPLES: &str = "\
Examples:
  tributary diff -f examples                            what apply would change
  tributary diff -f examples && echo nothing to apply   exit code 1: there are differences
  tributary diff -f examples -o json | jq -r '.differences[] | .change + \" \" + .resource'";

/// Shows what an apply of the same files would change, and changes nothing.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Diff {
    #[command(flatten)]
    files: Files,
    /// Where users of other tools would name files.
    #[arg(hide = true)]
    misplaced: Vec<String>,
}

/// A resource that would change.
struct Difference {
    title: String,
    /// `None`: it would be created.
    before: Option<Value>,
    after: Value,
}

impl Diff {
    pub async fn run(self, global: &Global) -> Result<Outcome> {
        let documents = self.files.required(&self.misplaced)?.documents(&global.space)?;
        let mut client = Client::connect(global).await?;
        let response = apply::send_documents(&mut client, &documents, apply::How::ONLY_SAY).await?;
        let mut differences = Vec::new();
        for (result, document) in response.results.into_iter().zip(documents) {
            let after = document.resource;
            if result.change() == Change::Unchanged {
                continue;
            }
            let before = match result.previous {
                Some(message) => Some(declared(client.whole(message).await?)),
                None => None,
            };
            differences.push(Difference {
                title: kinds::title(&after.key()),
                before,
                after: declared(after),
            });
        }
        show(global, &differences)?;
        Ok(if differences.is_empty() { Outcome::Done } else { Outcome::No })
    }
}

fn show(global: &Global, differences: &[Difference]) -> Result<()> {
    if let Some(format) = global.document_format() {
        let each = differences.iter().map(|one| {
            let change = if one.before.is_some() { "configured" } else { "created" };
            json!({"resource": one.title, "change": change, "before": one.before, "after": one.after})
        });
        return output::document(format, &json!({"differences": each.collect::<Vec<_>>()}));
    }
    for Difference { title, before, after } in differences {
        let before = before.as_ref().map(output::yaml).transpose()?.unwrap_or_default();
        let after = output::yaml(after)?;
        let diff = TextDiff::from_lines(&before, &after);
        let text = diff.unified_diff().header(&format!("hub: {title}"), &format!("new: {title}")).to_string();
        output::raw(text.as_bytes())?;
    }
    Ok(())
}

/// The part that users declare: the hub's bookkeeping differs without anybody having changed anything.
fn declared(Resource { metadata, spec }: Resource) -> Value {
    let Metadata { name, space, labels, annotations, .. } = metadata;
    let metadata = Metadata { name, space, labels, annotations, ..Metadata::default() };
    Resource { metadata, spec }.to_manifest()
}
