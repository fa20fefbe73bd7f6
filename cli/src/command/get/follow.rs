//! Resources as they are, and then every change of them.

use anyhow::{Result, bail};
use futures::TryStreamExt as _;
use model::{Resource, ResourceKey};
use serde_json::{Value, json};
use wire::api::{self, watch_response::Event};

use super::placement;
use crate::{
    args::{Global, Output},
    client::Client,
    command::{Outcome, selection::Wanted},
    kinds, moment, output,
    table::Columns,
};

/// Never ends by itself.
pub(super) async fn run(global: &Global, client: &mut Client, wanted: &Wanted) -> Result<Outcome> {
    // For people, what matters of a placement are its counts, not what was declared.
    if wanted.kind.is_own("Placement") && global.document_format().is_none() {
        return placement::follow(global, client, wanted).await;
    }
    let request = api::WatchRequest {
        space: wanted.space.clone(),
        group: wanted.kind.group.clone(),
        kind: wanted.kind.kind.clone(),
        label_selector: wanted.selector.clone(),
    };
    let mut changes = client.watch(request).await?;
    let mut columns = Columns::new(["TIME", "CHANGE", "GENERATION", "RESOURCE"]);
    while let Some(change) = changes.try_next().await.map_err(|status| client.stream_error(&status))? {
        let change = match change.event {
            Some(Event::Changed(message)) => Change::Changed(Box::new(client.whole(message).await?)),
            Some(Event::Deleted(key)) => Change::Deleted(wire::resource_key(key)),
            Some(Event::CaughtUp(_)) | None => continue,
        };
        if wanted.takes(&change.key()) {
            show(global.document_format(), &mut columns, &change)?;
        }
    }
    bail!("the gateway ended the watch; run it again")
}

enum Change {
    Changed(Box<Resource>),
    Deleted(ResourceKey),
}

impl Change {
    fn key(&self) -> ResourceKey {
        match self {
            Self::Changed(resource) => resource.key(),
            Self::Deleted(key) => key.clone(),
        }
    }

    fn document(&self) -> Value {
        match self {
            Self::Changed(resource) => json!({"type": "Changed", "object": resource.to_manifest()}),
            Self::Deleted(ResourceKey { space, group, kind, namespace, name }) => json!({
                "type": "Deleted",
                "object": {"space": space, "group": group, "kind": kind, "namespace": namespace, "name": name},
            }),
        }
    }
}

fn show(format: Option<Output>, columns: &mut Columns, change: &Change) -> Result<()> {
    if let Some(format) = format {
        return output::streamed(format, &change.document());
    }
    let (word, generation) = match change {
        Change::Changed(resource) => ("changed", resource.metadata.generation.to_string()),
        Change::Deleted(_) => ("deleted", String::new()),
    };
    let title = kinds::title(&change.key());
    output::line(columns.row([moment::clock(moment::now_ms()), word.to_owned(), generation, title]))
}
