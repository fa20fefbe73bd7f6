//! Anything that can be applied.

use crate::{
    API_GROUP, HealthRuleSpec, LocationSpec, Metadata, Object, PlacementSpec, RegionSpec, ResourceKey,
    RolloutControlSpec, TransformSpec,
};

/// One applied document.
#[derive(Clone, Debug, PartialEq)]
pub struct Resource {
    /// For a workload object: the hub's bookkeeping (space, uid, generation); its labels are in the manifest.
    pub metadata: Metadata,
    pub spec: Spec,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Spec {
    Region(RegionSpec),
    Location(LocationSpec),
    Placement(PlacementSpec),
    Transform(TransformSpec),
    HealthRule(HealthRuleSpec),
    RolloutControl(RolloutControlSpec),
    Workload(Object),
}

impl Spec {
    /// The kind as users write it.
    pub fn kind(&self) -> &str {
        match self {
            Self::Region(_) => "Region",
            Self::Location(_) => "Location",
            Self::Placement(_) => "Placement",
            Self::Transform(_) => "Transform",
            Self::HealthRule(_) => "HealthRule",
            Self::RolloutControl(_) => "RolloutControl",
            Self::Workload(object) => &object.key.kind,
        }
    }
}

impl Resource {
    /// The key under which it is stored.
    pub fn key(&self) -> ResourceKey {
        let (group, namespace) = match &self.spec {
            Spec::Workload(object) => (object.key.group.clone(), object.key.namespace.clone()),
            _ => (API_GROUP.to_owned(), String::new()),
        };
        ResourceKey {
            space: self.metadata.space.clone(),
            group,
            kind: self.spec.kind().to_owned(),
            namespace,
            name: self.metadata.name.clone(),
        }
    }
}
