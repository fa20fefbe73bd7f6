//! What every resource carries beside its spec.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Identity, labels and the hub's bookkeeping. Users set the first four fields; the gateway sets the rest and
/// ignores what a user writes there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Metadata {
    pub name: String,
    /// The tenant; empty for regions and locations, which belong to the hub.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub space: String,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
    /// Given once at creation; a resource deleted and created again has another.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub uid: String,
    /// Raised by changes of the spec only.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub generation: u64,
    /// Opaque; for optimistic concurrency (in truth the sequence of the row in its stream).
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub resource_version: String,
    /// Milliseconds since the Unix epoch; RFC 3339 in manifests.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub create_time: u64,
    /// Milliseconds since the Unix epoch; zero while nobody has asked for deletion.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub deletion_timestamp: u64,
    /// The set that it was last applied with, as `space/name`; empty: none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub set: String,
}

fn is_zero(value: &u64) -> bool {
    *value == 0
}

/// What names a resource at the hub, and the row of `intent` or `locations` that holds it.
///
/// `group` is "" for the core group; `space` is empty for regions and locations; `namespace` is empty for
/// Tributary's own kinds and for cluster-scoped objects.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ResourceKey {
    pub space: String,
    pub group: String,
    pub kind: String,
    pub namespace: String,
    pub name: String,
}
