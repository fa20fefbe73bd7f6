//! An inventory that was lost, from the marks.

use std::sync::Arc;

use edge::{Entry, Inventory};
use futures::{StreamExt as _, stream};
use kube::api::ListParams;
use kube::core::ApiResource;
use kube::core::ObjectList;
use model::ObjectKey;

use super::cluster::{Cluster, Metadata, ask};
use super::kinds;
use super::look::{self, ABREAST};
use super::mark::Mark;
use super::patience::patiently;
use super::refusal;
use crate::Error;

/// Reasons for which a kind is not looked at.
const LEFT_OUT: &[&str] = &["Forbidden", "NotFound", "ServerTooOld", "Unavailable"];

/// All that carries this location's mark, of every kind that the cluster serves. Of kinds that this agent may not list, or
/// whose server does not answer, it cannot have applied anything lately: they are left out.
pub async fn inventory(cluster: &Cluster) -> Result<Inventory, Error> {
    let asked = patiently(|| kinds::listable(cluster)).await?;
    let found = stream::iter(asked).map(|(resource, _)| async move {
        let entries = marked(cluster, &resource).await;
        (resource.kind, entries)
    });
    let found: Vec<_> = found.buffer_unordered(ABREAST).collect().await;
    let (mut inventory, mut left_out) = (Inventory::default(), Vec::new());
    for (kind, entries) in found {
        match entries {
            Err(error) if is_left_out(&error) => left_out.push(kind),
            entries => inventory.entries.extend(entries?),
        }
    }
    if !left_out.is_empty() {
        let kinds = left_out.join(", ");
        tracing::warn!(kinds, "nothing of these kinds can have been applied lately: they cannot be listed");
    }
    Ok(inventory)
}

fn is_left_out(error: &Error) -> bool {
    LEFT_OUT.iter().any(|reason| refusal::is(error, reason))
}

/// What carries the mark of one kind.
async fn marked(cluster: &Cluster, resource: &ApiResource) -> Result<Vec<(Arc<ObjectKey>, Entry)>, Error> {
    let list = list(cluster, resource).await?;
    let entry = |object: &Metadata| {
        let key = look::key(resource, &object.metadata);
        let mark = Mark::of(&object.metadata, &cluster.location, &key)?;
        Some((Arc::new(key), mark.entry(&resource.version)))
    };
    Ok(list.items.iter().filter_map(entry).collect())
}

/// Asked again where the API server is not ready to answer, as for a kind that was just defined.
async fn list(cluster: &Cluster, resource: &ApiResource) -> Result<ObjectList<Metadata>, Error> {
    let params = ListParams::default().labels(&cluster.selector());
    let api = cluster.metadata(resource, "");
    patiently(|| ask(api.list(&params))).await
}
