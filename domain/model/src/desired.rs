//! All that one location should run.

use std::sync::Arc;

use bytes::Bytes;

use crate::{Adopt, Bundle, Conflict, Deletion, Dependency, Digest, PlacementKey};

/// The document of one location.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Desired {
    pub order: Order,
    /// Sorted by placement key.
    pub placements: Vec<DesiredPlacement>,
    /// The location belongs to this region now: keep everything running, prune nothing, subscribe there.
    pub moved_to_region: Option<String>,
}

/// The order of a location's documents; it never goes back at an agent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Order {
    pub epoch: u64,
    pub revision: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DesiredPlacement {
    pub placement_uid: String,
    pub placement: PlacementKey,
    pub rollout: u64,
    pub priority: i32,
    /// The placement's age: milliseconds since the Unix epoch.
    pub create_time: u64,
    /// The blob with the Bundle of what does not depend on the location.
    pub shared: Option<Digest>,
    /// What depends on it.
    pub own: Own,
    pub deletion: Deletion,
    pub conflict: Conflict,
    pub adopt: Adopt,
    pub depends_on: Vec<Dependency>,
    /// A way to `shared` that spares a fetch. It says nothing about what should be.
    pub patch: Option<Arc<Patch>>,
}

/// How one content follows from another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Patch {
    pub base: Digest,
    pub data: Bytes,
}

/// A location's own part of a placement.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Own {
    /// Nothing depends on the location.
    #[default]
    None,
    Inline(Bundle),
    /// The Bundle, made short with the template in the shared bundle. All its objects are inside.
    Framed(Bytes),
    /// The blob with the Bundle.
    Blob(Digest),
}
