//! What one placement wants at this location, and how it stands against others.

use std::sync::Arc;

use model::{Adopt, BundleObject, Conflict, Deletion, Dependency, PlacementKey};

use crate::Owner;

/// One placement of the location's document with the objects of its bundles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    pub owner: Owner,
    pub rollout: u64,
    pub priority: i32,
    /// The placement's age: milliseconds since the Unix epoch.
    pub create_time: u64,
    pub deletion: Deletion,
    pub conflict: Conflict,
    pub adopt: Adopt,
    /// Of the same space: nothing is begun before these have come so far here.
    pub depends_on: Vec<Dependency>,
    pub objects: Claimed,
}

/// The objects of a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claimed {
    /// Each key once, in order.
    Known(Vec<Arc<BundleObject>>),
    /// A bundle is not here yet: nothing that this placement applied may be touched for the sake of a weaker one,
    /// and nothing of it is pruned.
    Unknown(crate::Outcome),
}

/// How a placement stands where several want one object: the smaller wins. The higher priority, then the older
/// placement, then the smaller `space/name`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Standing {
    priority: std::cmp::Reverse<i32>,
    create_time: u64,
    placement: PlacementKey,
}

impl Claim {
    /// See [`Standing`].
    pub fn standing(&self) -> Standing {
        Standing {
            priority: std::cmp::Reverse(self.priority),
            create_time: self.create_time,
            placement: self.owner.placement.clone(),
        }
    }
}

impl Standing {
    /// Whose it is.
    pub fn placement(&self) -> &PlacementKey {
        &self.placement
    }
}
