//! What placement has folded, and what each event makes it look at again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use model::{
    API_GROUP, Decision, Metadata, ObjectKey, PlacementKey, PlacementSpec, Presence, Progress, Release,
    Resource, ResourceKey, Rollout, RolloutControlSpec, Spec,
};

use crate::condition::Asked;
use crate::feedback::Attendance;
use crate::inventory::{Change, Inventory};
use crate::rollout::{Ask, Verdict};
use crate::rows::{Origin, Row};
use crate::space::{Claim, Space, Touched};
use crate::state::{Declared, State, States};

/// All that decisions depend on, and the decisions that are stored.
///
/// Events may come in any order; what is computed from them is put off until [`View::place`] asks for it. A change of
/// one location is tested against every placement at once, which is what keeps the rest untouched.
#[derive(Debug)]
pub struct View {
    pub(crate) encode: fn(&Release) -> Vec<u8>,
    pub(crate) inventory: Inventory,
    pub(crate) attendance: Attendance,
    pub(crate) spaces: BTreeMap<String, Space>,
    pub(crate) placements: States,
    /// Placements to be looked at.
    pub(crate) dirty: BTreeSet<PlacementKey>,
    /// By unit, the placements that its last outcome was about.
    pub(crate) in_flight: BTreeMap<u32, Vec<PlacementKey>>,
    /// Spaces about which nothing may be decided now.
    pub(crate) held: BTreeSet<String>,
    cause: Option<Arc<str>>,
}

