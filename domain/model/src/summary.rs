//! What comes back: counts of locations, reduced on the way.

use std::collections::BTreeMap;

use crate::{Order, Problem};

/// Counts of locations. `healthy`, `progressing`, `degraded`, `failed`, `stale` and `missing` are disjoint and add up
/// to `expected`; `offline` is a flag over the last two; `reported` and `updated` leave out silent locations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub expected: u64,
    pub reported: u64,
    pub updated: u64,
    pub healthy: u64,
    pub progressing: u64,
    pub degraded: u64,
    pub failed: u64,
    pub stale: u64,
    pub missing: u64,
    pub offline: u64,
}

impl Counts {
    /// Nobody who is there is still waited for.
    pub fn is_settled(&self) -> bool {
        self.progressing == 0 && self.missing + self.stale == self.offline
    }

    /// How far what was decided last has come.
    pub fn completion(&self) -> Completion {
        if self.is_settled() {
            Completion::Settled
        } else if self.updated + self.offline >= self.expected {
            Completion::Updated
        } else {
            Completion::Moving
        }
    }
}

/// How far a rollout has come, as people wait for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Completion {
    Moving,
    /// Everybody who is there has what was decided; some of it is not healthy yet, and may never be.
    Updated,
    /// Nobody who is there is still waited for.
    Settled,
}

/// The placement collector over a subtree of regions: an absolute value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Partial {
    pub placement_uid: String,
    /// The highest rollout number among the decisions counted.
    pub rollout: u64,
    /// For each region of the subtree, the highest sequence among the decision rows counted.
    pub watermark: BTreeMap<String, u64>,
    /// The subtree's regions, each with its own locations.
    pub regions: BTreeMap<String, Counts>,
    /// Locations that are not healthy, worst first; at most [`Partial::MAX_PROBLEMS`].
    pub problems: Vec<Problem>,
    /// Failed locations by reason; at most [`Partial::MAX_REASONS`], the rest under `Other`.
    pub reasons: BTreeMap<String, u64>,
    /// What is failed or degraded at heard locations, the worst object of each; at most [`Partial::MAX_FAILURES`], the rest
    /// under `Other`.
    pub failures: BTreeMap<Failure, FailedAt>,
    /// Locations that have still to confirm a withdrawal.
    pub withdrawing: u64,
}

/// What is wrong with an object, in the same words at however many locations.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Failure {
    /// As [`crate::ObjectKey`] displays.
    pub object: String,
    pub reason: String,
    pub message: String,
}

/// Where a failure is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FailedAt {
    pub locations: u64,
    /// The first by name; at most [`Partial::MAX_EXAMPLES`].
    pub examples: Vec<String>,
}

impl Partial {
    pub const MAX_PROBLEMS: usize = 20;
    pub const MAX_REASONS: usize = 16;
    pub const MAX_FAILURES: usize = 16;
    pub const MAX_EXAMPLES: usize = 3;

    /// That of the region that is least far.
    pub fn completion(&self) -> Completion {
        self.regions.values().map(Counts::completion).min().unwrap_or(Completion::Settled)
    }
}

/// What users see of a placement.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    pub partial: Partial,
    pub total: Counts,
    /// Milliseconds since the Unix epoch, by the hub's clock.
    pub as_of_time: u64,
    /// Regions that have not yet counted the current decisions, or that are not summarized now: what is not known of their
    /// locations is in `missing` and `stale`.
    pub behind: Vec<String>,
}

/// What is known of the locations of a bucket, by location.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Presence {
    pub locations: BTreeMap<String, LocationPresence>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LocationPresence {
    /// Seconds since the Unix epoch by the hub's clock; whole minutes while it is online.
    pub last_seen: u64,
    pub connection: Connection,
    pub agent_version: String,
    pub order: Order,
    /// Milliseconds between its heartbeats, as it last said; 0: not known.
    pub period_ms: u32,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Connection {
    #[default]
    NeverSeen,
    Online,
    Offline,
}
