//! Server-side apply.

use std::sync::Arc;
use std::time::Duration;

use edge::{Outcome, Wish};
use futures::{FutureExt as _, StreamExt as _, stream};
use kube::api::{Api, DynamicObject, Patch, PatchParams};
use kube::runtime::wait::await_condition;
use model::{Conflict, ObjectKey, Phase};
use tokio::time::{sleep, timeout};

use super::cluster::{Cluster, MANAGER, ask, fetch};
use super::kinds::{Kind, Kinds};
use super::look::ABREAST;
use super::mark::{self, Parts, marked};
use super::seen::{Seen, whole};
use super::terms::Terms;
use super::{Kubernetes, refusal, remove};
use crate::Error;
use crate::sink::{Applied, Task};
use crate::timing;

/// Objects that have it are deleted and made again where a field cannot be changed.
const REPLACE: &str = "tributary.dev/replace";
/// How long what follows waits for a definition to be served.
const ESTABLISH: Duration = Duration::from_secs(10);
/// Between two looks whether it is: a server that has large ones to take up needs seconds for it.
const SERVE: Duration = Duration::from_millis(50);
const SERVE_LONGEST: Duration = Duration::from_millis(500);

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
        for (at, (kind, task)) in found.iter().enumerate() {
            applying.push(each(self.known(task.key), kind, task).map(move |result| (at, result)));
        }
        // A slow one holds up nobody.
        let mut results: Vec<_> = stream::iter(applying).buffer_unordered(ABREAST).collect().await;
        results.sort_unstable_by_key(|(at, _)| *at);
        if results.iter().any(|(_, result)| result.is_err()) {
            // What was there may have gone, as a namespace that somebody else had made.
            self.strangers.clear();
        }
        let applied = found.iter().zip(results);
        applied.map(|((_, task), (_, result))| result.map(|seen| self.applied(task, seen))).collect()
    }

    pub(super) async fn apply_one(&mut self, task: Task<'_>) -> Result<Applied, Error> {
        let kind = self.kinds.find(&task.key.group, &task.wish.object.version, &task.key.kind).await?;
        let seen = one(self.known(task.key), &kind, &task).await?;
        Ok(self.applied(&task, seen))
    }

    fn known(&self, key: &ObjectKey) -> Known<'_> {
        Known { cluster: &self.cluster, there: self.seen.get(key), terms: self.terms.get(key) }
    }

    /// What the answer told is known from now on.
    fn applied(&mut self, Task { key, wish, .. }: &Task<'_>, seen: Seen) -> Applied {
        let receipt = seen.receipt(edge::fields::ignored(&wish.object.ignore));
        self.finished.remove(&***key);
        self.note(ObjectKey::clone(key), seen);
        Applied { outcome: self.told(key), receipt }
    }

    /// How an object fares by what has been told of it.
    pub(super) fn told(&self, key: &ObjectKey) -> Outcome {
        self.seen.get(key).map_or_else(vanished, Seen::outcome)
    }
}

/// How an object fares that is gone, and nothing has told so yet.
pub fn vanished() -> Outcome {
    Outcome::new(Phase::Progressing, "Vanished", "it was there a moment ago")
}

/// What is known of an object that is to be applied.
struct Known<'a> {
    cluster: &'a Cluster,
    there: Option<&'a Seen>,
    terms: Option<&'a Terms>,
}

/// Applies one object, if its kind is served.
async fn each(known: Known<'_>, kind: &Result<Arc<Kind>, Error>, task: &Task<'_>) -> Result<Seen, Error> {
    one(known, kind.as_ref().map_err(Clone::clone)?, task).await
}

/// Applies one object; how it is then.
async fn one(known: Known<'_>, kind: &Kind, task: &Task<'_>) -> Result<Seen, Error> {
    let Known { cluster, there, terms } = known;
    let Task { key, wish, manifest } = task;
    check_scope(kind, key)?;
    let over = over(cluster, kind, key, terms).await?;
    let parts = parts(cluster, (key, wish), manifest, over)?;
    let replaces = mark::is_annotated(&parts, REPLACE);
    if replaces && there.is_some_and(|seen| seen.leaving.is_some()) {
        return Err(refusal::replacing("it is being deleted, and made again then").into());
    }
    match patch(cluster, kind, key, (wish, terms), &parts).await {
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
    (wish, terms): (&Wish, Option<&Terms>),
    parts: &Parts,
) -> Result<Seen, Error> {
    let api = cluster.api(&kind.resource, &key.namespace);
    let params = params(wish);
    let patch = Patch::Apply(parts);
    if has_status(key) {
        let object = ask(api.patch(&key.name, &params, &patch)).await?;
        return Ok(Seen::whole(object, &cluster.location, key, terms));
    }
    let metadata = cluster.metadata(&kind.resource, &key.namespace);
    let object = ask(metadata.patch(&key.name, &params, &patch)).await?;
    let seen = Seen::partial(&object, &cluster.location, key, terms);
    if key.kind == "CustomResourceDefinition" {
        return Ok(established(&api, cluster, key, terms).await.unwrap_or(seen));
    }
    Ok(seen)
}

/// Waits until a definition is served, for a while; how it is then.
async fn established(
    api: &Api<DynamicObject>,
    cluster: &Cluster,
    key: &ObjectKey,
    terms: Option<&Terms>,
) -> Option<Seen> {
    let well = |object: Option<&DynamicObject>| {
        object.is_some_and(|object| edge::health(&whole(object.clone())).is_good())
    };
    let wait = async {
        let object = await_condition(api.clone(), &key.name, well).await.ok()??;
        let definition = whole(object.clone());
        // It is established a moment before it is served.
        let mut looks = 0;
        while !Kinds::serves(cluster, &definition).await {
            sleep(timing::backoff(SERVE, SERVE_LONGEST, looks)).await;
            looks += 1;
        }
        Some(Seen::whole(object, &cluster.location, key, terms))
    };
    timeout(ESTABLISH, wait).await.ok()?
}

fn params(wish: &Wish) -> PatchParams {
    let params = PatchParams::apply(MANAGER).validation_strict();
    if wish.conflict == Conflict::Force { params.force() } else { params }
}

/// The object that is there, where what is applied depends on it, and the terms on it.
pub async fn over<'a>(
    cluster: &Cluster,
    kind: &Kind,
    key: &ObjectKey,
    terms: Option<&'a Terms>,
) -> Result<Option<(&'a Terms, DynamicObject)>, Error> {
    let Some(terms) = terms.filter(|terms| terms.depends()) else { return Ok(None) };
    Ok(fetch(cluster, kind, key).await?.map(|live| (terms, live)))
}

/// What is applied of a manifest. `over`: an object that is there, and the terms on it; what they ignore is left out.
///
/// # Errors
/// The manifest cannot be read.
pub fn parts(
    cluster: &Cluster,
    (key, wish): (&ObjectKey, &Wish),
    manifest: &[u8],
    over: Option<(&Terms, DynamicObject)>,
) -> Result<Parts, Error> {
    let made = || -> serde_json::Result<Parts> {
        let Some((terms, live)) = over else { return marked(manifest, &cluster.location, key, wish) };
        let mut value = serde_json::from_slice(manifest)?;
        terms.leave_out(&mut value, live);
        marked(value.to_string().as_bytes(), &cluster.location, key, wish)
    };
    made().map_err(|error| Error::Manifest { object: key.clone(), reason: error.to_string() })
}
