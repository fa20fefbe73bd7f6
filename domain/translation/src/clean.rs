//! Built-in cleaning: what the API server of the cluster that an object came from has added to it.
//!
//! Decided on the manifest alone, by kind; what is left means the same in every cluster.

mod cluster_role;
mod job;
mod service;
mod service_account;

use serde_json::{Map, Value};

/// Fields of `metadata` that belong to one cluster.
const METADATA: [&str; 8] = [
    "managedFields",
    "generation",
    "ownerReferences",
    "selfLink",
    "resourceVersion",
    "uid",
    "creationTimestamp",
    "deletionTimestamp",
];

/// Removes from `manifest` what only its former cluster gave it. Doing it twice changes nothing more.
pub fn clean(manifest: &mut Value) {
    let Some(object) = manifest.as_object_mut() else { return };
    object.remove("status");
    if let Some(metadata) = map_mut(object, "metadata") {
        clean_metadata(metadata);
    }
    match kind(object) {
        ("", "Service") => service::clean(object),
        ("batch", "Job") => job::clean(object),
        ("rbac.authorization.k8s.io", "ClusterRole") => cluster_role::clean(object),
        ("", "ServiceAccount") => service_account::clean(object),
        _ => {}
    }
}

fn clean_metadata(metadata: &mut Map<String, Value>) {
    for field in METADATA {
        metadata.remove(field);
    }
    if metadata.contains_key("name") {
        metadata.remove("generateName");
    }
    if let Some(annotations) = map_mut(metadata, "annotations") {
        annotations.remove("kubectl.kubernetes.io/last-applied-configuration");
        if annotations.is_empty() {
            metadata.remove("annotations");
        }
    }
}

/// Group and kind.
fn kind(object: &Map<String, Value>) -> (&str, &str) {
    let text = |field| object.get(field).and_then(Value::as_str).unwrap_or_default();
    let group = text("apiVersion").split_once('/').map_or("", |(group, _)| group);
    (group, text("kind"))
}

fn map_mut<'a>(object: &'a mut Map<String, Value>, field: &str) -> Option<&'a mut Map<String, Value>> {
    object.get_mut(field)?.as_object_mut()
}

#[cfg(test)]
mod tests;
