//! `tributary diff`: what an apply would change, at the hub or at a location.

pub(super) mod covered;
mod live;

use anyhow::Result;
use clap::Args;
use model::{Metadata, Resource};
use serde_json::{Value, json};
use wire::api::Change;

use super::{Outcome, apply, sets::SetArgs};
use crate::{
    args::Global,
    client::Client,
    input::Files,
    kinds, output,
    unified::{self, Side},
    usage::usage,
};

const EXAMPLES: &str = "\
Examples:
  tributary diff -f examples                            what apply would change
  tributary diff -f examples && echo nothing to apply   exit code 1: there are differences
  tributary diff -f examples --set shop --prune         and what pruning would delete
  tributary diff object deployment/cart -n shop --location store-1
                                                        desired there against live, as its cluster sees it
  tributary diff -f examples -o json | jq -r '.differences[] | .change + \" \" + .resource'";

/// Shows what an apply of the same files would change, and changes nothing.
///
/// With --location, shows what differs between an object as it is at that location and as it should be there. Its agent is
/// asked; nothing is stored. A cluster says itself what applying would change, so that defaults and other spellings of a
/// value are no differences.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Diff {
    #[command(flatten)]
    files: Files,
    /// With --location: the object.
    #[arg(value_name = "KIND/NAME")]
    words: Vec<String>,
    /// Compare an object at this location.
    #[arg(long, conflicts_with = "files")]
    location: Option<String>,
    /// The namespace of the object.
    #[arg(short, long, default_value = "", hide_default_value = true, requires = "location")]
    namespace: String,
    /// Of a Secret, show what it holds. Without it each value is `***`, and does not leave the location.
    #[arg(long, requires = "location")]
    show_secrets: bool,
    #[command(flatten)]
    set: SetArgs,
}

/// A resource that would change.
struct Difference {
    title: String,
    /// `None`: it would be created.
    before: Option<Value>,
    /// `None`: it would be pruned.
    after: Option<Value>,
}

impl Diff {
    pub async fn run(self, global: &Global) -> Result<Outcome> {
        if let Some(location) = &self.location {
            if self.set.is_named() {
                return Err(usage("sets are kept at the hub; leave --set out, or --location"));
            }
            return live::run(global, location, (&self.words, &self.namespace), self.show_secrets).await;
        }
        // Users of other tools name files without -f.
        let documents = self.files.required(&self.words)?.documents(&global.space)?;
        let mut client = Client::connect(global).await?;
        let response = apply::send_documents(
            &mut client,
            &documents,
            apply::How::only_say(self.set.named(&global.space)),
        )
        .await?;
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
                after: Some(declared(after)),
            });
        }
        for pruned in response.pruned {
            let Some(previous) = pruned.previous else { continue };
            let before = client.whole(previous).await?;
            let title = kinds::title(&before.key());
            differences.push(Difference { title, before: Some(declared(before)), after: None });
        }
        show(global, &differences)?;
        Ok(if differences.is_empty() { Outcome::Done } else { Outcome::No })
    }
}

fn show(global: &Global, differences: &[Difference]) -> Result<()> {
    if let Some(format) = global.document_format() {
        let each = differences.iter().map(|one| {
            let change = match (&one.before, &one.after) {
                (_, None) => "pruned",
                (Some(_), _) => "configured",
                (None, _) => "created",
            };
            json!({"resource": one.title, "change": change, "before": one.before, "after": one.after})
        });
        return output::document(format, &json!({"differences": each.collect::<Vec<_>>()}));
    }
    for Difference { title, before, after } in differences {
        let before = before.as_ref().map(output::yaml).transpose()?.unwrap_or_default();
        let before = Side { title: &format!("hub: {title}"), text: &before };
        let after = after.as_ref().map(output::yaml).transpose()?.unwrap_or_default();
        let after = Side { title: &format!("new: {title}"), text: &after };
        unified::show(before, after)?;
    }
    Ok(())
}

/// The part that users declare: the hub's bookkeeping differs without anybody having changed anything.
fn declared(Resource { metadata, spec }: Resource) -> Value {
    let Metadata { name, space, labels, annotations, .. } = metadata;
    let metadata = Metadata { name, space, labels, annotations, ..Metadata::default() };
    Resource { metadata, spec }.to_manifest()
}
