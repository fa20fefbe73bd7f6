//! The snapshot that a placement moves.

use crate::{
    Adopt, Conflict, Deletion, Dependency, Digest, HealthRuleSpec, IgnoreRule, ObjectKey, TransformSpec,
};

/// An immutable snapshot of what a placement wants, named by the digest of its encoded bytes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Release {
    /// Sorted by key.
    pub objects: Vec<ReleaseObject>,
    /// In the order of application.
    pub transforms: Vec<NamedTransform>,
    pub priority: i32,
    pub deletion: Deletion,
    pub conflict: Conflict,
    pub adopt: Adopt,
    pub ignore: Vec<IgnoreRule>,
    pub depends_on: Vec<Dependency>,
    /// The first that matches an object is for it.
    pub health: Vec<HealthRuleSpec>,
}

/// An object of a release, by the digest of its source manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReleaseObject {
    pub key: ObjectKey,
    pub version: String,
    pub source: Digest,
    pub create_only: bool,
}

/// A transform with the name that errors tell.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedTransform {
    pub name: String,
    pub spec: TransformSpec,
}
