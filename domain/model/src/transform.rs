//! Changes that a placement makes to objects on their way to a location.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Clause, Metadata};

#[derive(Clone, Debug, PartialEq)]
pub struct Transform {
    pub metadata: Metadata,
    pub spec: TransformSpec,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TransformSpec {
    /// Which objects. Absent: all objects of the placements that list this transform. Present on a transform that no
    /// placement lists: it applies to the objects of every placement of its space.
    #[serde(default, rename = "match", skip_serializing_if = "Option::is_none")]
    pub match_: Option<Clause>,
    /// CEL over `location`; empty: always.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub when: String,
    /// Applied in this order.
    pub operations: Vec<Operation>,
}

/// One operation; exactly one key names it in YAML: `remove: $.a.b`, `set: {path: $.a, value: 1}`, `mergePatch: {…}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum Operation {
    /// A JSONPath; removing what is not there is not an error.
    Remove(String),
    /// Creates missing maps, never array elements. String leaves of `value` may hold `${CEL}`.
    Set {
        path: String,
        value: Value,
    },
    /// RFC 7386. String leaves may hold `${CEL}`.
    MergePatch(Value),
    /// RFC 6902: a list of its operations. String leaves may hold `${CEL}`.
    JsonPatch(Value),
    Image(ImageOperation),
}

/// The parts of container images that change; empty ones stay. All but the name may hold `${CEL}`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ImageOperation {
    /// The container's name; empty: all containers.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub container: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub registry: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub repository: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub tag: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub digest: String,
}