impl View {
    /// An empty view. `encode` gives the bytes by whose digest a release is named.
    pub fn new(encode: fn(&Release) -> Vec<u8>) -> Self {
        Self {
            encode,
            inventory: Inventory::default(),
            attendance: Attendance::default(),
            spaces: BTreeMap::new(),
            placements: States::new(),
            dirty: BTreeSet::new(),
            in_flight: BTreeMap::new(),
            held: BTreeSet::new(),
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

    /// Takes in a row of presence, or that there is none.
    pub fn set_presence(&mut self, region: &str, bucket: u32, presence: Option<&Presence>) {
        let region = self.inventory.regions.intern(region);
        let changed = self.attendance.set((region, bucket), presence, &mut self.inventory.names);
        for (key, state) in &self.placements {
            if state.is_rolling() && state.chosen().is_some_and(|chosen| !chosen.is_disjoint(&changed)) {
                self.dirty.insert(key.clone());
            }
        }
    }

    /// Puts what has been waited for long enough up to be looked at again; when the next of it will be.
    pub fn wake(&mut self, now_ms: u64) -> Option<u64> {
        let waits = |(key, state): (&PlacementKey, &State)| Some((state.rolling.wake_ms?, key.clone()));
        let waiting: Vec<_> = self.placements.iter().filter_map(waits).collect();
        let due = waiting.iter().filter(|(time, _)| *time <= now_ms);
        self.dirty.extend(due.map(|(_, key)| key.clone()));
        waiting.iter().map(|(time, _)| *time).filter(|time| *time > now_ms).min()
    }

    /// The gates that are to be asked now.
    pub fn asks(&self) -> impl Iterator<Item = (&PlacementKey, &Ask)> {
        self.placements.iter().flat_map(|(key, state)| state.rolling.asks.iter().map(move |ask| (key, ask)))
    }

    /// Takes in what a gate has said.
    pub fn set_verdict(&mut self, placement: &PlacementKey, verdict: Verdict) {
        let Some(state) = self.placements.get_mut(placement) else { return };
        state.rolling.hear(verdict);
        self.dirty.insert(placement.clone());
    }

    /// Takes in a row of progress, or that there is none.
    pub fn set_progress(
        &mut self,
        region: &str,
        bucket: u32,
        placement: &PlacementKey,
        progress: Option<&Progress>,
    ) {
        let region = self.inventory.regions.intern(region);
        let state = self.placements.entry(placement.clone()).or_default();
        state.rolling.feedback.set((region, bucket), progress, &mut self.inventory.names);
        self.dirty.insert(placement.clone());
    }

    /// Takes in up to which sequence a placement's summary has counted each region's decisions.
    pub fn set_summary_watermark(
        &mut self,
        placement: &PlacementKey,
        watermark: &BTreeMap<String, u64>,
        cause: Option<&str>,
    ) {
        let state = self.placements.entry(placement.clone()).or_default();
        for (region, seq) in watermark {
            state.rows.set_watermark(self.inventory.regions.intern(region), *seq);
        }
        // Of a placement that is gone: to be forgotten again.
        if state.mark_arriving() || state.is_vacant() {
            state.cause = cause.map(Arc::from);
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

    /// Forgets all that `intent` said, before it is read again.
    pub fn forget_intent(&mut self) {
        self.cause = None;
        self.placements.values_mut().for_each(|state| state.rolling.control = None);
        for (space, held) in std::mem::take(&mut self.spaces) {
            for name in held.placements() {
                self.undeclare(&space, name);
            }
        }
    }

    /// Forgets all locations and regions, before they are read again.
    pub fn forget_locations(&mut self) {
        self.cause = None;
        for name in self.inventory.all() {
            self.remove_location(&name);
        }
        self.inventory.regions.undeclare_all();
        self.regions_changed();
    }

    /// Forgets all stored decisions and rollouts, before they are read again.
    pub fn forget_decisions(&mut self) {
        self.inventory.burden.clear();
        for (key, state) in &mut self.placements {
            state.rows.clear();
            state.rolling.reset();
            state.rollout = None;
            state.target = None;
            self.dirty.insert(key.clone());
        }
    }

    fn declare(&mut self, key: &ResourceKey, metadata: &Metadata, spec: Spec) {
        match spec {
            Spec::Region(spec) => self.set_region(&key.name, Some(spec.parent)),
            Spec::Location(spec) => {
                let change = self.inventory.set(metadata, &spec);
                self.location_changed(&change);
            }
            Spec::Placement(spec) if metadata.deletion_timestamp == 0 => {
                self.declare_placement(&key.space, metadata, spec);
            }
            Spec::Placement(_) => self.remove(key),
            Spec::Transform(spec) => {
                let touched = self.space(&key.space).set_transform(&key.name, Some(spec));
                self.releases_changed(&key.space, touched);
            }
            Spec::HealthRule(spec) => {
                let touched = self.space(&key.space).set_health_rule(&key.name, Some(spec));
                self.releases_changed(&key.space, touched);
            }
            Spec::RolloutControl(spec) => self.set_control(key, Some(spec)),
            Spec::Workload(object) => {
                let touched = self.space(&key.space).set_object(object);
                self.releases_changed(&key.space, touched);
            }
        }
    }

    fn remove(&mut self, key: &ResourceKey) {
        match (key.group.as_str(), key.kind.as_str()) {
            (API_GROUP, "Region") => self.set_region(&key.name, None),
            (API_GROUP, "Location") => self.remove_location(&key.name),
            (API_GROUP, "Placement") => {
                let touched = self.space(&key.space).set_claim(&key.name, None);
                self.releases_changed(&key.space, touched);
                self.undeclare(&key.space, &key.name);
            }
            (API_GROUP, "Transform") => {
                let touched = self.space(&key.space).set_transform(&key.name, None);
                self.releases_changed(&key.space, touched);
            }
            (API_GROUP, "RolloutControl") => self.set_control(key, None),
            (API_GROUP, "HealthRule") => {
                let touched = self.space(&key.space).set_health_rule(&key.name, None);
                self.releases_changed(&key.space, touched);
            }
            _ => {
                let touched = self.space(&key.space).remove_object(&object_key(key));
                self.releases_changed(&key.space, touched);
            }
        }
    }

    fn declare_placement(&mut self, space: &str, metadata: &Metadata, spec: PlacementSpec) {
        let claim = Claim { what: spec.what.clone(), transforms: spec.transforms.clone() };
        let touched = self.space(space).set_claim(&metadata.name, Some(claim));
        self.releases_changed(space, touched);
        let key = PlacementKey { space: space.to_owned(), name: metadata.name.clone() };
        let state = self.placements.entry(key.clone()).or_default();
        state.declared = Some(Declared {
            uid: metadata.uid.clone(),
            generation: metadata.generation,
            create_time: metadata.create_time,
            spec,
        });
        state.selection = None;
        state.candidate = None;
        state.cause.clone_from(&self.cause);
        self.dirty.insert(key);
    }

    fn set_control(&mut self, key: &ResourceKey, control: Option<RolloutControlSpec>) {
        let key = PlacementKey { space: key.space.clone(), name: key.name.clone() };
        let state = self.placements.entry(key.clone()).or_default();
        state.rolling.control = control;
        state.cause.clone_from(&self.cause);
        self.dirty.insert(key);
    }

    fn undeclare(&mut self, space: &str, name: &str) {
        let key = PlacementKey { space: space.to_owned(), name: name.to_owned() };
        let Some(state) = self.placements.get_mut(&key) else { return };
        state.declared = None;
        state.selection = None;
        state.candidate = None;
        state.cause.clone_from(&self.cause);
        self.dirty.insert(key);
    }

    fn set_region(&mut self, name: &str, parent: Option<String>) {
        let number = self.inventory.regions.intern(name);
        let region = self.inventory.regions.get_mut(number);
        if region.parent != parent {
            region.parent = parent;
            self.regions_changed();
        }
    }

    /// Subtrees may hold other regions now. Rare, so that they are computed anew.
    fn regions_changed(&mut self) {
        for (key, state) in &mut self.placements {
            if state.declared.as_ref().is_some_and(|declared| !declared.spec.where_.regions.is_empty()) {
                state.selection = None;
                state.cause.clone_from(&self.cause);
                self.dirty.insert(key.clone());
            }
        }
    }

    fn remove_location(&mut self, name: &str) {
        if let Some(change) = self.inventory.remove(name) {
            self.location_changed(&change);
        }
    }

    fn location_changed(&mut self, change: &Change) {
        let mut asked = Asked::default();
        for (key, state) in &mut self.placements {
            if state.location_changed(&self.inventory, change, &mut asked) {
                state.cause.clone_from(&self.cause);
                self.dirty.insert(key.clone());
            }
        }
    }

    fn releases_changed(&mut self, space: &str, touched: Touched) {
        for name in touched {
            let key = PlacementKey { space: space.to_owned(), name };
            if let Some(state) = self.placements.get_mut(&key) {
                state.candidate = None;
                state.cause.clone_from(&self.cause);
                self.dirty.insert(key);
            }
        }
    }

    fn space(&mut self, name: &str) -> &mut Space {
        self.spaces.entry(name.to_owned()).or_default()
    }

    /// A placement with what is known of it.
    pub(crate) fn state(&self, placement: &PlacementKey) -> Option<&State> {
        self.placements.get(placement)
    }
}

fn object_key(key: &ResourceKey) -> ObjectKey {
    ObjectKey {
        group: key.group.clone(),
        kind: key.kind.clone(),
        namespace: key.namespace.clone(),
        name: key.name.clone(),
    }
}
