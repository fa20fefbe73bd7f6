//! What a step is decided on, and what it decides.

use std::cmp::Ordering;

use model::{Digest, Rollout, RolloutControlSpec, RolloutSpec};
use roaring::RoaringBitmap;

/// All that a step is decided on.
#[derive(Clone, Copy)]
#[expect(missing_debug_implementations, reason = "an order is a function")]
pub struct Input<'a> {
    /// `None`: everywhere at once.
    pub spec: Option<&'a RolloutSpec>,
    pub uid: &'a str,
    /// As it is stored; `None`: the placement is new.
    pub before: Option<&'a Rollout>,
    /// The release that the placement's own content gives.
    pub wanted: Digest,
    /// Of whichever rollout.
    pub control: Option<&'a RolloutControlSpec>,
    pub verdicts: &'a [Verdict],
    /// Milliseconds since the Unix epoch.
    pub now_ms: u64,
    pub fleet: Fleet<'a>,
}

/// The locations, by handle.
#[derive(Clone, Copy)]
#[expect(missing_debug_implementations, reason = "an order is a function")]
pub struct Fleet<'a> {
    /// What the placement has chosen.
    pub chosen: &'a RoaringBitmap,
    /// These by wave, as [`super::assign`] says. Without a spec: none.
    pub waves: &'a [RoaringBitmap],
    /// What is decided, as it is stored.
    pub held: &'a [Held],
    /// What is known of those who hold a release.
    pub reports: &'a [Report],
    /// Known to be offline, or never seen.
    pub silent: &'a RoaringBitmap,
    /// Of whom nobody can tell anything now: they are left alone, and their wave does not pass by that.
    pub unknown: &'a RoaringBitmap,
    /// Outside of their windows.
    pub closed: &'a RoaringBitmap,
    /// When the first of their windows opens, in milliseconds since the Unix epoch; 0: nobody knows.
    pub opens_ms: u64,
    pub order: Order<'a>,
}

/// The order in which locations are moved: by a hash of the name, then by the name, so that it is the same on every replica.
pub type Order<'a> = &'a dyn Fn(u32, u32) -> Ordering;

/// Locations that hold the same, as their decision rows say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Held {
    pub release: Digest,
    pub number: u64,
    pub wave: u32,
    /// See [`model::DecisionGroup::former`].
    pub former: Option<Digest>,
    pub locations: RoaringBitmap,
}

/// What locations have reported of a number, whoever holds it. `healthy`, `degraded` and `failed` are disjoint, and all
/// of them are in `updated`, or failed on the way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    pub number: u64,
    pub updated: RoaringBitmap,
    pub healthy: RoaringBitmap,
    pub degraded: RoaringBitmap,
    pub failed: RoaringBitmap,
}

/// What a gate has said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Any number of the rollout.
    pub number: u64,
    pub wave: String,
    pub gate: u32,
    /// When it was asked, in milliseconds since the Unix epoch.
    pub asked_ms: u64,
    pub allowed: bool,
    pub reason: String,
}

/// What follows.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// The state to be stored: before any move, or with them. Of what is not about the progress of the rollout it says what
    /// it said before.
    pub rollout: Rollout,
    pub moves: Vec<Move>,
    /// Gates to be asked now.
    pub asks: Vec<Ask>,
    /// When it must be looked at again although nothing has happened, in milliseconds since the Unix epoch; now: as soon as
    /// this is stored.
    pub wake_ms: Option<u64>,
}

/// Locations whose decision changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Move {
    pub why: Why,
    /// `None`: they are to have nothing.
    pub release: Option<Digest>,
    pub number: u64,
    pub wave: u32,
    pub former: Option<Digest>,
    pub locations: RoaringBitmap,
}

/// Why a decision changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// They get the release that goes out.
    Sent,
    /// They were silent on their way to a release, and are to have what they had before.
    SetBack,
    /// They are not chosen any more.
    Withdrawn,
}

/// A gate that decides next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    /// The first of the rollout.
    pub number: u64,
    /// By its name: others may be declared before it until the gate has answered.
    pub wave: String,
    pub gate: u32,
}
