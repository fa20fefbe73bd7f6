//! Server-side apply.

use std::sync::Arc;
use std::time::Duration;

use edge::{Outcome, Wish};
use futures::{StreamExt as _, stream};
use kube::api::{Api, DynamicObject, Patch, PatchParams};
use kube::core::ObjectMeta;
use kube::runtime::wait::await_condition;
use model::{Conflict, ObjectKey, Phase};
use serde_json::Value;
use tokio::time::{sleep, timeout};

use super::cluster::{Cluster, MANAGER, ask};
use super::kinds::{Kind, Kinds};
use super::look::ABREAST;
use super::mark::{self, Parts, marked};
use super::seen::{Seen, whole};
use super::{Kubernetes, refusal, remove};
use crate::Error;
use crate::sink::{Applied, Task};

/// Objects that have it are deleted and made again where a field cannot be changed.
const REPLACE: &str = "tributary.dev/replace";
/// How long what follows waits for a definition to be served.
const ESTABLISH: Duration = Duration::from_secs(10);
/// Between two looks whether it is.
const SERVE: Duration = Duration::from_millis(50);

/// Built-in kinds of which all that can be told is that they are there.
const WITHOUT_STATUS: &[&str] = &[
    "ClusterRole",
    "ClusterRoleBinding",
    "ConfigMap",
    // Up to a megabyte each, so that its status is asked for when it changes.
    "CustomResourceDefinition",
    "IngressClass",
    "LimitRange",
    "MutatingWebhookConfiguration",
    "NetworkPolicy",
    "PriorityClass",
    "Role",
    "RoleBinding",
    "RuntimeClass",
    "Secret",
    "ServiceAccount",
    "StorageClass",
    "ValidatingAdmissionPolicyBinding",
    "ValidatingWebhookConfiguration",
];

/// Whether a watch has to tell more than metadata.
pub fn has_status(key: &ObjectKey) -> bool {
    !(model::is_built_in_group(&key.group) && WITHOUT_STATUS.contains(&key.kind.as_str()))
}

impl Kubernetes {
    pub(super) async fn apply_all(&mut self, tasks: Vec<Task<'_>>) -> Vec<Result<Applied, Error>> {
        let mut found = Vec::new();
        for task in tasks {
            let kind = self.kinds.find(&task.key.group, &task.wish.object.version, &task.key.kind).await;
            found.push((kind, task));
        }
        let mut applying = Vec::new();
        for (kind, task) in &found {
            applying.push(each(&self.cluster, kind, task, self.seen.get(&**task.key)));
        }
        let results: Vec<_> = stream::iter(applying).buffered(ABREAST).collect().await;
        let applied = found.iter().zip(results);
        applied.map(|((_, task), result)| result.map(|seen| self.applied(task.key, seen))).collect()
    }

    pub(super) async fn apply_one(&mut self, task: Task<'_>) -> Result<Applied, Error> {
        let kind = self.kinds.find(&task.key.group, &task.wish.object.version, &task.key.kind).await?;
        let seen = one(&self.cluster, &kind, &task, self.seen.get(&**task.key)).await?;
        Ok(self.applied(task.key, seen))
    }

    /// What the answer told is known from now on.
    fn applied(&mut self, key: &ObjectKey, seen: Seen) -> Applied {
        let receipt = seen.receipt();
        self.finished.remove(key);
        self.note(key.clone(), seen);
        Applied { outcome: self.told(key), receipt }
    }

    /// How an object fares by what has been told of it.
    pub(super) fn told(&self, key: &ObjectKey) -> Outcome {
        let Some(seen) = self.seen.get(key) else {
            return Outcome::new(Phase::Progressing, "Vanished", "it was there a moment ago");
        };
        let going = seen.leaving.as_ref().map(super::seen::Leaving::outcome);
        let not_told =
            || Outcome::new(Phase::Progressing, "Applied", "the cluster has not said yet how it fares");
        going.or_else(|| seen.health.clone()).unwrap_or_else(not_told)
    }
}

/// Applies one object, if its kind is served.
async fn each(
    cluster: &Cluster,
    kind: &Result<Arc<Kind>, Error>,
    task: &Task<'_>,
    there: Option<&Seen>,
) -> Result<Seen, Error> {
    one(cluster, kind.as_ref().map_err(Clone::clone)?, task, there).await
}

