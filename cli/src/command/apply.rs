//! `tributary apply`: declares resources.

use std::collections::BTreeMap;

use anyhow::{Result, anyhow};
use clap::Args;
use model::{Resource, parse::Document};
use serde_json::Value;
use wire::api::{self, Change, View};

use super::{
    Outcome,
    sets::{self, NamedSet, SetArgs},
};
use crate::{args::Global, client::Client, input::Files, kinds, output};

const EXAMPLES: &str = "\
Examples:
  tributary apply -f examples               everything below a folder, as one change
  tributary apply -f a.yaml -f b.yaml       both or neither
  kustomize build . | tributary apply -f -  from stdin
  tributary apply -f examples --dry-run     what would change
  tributary apply -f examples --set shop --prune
                                            and delete what the set held before and no file names any more

Up to a thousand changed resources are stored in one step. More are stored in several, in an order in which each state
between them makes sense; should that break off, the error says how far it came, and the same command completes it.";

/// Declares resources: all of them or, if anything is wrong, none.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Apply {
    #[command(flatten)]
    files: Files,
    /// Where users of other tools would name files.
    #[arg(hide = true)]
    misplaced: Vec<String>,
    /// Say what would change, and change nothing.
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    set: SetArgs,
}

impl Apply {
    pub async fn run(self, global: &Global) -> Result<Outcome> {
        let documents = self.files.required(&self.misplaced)?.documents(&global.space)?;
        let mut client = Client::connect(global).await?;
        let response = send_documents(&mut client, &documents, self.how(global)).await?;
        let pruned = response.pruned.clone();
        match global.document_format() {
            Some(format) => {
                let sent = documents.iter().map(|document| &document.resource);
                output::documents(format, kept(&mut client, response, sent, self.dry_run).await?)?;
            }
            None => tell(&response, self.dry_run)?,
        }
        for one in &pruned {
            // Documents are what is kept.
            let text = sets::line(one, self.dry_run);
            if global.document_format().is_some() { output::note(text) } else { output::line(text)? }
        }
        Ok(Outcome::Done)
    }

    fn how(&self, global: &Global) -> How {
        let view = if global.document_format().is_some() { View::Full } else { View::Basic };
        How { dry_run: self.dry_run, view, set: self.set.named(&global.space) }
    }
}

/// What is to come of what is sent, and what is to be told of it.
#[derive(Clone, Debug)]
pub struct How {
    pub dry_run: bool,
    pub view: View,
    pub set: NamedSet,
}

impl How {
    /// Nothing changes, and all is told.
    pub fn only_say(set: NamedSet) -> Self {
        Self { dry_run: true, view: View::Full, set }
    }
}

/// The sequences of all changes that the gateway has accepted up to now, which an apply of nothing tells.
pub async fn accepted(client: &mut Client) -> Result<BTreeMap<String, u64>> {
    Ok(send(client, &[], How::only_say(NamedSet::default())).await?.watermark)
}

/// The resources as they are kept, or would be.
pub async fn kept<'a>(
    client: &mut Client,
    response: api::ApplyResponse,
    sent: impl Iterator<Item = &'a Resource>,
    dry_run: bool,
) -> Result<Vec<Value>> {
    let mut kept = Vec::new();
    for (result, sent) in response.results.into_iter().zip(sent) {
        let Some(message) = result.resource else { continue };
        let message = if dry_run { with_spec(message, sent) } else { message };
        kept.push(client.whole(message).await?.to_manifest());
    }
    Ok(kept)
}

/// A large manifest comes without its content, and after a dry run the gateway has at most an older one to ask for.
fn with_spec(message: api::Resource, sent: &Resource) -> api::Resource {
    api::Resource { spec: wire::resource_message(sent).spec, ..message }
}

/// Sends what files declare as one change; what is refused is told with file and line.
pub async fn send_documents(
    client: &mut Client,
    documents: &[Document],
    how: How,
) -> Result<api::ApplyResponse> {
    let resources: Vec<_> = documents.iter().map(|document| document.resource.clone()).collect();
    send(client, &resources, how).await.map_err(|error| {
        let places: Vec<_> = documents.iter().map(|it| format!("{}:{}:", it.file, it.line)).collect();
        anyhow!(located(&format!("{error:#}"), &places))
    })
}

/// The gateway knows the documents by number, as `resources[3]`.
fn located(text: &str, places: &[String]) -> String {
    let mut located = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("resources[") {
        let number = after.split_once(']').and_then(|(number, _)| number.parse::<usize>().ok());
        let place = number.and_then(|number| places.get(number));
        located += before;
        located += place.map_or("resources[", String::as_str);
        // A colon that follows is in the place already.
        let tail = || after.split_once(']').map_or("", |(_, tail)| tail.strip_prefix(':').unwrap_or(tail));
        rest = if place.is_some() { tail() } else { after };
    }
    located + rest
}

/// Sends resources as one change.
pub async fn send(client: &mut Client, resources: &[Resource], how: How) -> Result<api::ApplyResponse> {
    let resources = resources.iter().map(wire::resource_message).collect();
    let NamedSet { set, prune, take_over, location_deletion } = how.set;
    let location_deletion = location_deletion.into();
    let (dry_run, view) = (how.dry_run, how.view.into());
    client
        .apply(api::ApplyRequest { resources, dry_run, view, set, prune, take_over, location_deletion })
        .await
}

/// A line for each resource: what has become of it.
pub fn tell(response: &api::ApplyResponse, dry_run: bool) -> Result<()> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_document_is_named_by_file_and_line() {
        let places = ["a.yaml:1:".to_owned(), "b.yaml:7:".to_owned()];
        let text = "applying: resources[1] Secret s: wrong\nresources[0]: worse\nresources[x] resources[9]";
        let expected = "applying: b.yaml:7: Secret s: wrong\na.yaml:1: worse\nresources[x] resources[9]";
        assert_eq!(located(text, &places), expected);
    }
}
