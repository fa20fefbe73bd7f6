//! Summarization of one region: rows in, partials, presence and progress out.
//!
//! ```text
//!   decision --.                                      .--> partial   (placement)
//!   status   --+--> standing of (location, placement) +
//!   alive    --'         |            regions below --'
//!                        '--> asks    locations ---------> presence  (bucket)
//! ```
//!
//! The order of rows does not matter, nor does a row that comes twice: what counts is a function of the newest rows
//! and of who is silent. Time is what the caller says.

mod asks;
mod forget;
mod presence;
mod progress;
mod tree;
mod write;

use std::collections::BTreeMap;
use std::sync::Arc;

use model::{Decision, Heartbeat, Partial, PlacementKey, Status};

use crate::buckets::Buckets;
use crate::decided::Names;
use crate::interner::Interner;
use crate::location::{Entry, Location};
use crate::pace::Pace;
use crate::silence::Timers;
use crate::tally::Tally;
use crate::{Report, Silence};
use asks::Checks;
use tree::Tree;
pub use write::Output;

/// A partial of a busy placement is written this often, in milliseconds: what people see as at once.
const PARTIAL_APART_MS: u64 = 250;

/// What the operator can choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The heartbeat period of agents that have not told theirs yet, in milliseconds.
    pub usual_period_ms: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { usual_period_ms: 60_000 }
    }
}

impl Settings {
    /// The period that an agent has told, 0 if it has not.
    fn period_ms(&self, told: u32) -> u64 {
        match u64::from(told) {
            0 => self.usual_period_ms,
            told => told,
        }
    }
}

/// All that is known of one region. One owner; every change goes through its methods.
#[derive(Clone, Debug)]
pub struct RegionView {
    region: String,
    settings: Settings,
    tree: Tree,
    now: u64,
    locations: BTreeMap<Arc<str>, Location>,
    placements: BTreeMap<Arc<PlacementKey>, PlacementView>,
    shared: Interner,
    timers: Timers,
    checks: Checks,
    buckets: Buckets,
    partial_pace: Pace<Arc<PlacementKey>>,
    presence_pace: Pace<u32>,
    progress_pace: Pace<(Arc<PlacementKey>, u32)>,
}

/// One placement: what this region's own locations sum up to, the regions below, and what is stored.
#[derive(Clone, Debug, Default)]
struct PlacementView {
    tally: Tally,
    /// By region; only those count that are right below this one now.
    children: BTreeMap<String, Partial>,
    /// By the region above that it was written for.
    written: BTreeMap<String, Partial>,
    progress: progress::Stored,
}

impl RegionView {
    /// Nothing known yet; `now` is the time of start, in milliseconds since the Unix epoch.
    pub fn new(region: &str, settings: Settings, now: u64) -> Self {
        Self {
            region: region.to_owned(),
            settings,
            tree: Tree::default(),
            now,
            locations: BTreeMap::new(),
            placements: BTreeMap::new(),
            shared: Interner::default(),
            timers: Timers::default(),
            checks: Checks::default(),
            buckets: Buckets::default(),
            partial_pace: Pace::default(),
            presence_pace: Pace::default(),
            progress_pace: Pace::default(),
        }
    }

    /// Takes in a decision row of this region; `None`: it is gone. An older row than the known one changes nothing.
    pub fn set_decision(&mut self, bucket: u32, placement: &PlacementKey, row: Option<&Decision>, seq: u64) {
        let placement = self.placement(placement);
        let listed = row.map(|decision| (decision, self.names(decision)));
        let Some(view) = self.placements.get_mut(&placement) else { return };
        if view.tally.decisions.is_newer(bucket, seq) {
            return;
        }
        let affected = view.tally.decide(bucket, listed, seq);
        affected.iter().for_each(|name| self.refresh(name, &placement, |_| {}));
        self.mark_decided(bucket, &placement);
        self.partial_pace.mark(&placement, PARTIAL_APART_MS);
    }

    /// Takes in a status row; `None`: it is gone. Whether it changed anything: a row replaces only an older one.
    pub fn set_status(&mut self, location: &str, placement: &PlacementKey, row: Option<Status>) -> bool {
        let name = self.location(location);
        let placement = self.placement(placement);
        let known = self.entry(location, &placement).and_then(|entry| entry.report.as_ref());
        let known = known.map(|report| report.order);
        if row.as_ref().map(|row| row.report) <= known && row.is_some() == known.is_some() {
            return false;
        }
        let report = row.map(|row| {
            let uid = self.shared.intern(&row.placement_uid);
            Box::new(Report::new(row, uid))
        });
        self.refresh(&name, &placement, |entry| entry.report = report);
        self.mark_reported(location, &placement);
        if let Some(location) = self.locations.get_mut(location) {
            location.reports += 1;
        }
        true
    }