/// Applies one object; how it is then.
async fn one(cluster: &Cluster, kind: &Kind, task: &Task<'_>, there: Option<&Seen>) -> Result<Seen, Error> {
    let Task { key, wish, manifest } = task;
    check_scope(kind, key)?;
    let parts = parts(cluster, key, wish, manifest)?;
    let replaces = mark::is_annotated(&parts, REPLACE);
    if replaces && there.is_some_and(|seen| seen.leaving.is_some()) {
        return Err(refusal::replacing("it is being deleted, and made again then").into());
    }
    match patch(cluster, kind, key, wish, &parts).await {
        Err(error) if replaces && refusal::is(&error, "Immutable") => {
            remove::for_replacement(cluster, kind, key, there).await?;
            Err(refusal::replacing("a field of it cannot be changed: it is deleted, and made again then")
                .into())
        }
        result => result,
    }
}

/// Only the cluster knows whether objects of a custom kind are in a namespace.
fn check_scope(kind: &Kind, key: &ObjectKey) -> Result<(), Error> {
    let words = match (kind.namespaced, key.namespace.is_empty()) {
        (true, true) => "objects of this kind are in a namespace: set metadata.namespace",
        (false, false) => "objects of this kind are in no namespace: remove metadata.namespace",
        _ => return Ok(()),
    };
    Err(refusal::build(Phase::Failed, "Invalid", words.to_owned(), false).into())
}

async fn patch(
    cluster: &Cluster,
    kind: &Kind,
    key: &ObjectKey,
    wish: &Wish,
    parts: &Parts,
) -> Result<Seen, Error> {
    let api = cluster.api(&kind.resource, &key.namespace);
    let params = params(wish);
    let patch = Patch::Apply(parts);
    if has_status(key) {
        let object = ask(api.patch(&key.name, &params, &patch)).await?;
        return Ok(Seen::whole(object, &cluster.location, key));
    }
    let metadata = cluster.metadata(&kind.resource, &key.namespace);
    let object = ask(metadata.patch(&key.name, &params, &patch)).await?;
    let seen = Seen::partial(&object, &cluster.location, key);
    if key.kind == "CustomResourceDefinition" {
        return Ok(established(&api, cluster, key).await.unwrap_or(seen));
    }
    Ok(seen)
}

/// Waits until a definition is served, for a while; how it is then.
async fn established(api: &Api<DynamicObject>, cluster: &Cluster, key: &ObjectKey) -> Option<Seen> {
    let well = |object: Option<&DynamicObject>| {
        object.is_some_and(|object| edge::health(&whole(object.clone())).is_good())
    };
    let wait = async {
        let object = await_condition(api.clone(), &key.name, well).await.ok()??;
        let definition = whole(object.clone());
        // It is established a moment before it is served.
        while !Kinds::serves(cluster, &definition).await {
            sleep(SERVE).await;
        }
        Some(Seen::whole(object, &cluster.location, key))
    };
    timeout(ESTABLISH, wait).await.ok()?
}

fn params(wish: &Wish) -> PatchParams {
    let params = PatchParams::apply(MANAGER).validation_strict();
    if wish.conflict == Conflict::Force { params.force() } else { params }
}

fn parts(cluster: &Cluster, key: &ObjectKey, wish: &Wish, manifest: &[u8]) -> Result<Parts, Error> {
    let unreadable =
        |error: serde_json::Error| Error::Manifest { object: key.clone(), reason: error.to_string() };
    marked(manifest, &cluster.location, key, wish).map_err(unreadable)
}

/// Whether applying a manifest would leave the object as it is, but for the mark.
pub async fn changes_nothing(
    cluster: &Cluster,
    kind: &Kind,
    key: &ObjectKey,
    wish: &Wish,
    manifest: &[u8],
) -> Result<bool, Error> {
    let parts = parts(cluster, key, wish, manifest)?;
    let api = cluster.api(&kind.resource, &key.namespace);
    let Some(before) = ask(api.get_opt(&key.name)).await? else { return Ok(false) };
    let params = PatchParams::apply(MANAGER).force().dry_run();
    let after = ask(api.patch(&key.name, &params, &Patch::Apply(&parts))).await?;
    Ok(said(before) == said(after))
}

/// What of an object is its own: without the account of its fields, its versions and the mark.
fn said(mut object: DynamicObject) -> Value {
    let ObjectMeta { resource_version, generation, labels, annotations, .. } = &mut object.metadata;
    (*resource_version, *generation) = (None, None);
    for map in [labels, annotations] {
        map.iter_mut().for_each(|map| map.retain(|name, _| !name.starts_with(mark::PREFIX)));
        map.take_if(|map| map.is_empty());
    }
    whole(object)
}
