//! The tree of regions under the hub.

use serde::{Deserialize, Serialize};

use crate::Metadata;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Region {
    pub metadata: Metadata,
    pub spec: RegionSpec,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RegionSpec {
    /// The region above; empty: a child of the hub.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub parent: String,
}
