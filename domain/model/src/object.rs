//! A Kubernetes object kept as data.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What an object is at an edge: two manifests with the same key are the same object there.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ObjectKey {
    /// "" for the core group.
    pub group: String,
    pub kind: String,
    /// "" for a cluster-scoped object.
    #[serde(default)]
    pub namespace: String,
    pub name: String,
}

impl fmt::Display for ObjectKey {
    /// `Deployment.apps shop/cart`, `Namespace shop`: what people read in errors and tables.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.kind)?;
        if !self.group.is_empty() {
            write!(f, ".{}", self.group)?;
        }
        f.write_str(" ")?;
        if !self.namespace.is_empty() {
            write!(f, "{}/", self.namespace)?;
        }
        f.write_str(&self.name)
    }
}

/// A Kubernetes object: its key, its version and the whole manifest.
///
/// The manifest is a JSON value with sorted keys, so that equal objects have equal bytes.
#[derive(Clone, Debug, PartialEq)]
pub struct Object {
    pub key: ObjectKey,
    /// `v1`, `v1beta1`: the part of `apiVersion` after the group.
    pub version: String,
    pub manifest: Value,
}

impl Object {
    /// Canonical bytes: compact JSON, keys sorted. What digests are made of.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.manifest.to_string().into_bytes()
    }

    /// A label of the manifest's metadata.
    pub fn label(&self, name: &str) -> Option<&str> {
        self.manifest.pointer("/metadata/labels")?.get(name)?.as_str()
    }

    /// An annotation of the manifest's metadata.
    pub fn annotation(&self, name: &str) -> Option<&str> {
        self.manifest.pointer("/metadata/annotations")?.get(name)?.as_str()
    }
}
