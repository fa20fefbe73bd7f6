//! What applying would make of an object, told by the API server itself: it knows defaults, how values are written, and
//! what webhooks change. What others own counts as taken over: whether it may be is another question.

use edge::Wish;
use kube::api::{DynamicObject, Patch, PatchParams};
use kube::core::ObjectMeta;
use model::ObjectKey;
use serde_json::Value;

use super::Kubernetes;
use super::cluster::{Cluster, MANAGER, ask, fetch};
use super::kinds::Kind;
use super::seen::whole;
use super::terms::Terms;
use super::{apply, mark};
use crate::Error;
use crate::sink::Task;

impl Kubernetes {
    /// The object as it would be.
    pub(super) async fn dry_run(&mut self, task: &Task<'_>) -> Result<DynamicObject, Error> {
        let Task { key, wish, manifest } = task;
        let kind = self.kinds.find(&key.group, &wish.object.version, &key.kind).await?;
        let over = apply::over(&self.cluster, &kind, key, self.terms.get(key)).await?;
        rehearsed(&self.cluster, &kind, (key, wish), manifest, over).await
    }
}

/// Whether applying would leave an object as it is, but for the mark.
pub async fn changes_nothing(
    cluster: &Cluster,
    kind: &Kind,
    (key, wish): (&ObjectKey, &Wish),
    manifest: &[u8],
    terms: Option<&Terms>,
) -> Result<bool, Error> {
    let Some(before) = fetch(cluster, kind, key).await? else { return Ok(false) };
    let over = terms.map(|terms| (terms, before.clone()));
    let after = rehearsed(cluster, kind, (key, wish), manifest, over).await?;
    Ok(said(before) == said(after))
}

async fn rehearsed(
    cluster: &Cluster,
    kind: &Kind,
    (key, wish): (&ObjectKey, &Wish),
    manifest: &[u8],
    over: Option<(&Terms, DynamicObject)>,
) -> Result<DynamicObject, Error> {
    let parts = apply::parts(cluster, (key, wish), manifest, over)?;
    let params = PatchParams::apply(MANAGER).validation_strict().force().dry_run();
    let api = cluster.api(&kind.resource, &key.namespace);
    ask(api.patch(&key.name, &params, &Patch::Apply(&parts))).await
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
