//! A cluster or a device: where objects go.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Metadata;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    pub metadata: Metadata,
    pub spec: LocationSpec,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LocationSpec {
    /// The region it belongs to now; it may change while everything keeps running.
    pub region: String,
    /// For customisation: read as `location.properties.NAME` in expressions.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub properties: BTreeMap<String, String>,
    /// Kubernetes quantities by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub capacity: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub taints: Vec<Taint>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Taint {
    pub key: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub value: String,
    pub effect: TaintEffect,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum TaintEffect {
    NoSelect,
    NoSelectIfNew,
    PreferNoSelect,
}
