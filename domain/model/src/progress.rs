//! Where a rollout in waves has come, as its regions tell placement.

/// What the locations of one bucket have reported of a placement that is rolled out in waves. Who is not listed has not
/// reported for the rollout number that was decided for it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Progress {
    /// Empty, without groups: of no placement that is rolled out in waves (any more).
    pub placement_uid: String,
    /// Sorted by (rollout, state).
    pub groups: Vec<ProgressGroup>,
}

/// Locations that have reported the same for the same rollout number.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ProgressGroup {
    /// As it was decided for these locations, and as they have reported.
    pub rollout: u64,
    pub state: ProgressState,
    /// Sorted.
    pub locations: Vec<String>,
}

/// What a location has reported for the rollout number that was decided for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProgressState {
    /// Applied, and not healthy yet.
    Progressing,
    Healthy,
    Degraded,
    /// With conflicts.
    Failed,
    /// It has reported, and is silent now.
    Stale,
}
