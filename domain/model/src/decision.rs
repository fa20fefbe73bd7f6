//! What placement has decided.

use crate::{Digest, RolloutProgress};

/// The locations of one bucket of a region that a placement has chosen.
///
/// Without groups it is an instruction: nothing here. A row that is not there says nothing at all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decision {
    pub placement_uid: String,
    /// Milliseconds since the Unix epoch.
    pub placement_create_time: u64,
    /// This region and placement have 2 to this power buckets.
    pub bucket_bits: u32,
    /// Sorted by (rollout, release, wave, arriving from, former).
    pub groups: Vec<DecisionGroup>,
}

/// Locations that share release, rollout number, wave, the regions that they are arriving from and the release before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DecisionGroup {
    pub release: Digest,
    pub rollout: u64,
    /// Counted from one; zero: the placement is not rolled out in waves.
    pub wave: u32,
    /// Regions that may still count these locations, sorted. Until they have let go, this region does not count them:
    /// they are rendered here, and missing here for the hub. Empty: counted here.
    pub arriving_from: Vec<String>,
    /// The release that they had before, for whoever has to be set back to it; `None`: none. Where it is `release` itself,
    /// they have been set back.
    pub former: Option<Digest>,
    /// Sorted.
    pub locations: Vec<String>,
}

impl Decision {
    /// Whether its placement is rolled out in waves, so that what locations report is told to placement.
    pub fn is_staged(&self) -> bool {
        self.groups.iter().any(|group| group.wave > 0)
    }

    /// How many locations it has chosen, arriving ones included.
    pub fn location_count(&self) -> usize {
        self.groups.iter().map(|group| group.locations.len()).sum()
    }
}

/// The state of a placement: what it selects, under which rollout number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rollout {
    pub placement_uid: String,
    /// The generation of the placement that this is the state of.
    pub generation: u64,
    /// Raised by every change of the release, undo included; the first is 1.
    pub number: u64,
    pub release: Digest,
    pub object_count: u32,
    pub location_count: u64,
    /// What is selected but cannot travel, and why; bounded.
    pub problems: Vec<Problem>,
    /// Newest last, bounded.
    pub history: Vec<RolloutStep>,
    /// The placement is deleted; the row goes when all locations have confirmed.
    pub withdrawn: bool,
    /// `None`: it has no `spec.rollout`, and went everywhere at once.
    pub progress: Option<RolloutProgress>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RolloutStep {
    pub number: u64,
    pub release: Digest,
    /// Milliseconds since the Unix epoch.
    pub time: u64,
    pub reason: String,
}

/// Something that does not work, where, and why. Ordered worst first by whoever lists several.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// Empty: not of one location.
    pub location: String,
    /// As [`crate::ObjectKey`] displays; empty: not of one object.
    pub object: String,
    /// Stable, in CamelCase, for counting.
    pub reason: String,
    pub message: String,
}
