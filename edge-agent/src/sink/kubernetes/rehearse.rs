//! What applying would make of an object, told by the API server itself: it knows defaults, how values are written, and
//! what webhooks change.

use kube::api::{DynamicObject, Patch, PatchParams};
use model::ObjectKey;
use serde_json::Value;

use super::Kubernetes;
use super::cluster::{MANAGER, ask};
use super::mark::marked;
use crate::Error;
use crate::sink::Task;

impl Kubernetes {
    /// The object as it would be. What others own counts as taken over: whether it may be is another question.
    pub(super) async fn dry_run(&mut self, task: &Task<'_>) -> Result<DynamicObject, Error> {
        let Task { key, wish, manifest } = task;
        let kind = self.kinds.find(&key.group, &wish.object.version, &key.kind).await?;
        let unreadable = |error: serde_json::Error| Error::Manifest {
            object: ObjectKey::clone(key),
            reason: error.to_string(),
        };
        let api = self.cluster.api(&kind.resource, &key.namespace);
        let mut value: Value = serde_json::from_slice(manifest).map_err(unreadable)?;
        if let (Some(terms), Some(before)) = (self.terms.get(key), ask(api.get_opt(&key.name)).await?) {
            terms.leave_out(&mut value, before);
        }
        let manifest = value.to_string();
        let parts = marked(manifest.as_bytes(), &self.cluster.location, key, wish).map_err(unreadable)?;
        let params = PatchParams::apply(MANAGER).validation_strict().force().dry_run();
        ask(api.patch(&key.name, &params, &Patch::Apply(&parts))).await
    }
}

/// The whole object, with the account of its fields.
pub fn json(object: DynamicObject) -> Vec<u8> {
    let DynamicObject { types, metadata, mut data } = object;
    data["metadata"] = serde_json::to_value(metadata).unwrap_or_default();
    if let (Some(types), Value::Object(fields)) = (types, &mut data) {
        fields.insert("apiVersion".to_owned(), types.api_version.into());
        fields.insert("kind".to_owned(), types.kind.into());
    }
    data.to_string().into_bytes()
}
