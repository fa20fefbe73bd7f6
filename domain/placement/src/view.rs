//! What placement has folded, and what each event makes it look at again.

mod declare;
mod feedback;
mod forget;
mod tidy;

pub use feedback::Asked;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use model::{Decision, PlacementKey, Release, Resource, ResourceKey, Rollout};

use crate::answers::Answers;
use crate::feedback::Attendance;
use crate::inventory::Inventory;
use crate::rows::{Origin, Row};
use crate::space::Space;
use crate::state::{State, States};

/// All that decisions depend on, and the decisions that are stored.
///
/// Events may come in any order; what is computed from them is put off until [`View::place`] asks for it. A change of
/// one location is tested against every placement at once, which is what keeps the rest untouched.
#[derive(Debug)]
pub struct View {
    pub(crate) encode: fn(&Release) -> Vec<u8>,
    pub(crate) inventory: Inventory,
    pub(crate) answers: Answers,
    pub(crate) attendance: Attendance,
    pub(crate) spaces: BTreeMap<String, Space>,
    pub(crate) placements: States,
    /// Placements to be looked at.
    pub(crate) dirty: BTreeSet<PlacementKey>,
    /// By unit, the placements that its last outcome was about.
    pub(crate) in_flight: BTreeMap<u32, Vec<PlacementKey>>,
    /// Spaces about which nothing may be decided now.
    pub(crate) held: BTreeSet<String>,
    /// A placement was declared anew, or is gone.
    is_untidy: bool,
    cause: Option<Arc<str>>,
}

impl View {
    /// An empty view. `encode` gives the bytes by whose digest a release is named.
    pub fn new(encode: fn(&Release) -> Vec<u8>) -> Self {
        Self {
            encode,
            inventory: Inventory::default(),
            answers: Answers::default(),
            attendance: Attendance::default(),
            spaces: BTreeMap::new(),
            placements: States::new(),
            dirty: BTreeSet::new(),
            in_flight: BTreeMap::new(),
            held: BTreeSet::new(),
            is_untidy: false,
            cause: None,
        }
    }

    /// Puts off all decisions about these spaces, and about no others: something of theirs is declared but not known
    /// yet, and to decide without it would be to withdraw it.
    pub fn hold(&mut self, spaces: BTreeSet<String>) {
        self.held = spaces;
    }

    /// Takes in a row of `intent` or `locations`; `None`: it is deleted. `cause` comes back with what follows from it.
    pub fn set_resource(&mut self, key: &ResourceKey, resource: Option<Resource>, cause: Option<&str>) {
        self.cause = cause.map(Arc::from);
        match resource {
            Some(Resource { metadata, spec }) => self.declare(key, &metadata, spec),
            None => self.remove(key),
        }
    }

    /// Takes in a row of decisions, or that there is none (any more).
    pub fn set_decision(
        &mut self,
        region: &str,
        bucket: u32,
        placement: &PlacementKey,
        decision: Option<&Decision>,
        seq: u64,
    ) {
        let region = self.inventory.regions.intern(region);
        let state = self.placements.entry(placement.clone()).or_default();
        if state.rows.is_known(region, bucket, seq) {
            return;
        }
        let row = decision.map(|decision| Row::of(decision, &mut self.inventory));
        let sent = state.sent.remove(&(region, bucket));
        if sent.is_none() || sent != row {
            state.marks.cells.insert((region, bucket));
        }
        let origin = if sent.is_some() { Origin::Written } else { Origin::Found };
        if sent != row {
            // Somebody else has decided: the rows say what is held.
            state.rolling.reset();
        }
        state.rows.set(region, bucket, row, seq, origin, &mut self.inventory.burden);
        state.mark_arriving();
        self.dirty.insert(placement.clone());
    }

    /// Takes in a row of rollouts.
    pub fn set_rollout(&mut self, placement: &PlacementKey, rollout: Option<Rollout>) {
        let state = self.placements.entry(placement.clone()).or_default();
        if state.rollout != rollout {
            if state.rolling.next != rollout {
                state.rolling.reset();
            }
            state.rollout = rollout;
            self.dirty.insert(placement.clone());
        }
    }

    /// The last outcome of a unit was not stored: what it held must be looked at again.
    pub fn rejected(&mut self, unit: u32) {
        for placement in self.in_flight.remove(&unit).unwrap_or_default() {
            if let Some(state) = self.placements.get_mut(&placement) {
                state.marks.cells.extend(std::mem::take(&mut state.sent).into_keys());
            }
            self.dirty.insert(placement);
        }
    }

    /// A placement with what is known of it.
    pub(crate) fn state(&self, placement: &PlacementKey) -> Option<&State> {
        self.placements.get(placement)
    }
}