    /// Takes in a sign of life. Whether a resend is needed is known a little later: see [`RegionView::take_asks`].
    pub fn heartbeat(&mut self, location: &str, heartbeat: &Heartbeat, now: u64) {
        let name = self.location(location);
        let version = self.shared.intern(&heartbeat.agent_version);
        let period = self.settings.period_ms(heartbeat.period_ms);
        let Some(location) = self.locations.get_mut(&name) else { return };
        let was = location.silence;
        location.hear(heartbeat, version, period, now);
        self.set_timer(&name);
        if was == Silence::Silent {
            self.silence_changed(&name);
        }
        self.mark_presence(&name);
        self.check_digest(&name, heartbeat.status_digest, now);
    }

    /// Takes in a partial that another region has written for this one; `None`: it is gone. It counts while that region is
    /// right below.
    pub fn set_child_partial(&mut self, child: &str, placement: &PlacementKey, partial: Option<Partial>) {
        let placement = self.placement(placement);
        let Some(view) = self.placements.get_mut(&placement) else { return };
        match partial {
            Some(partial) => drop(view.children.insert(child.to_owned(), partial)),
            None => drop(view.children.remove(child)),
        }
        self.partial_pace.mark(&placement, PARTIAL_APART_MS);
    }

    /// Time has passed: who was not heard is silent now.
    pub fn tick(&mut self, now: u64) {
        self.now = now;
        for name in self.timers.expired(now) {
            self.timer_fired(&name);
        }
        self.settle_checks(now);
    }

    fn timer_fired(&mut self, name: &Arc<str>) {
        let Some(location) = self.locations.get_mut(name) else { return };
        location.timed = false;
        if location.deadline > self.now {
            return self.set_timer(name);
        }
        location.silence = Silence::Silent;
        self.silence_changed(name);
        self.mark_presence(name);
    }

    fn set_timer(&mut self, name: &Arc<str>) {
        if let Some(location) = self.locations.get_mut(name).filter(|location| !location.timed) {
            location.timed = true;
            self.timers.set(location.deadline, name.clone());
        }
    }

    fn silence_changed(&mut self, name: &Arc<str>) {
        let placements = self.locations.get(name).map(Location::placements).unwrap_or_default();
        for placement in placements {
            self.refresh(name, &placement, |_| {});
            self.mark_reported(name, &placement);
        }
    }

    /// Takes the location out of the placement's sums, lets `change` happen, and puts it in again as it stands then.
    fn refresh(&mut self, name: &Arc<str>, placement: &Arc<PlacementKey>, change: impl FnOnce(&mut Entry)) {
        let (Some(location), Some(view)) = (self.locations.get_mut(name), self.placements.get_mut(placement))
        else {
            return;
        };
        let (silence, resident) = (location.silence, location.resident);
        let entry = location.entry_mut(placement);
        let before = view.tally.counts.completion();
        view.tally.exclude(name, entry.standing, entry.report.as_deref());
        change(entry);
        entry.standing = view.tally.standing(name, entry.report.as_deref(), silence, resident);
        view.tally.include(name, entry.standing, entry.report.as_deref());
        location.tidy(placement);
        // How far a rollout has come is what people wait for.
        let rises = before < view.tally.counts.completion();
        self.partial_pace.mark(placement, if rises { 0 } else { PARTIAL_APART_MS });
    }

    /// The decision's locations with the indices of their groups, each name kept once.
    fn names(&mut self, decision: &Decision) -> Names {
        let groups = decision.groups.iter().zip(0..);
        let listed = groups.flat_map(|(group, index)| group.locations.iter().map(move |name| (name, index)));
        listed.map(|(name, index)| (self.location(name), index)).collect()
    }

    fn location(&mut self, name: &str) -> Arc<str> {
        if let Some((name, _)) = self.locations.get_key_value(name) {
            return name.clone();
        }
        let (name, unknown) = (Arc::<str>::from(name), self.shared.intern(""));
        self.locations.insert(name.clone(), Location::new(unknown));
        name
    }

    fn placement(&mut self, key: &PlacementKey) -> Arc<PlacementKey> {
        if let Some((key, _)) = self.placements.get_key_value(key) {
            return key.clone();
        }
        let key = Arc::new(key.clone());
        self.placements.insert(key.clone(), PlacementView::default());
        key
    }

    pub(crate) fn entry(&self, location: &str, placement: &PlacementKey) -> Option<&Entry> {
        self.locations.get(location)?.entry(placement)
    }

    /// The locations after one, or only `alone`.
    pub(crate) fn locations_after<'a>(
        &'a self,
        after: &str,
        alone: &'a str,
    ) -> impl Iterator<Item = (&'a Arc<str>, &'a Location)> {
        use std::ops::Bound::{Excluded, Included, Unbounded};
        let range =
            if alone.is_empty() { (Excluded(after), Unbounded) } else { (Included(alone), Included(alone)) };
        self.locations.range::<str, _>(range)
    }
}
