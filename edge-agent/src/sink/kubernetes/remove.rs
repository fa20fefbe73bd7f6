//! Deleting what is Tributary's, and nothing that has taken its place.

use std::sync::Arc;

use edge::Entry;
use futures::{StreamExt as _, stream};
use kube::api::{DeleteParams, ListParams, Preconditions};
use kube::core::ApiResource;
use kube::discovery::Scope;
use model::ObjectKey;

use super::cluster::{Cluster, ask};
use super::kinds::{self, Kind};
use super::look::ABREAST;
use super::seen::Seen;
use super::{Kubernetes, mark, refusal};
use crate::Error;
use crate::sink::Deleted;

/// What every namespace has.
const FURNITURE: &[(&str, &str)] = &[("ConfigMap", "kube-root-ca.crt"), ("ServiceAccount", "default")];
/// What others leave behind in a namespace and nobody misses.
const TRACES: &[&str] = &["Event", "Endpoints", "EndpointSlice", "Lease", "PodMetrics"];

impl Kubernetes {
    pub(super) async fn delete_all(
        &mut self,
        objects: Vec<(&Arc<ObjectKey>, &Entry)>,
    ) -> Vec<Result<Deleted, Error>> {
        let mut found = Vec::new();
        for (key, entry) in objects {
            let kind = self.kinds.find(&key.group, &entry.version, &key.kind).await;
            found.push((key, entry, kind));
        }
        let mut deleting = Vec::new();
        for (key, entry, kind) in &found {
            deleting.push(each(&self.cluster, kind, key, entry, self.seen.get(&***key)));
        }
        stream::iter(deleting).buffered(ABREAST).collect().await
    }
}

async fn each(
    cluster: &Cluster,
    kind: &Result<Arc<Kind>, Error>,
    key: &ObjectKey,
    entry: &Entry,
    there: Option<&Seen>,
) -> Result<Deleted, Error> {
    match kind {
        Ok(kind) => one(cluster, kind, key, entry, there).await,
        // Where its definition has gone, it has gone with it.
        Err(error) if refusal::is(error, "KindNotServed") => Ok(Deleted::Gone),
        Err(error) => Err(error.clone()),
    }
}

async fn one(
    cluster: &Cluster,
    kind: &Kind,
    key: &ObjectKey,
    entry: &Entry,
    there: Option<&Seen>,
) -> Result<Deleted, Error> {
    if let Some(leaving) = there.and_then(|seen| seen.leaving.as_ref()) {
        return Ok(Deleted::Leaving(leaving.outcome()));
    }
    if entry.implied && !is_vacant(cluster, &key.name).await? {
        tracing::info!(namespace = key.name, "others use the namespace: it stays");
        return Ok(Deleted::Gone);
    }
    // Only the very object: one that has taken its name is somebody else's.
    let noted = entry.receipt.as_ref().map(|receipt| receipt.uid.clone());
    let uid = noted.or_else(|| there.filter(|seen| seen.marked).map(|seen| seen.uid.clone()));
    let Some(uid) = uid else { return Ok(Deleted::Gone) };
    delete(cluster, kind, key, uid).await
}

async fn delete(cluster: &Cluster, kind: &Kind, key: &ObjectKey, uid: String) -> Result<Deleted, Error> {
    let api = cluster.api(&kind.resource, &key.namespace);
    let only = Preconditions { uid: Some(uid), resource_version: None };
    let params = DeleteParams::background().preconditions(only);
    match ask(api.delete(&key.name, &params)).await {
        Ok(answer) => Ok(answer.left().map_or(Deleted::Gone, |object| {
            let seen = Seen::whole(object, &cluster.location, key, None);
            // Of some kinds, what is gone is shown once more as it was.
            seen.leaving.map_or(Deleted::Gone, |leaving| Deleted::Leaving(leaving.outcome()))
        })),
        // Gone already, or another object has its name.
        Err(error) if refusal::is(&error, "NotFound") || refusal::is(&error, "ChangedMeanwhile") => {
            Ok(Deleted::Gone)
        }
        Err(error) => Err(error),
    }
}

/// Makes room for an object that cannot be changed as it should be.
pub async fn for_replacement(
    cluster: &Cluster,
    kind: &Kind,
    key: &ObjectKey,
    there: Option<&Seen>,
) -> Result<(), Error> {
    let Some(seen) = there.filter(|seen| seen.marked) else { return Ok(()) };
    tracing::info!(object = %key, "a field cannot be changed: the object is replaced");
    delete(cluster, kind, key, seen.uid.clone()).await.map(|_| ())
}

/// Whether nothing of anybody else is in a namespace.
async fn is_vacant(cluster: &Cluster, namespace: &str) -> Result<bool, Error> {
    let mut asked = kinds::listable(cluster).await?;
    asked.retain(|(_, scope)| *scope == Scope::Namespaced);
    let found = stream::iter(asked)
        .map(|(resource, _)| async move { has_foreign(cluster, &resource, namespace).await });
    let found: Vec<_> = found.buffer_unordered(ABREAST).collect().await;
    found.into_iter().try_fold(true, |vacant, foreign| Ok(vacant && !foreign?))
}

async fn has_foreign(cluster: &Cluster, resource: &ApiResource, namespace: &str) -> Result<bool, Error> {
    if TRACES.contains(&resource.kind.as_str()) {
        return Ok(false);
    }
    let api = cluster.metadata(resource, namespace);
    let selector = format!("{}!={}", mark::LABEL, cluster.location);
    let list = match ask(api.list(&ListParams::default().labels(&selector))).await {
        // What it may not see may be somebody's.
        Err(error) if refusal::is(&error, "Forbidden") => return Ok(true),
        list => list?,
    };
    let is_foreign = |metadata: &kube::core::ObjectMeta| {
        let name = metadata.name.as_deref().unwrap_or_default();
        let furniture = FURNITURE.contains(&(resource.kind.as_str(), name));
        // What is owned goes with its owner.
        !furniture && metadata.owner_references.as_ref().is_none_or(Vec::is_empty)
    };
    Ok(list.items.iter().any(|object| is_foreign(&object.metadata)))
}
