//! Which objects go to which locations, and how.

use serde::{Deserialize, Serialize};

use crate::{LabelSelector, Metadata, RolloutSpec, Where};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placement {
    pub metadata: Metadata,
    pub spec: PlacementSpec,
}

/// The name of a placement across spaces.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PlacementKey {
    pub space: String,
    pub name: String,
}

impl std::fmt::Display for PlacementKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.space, self.name)
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PlacementSpec {
    /// Clauses, ORed. None: the placement takes nothing.
    #[serde(default)]
    pub what: Vec<Clause>,
    #[serde(default, rename = "where")]
    pub where_: Where,
    /// The higher one wins an object that several placements want with different content.
    #[serde(default)]
    pub priority: i32,
    /// Names of transforms in the placement's space, applied in this order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub transforms: Vec<String>,
    #[serde(default)]
    pub deletion: Deletion,
    #[serde(default)]
    pub conflict: Conflict,
    #[serde(default)]
    pub adopt: Adopt,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ignore: Vec<IgnoreRule>,
    /// Absent: every change goes everywhere at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rollout: Option<RolloutSpec>,
    /// At each location, nothing of this placement is begun there before these have come so far.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub depends_on: Vec<Dependency>,
}

/// Another placement of the same space, and how far it has to be at a location.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Dependency {
    pub placement: String,
    #[serde(default)]
    pub phase: DependencyPhase,
}

/// How far all objects of a placement have to be at a location.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum DependencyPhase {
    /// They are there as wished, healthy or not.
    Applied,
    #[default]
    Healthy,
}

/// All present tests are ANDed; inside a list, OR; an absent list means any; `"*"` alone means any. At least one
/// test must be present.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Clause {
    /// Absent: any group; "": the core group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_group: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kinds: Vec<String>,
    /// A cluster-scoped object passes only `"*"`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub namespaces: Vec<String>,
    /// Over the labels of the object's Namespace as kept at the hub; a cluster-scoped object passes only an empty one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub namespace_selectors: Vec<LabelSelector>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub object_names: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub object_selectors: Vec<LabelSelector>,
    /// Created if absent, then neither updated nor deleted while selected. ORed over all clauses that match an object.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub create_only: bool,
}

/// What happens at the edge to objects that are no longer wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Deletion {
    #[default]
    Delete,
    Orphan,
}

/// What happens to fields that others own at the edge.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Conflict {
    #[default]
    Force,
    Report,
}

/// What happens to an object that is at the edge already and that Tributary did not make.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Adopt {
    #[default]
    IfNoDiff,
    Always,
    Never,
}

/// Fields left out of what is applied, and of drift and conflicts: a `replicas` that an autoscaler owns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct IgnoreRule {
    #[serde(rename = "match")]
    pub match_: Clause,
    /// JSONPaths.
    pub paths: Vec<String>,
    #[serde(default)]
    pub when: IgnoreWhen,
}

/// When fields are left out of what is applied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum IgnoreWhen {
    #[default]
    Always,
    /// After creation: the object begins with them as they are declared.
    OnUpdate,
}
