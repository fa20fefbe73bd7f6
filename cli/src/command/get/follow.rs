//! Resources as they are, and then every change of them.

use anyhow::{Result, bail};
use futures::TryStreamExt as _;
use model::Resource;
use wire::api::{self, watch_response::Event};

use super::{Get, space};
use crate::{
    args::{Global, Output},
    client::Client,
    command::Outcome,
    kinds::{self, Kind},
    output,
};

impl Get {
    /// Prints what is there and then every change, a row each.
    pub(super) async fn follow(
        &self,
        global: &Global,
        client: &mut Client,
        kind: &Kind,
        names: &[String],
    ) -> Result<Outcome> {
        let request = api::WatchRequest {
            space: space(global, kind),
            group: kind.group.clone(),
            kind: kind.kind.clone(),
            label_selector: self.selector.clone(),
        };
        let mut changes = client.watch(request).await?;
        let is_wanted = |key: &model::ResourceKey| {
            (names.is_empty() || names.contains(&key.name))
                && (self.namespace.is_empty() || key.namespace == self.namespace)
        };
        while let Some(change) = changes.try_next().await.map_err(|status| client.stream_error(&status))? {
            match change.event {
                Some(Event::Changed(message)) => {
                    let resource = client.whole(message).await?;
                    if is_wanted(&resource.key()) {
                        changed(global, &resource)?;
                    }
                }
                Some(Event::Deleted(key)) => {
                    let key = wire::resource_key(key);
                    if is_wanted(&key) {
                        output::line(format_args!("{} deleted", kinds::title(&key)))?;
                    }
                }
                Some(Event::CaughtUp(_)) | None => {}
            }
        }
        bail!("the gateway ended the watch; run it again")
    }
}

fn changed(global: &Global, resource: &Resource) -> Result<()> {
    match global.document_format() {
        Some(Output::Json) => output::line(resource.to_manifest()),
        Some(format) => {
            output::line("---")?;
            output::document(format, &resource.to_manifest())
        }
        None => {
            let generation = resource.metadata.generation;
            output::line(format_args!("{} generation {generation}", kinds::title(&resource.key())))
        }
    }
}
