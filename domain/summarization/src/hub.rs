//! Summarization at the hub: the partials of the top regions against what was decided, as one summary per placement.
//!
//! The hub knows by the decision rows how many locations each region has to count. A region that has not counted them
//! yet, or that nobody summarizes, is named as behind, and what it has not counted is missing: nothing counts by being
//! late.

mod bounds;
mod expectation;
mod lapse;
mod regions;
mod summarize;

use std::collections::BTreeMap;
use std::sync::Arc;

use model::{Completion, Decision, Partial, PlacementKey, Rollout, Summary};

use crate::Table;
use crate::pace::Pace;
use expectation::Expectation;
use lapse::Lapses;
use regions::Regions;

/// A summary of a busy placement is written this often, in milliseconds.
const SUMMARY_APART_MS: u64 = 250;

/// All that the hub needs to summarize. One owner; every change goes through its methods.
#[derive(Clone, Debug, Default)]
pub struct HubView {
    regions: Regions,
    lapses: Lapses,
    placements: BTreeMap<Arc<PlacementKey>, PlacementView>,
    /// By [`model::unit`]: each has its own batches.
    paces: BTreeMap<u32, Pace<Arc<PlacementKey>>>,
}

/// One placement: what was decided by region, what came back from the top regions, and what is stored.
#[derive(Clone, Debug, Default)]
struct PlacementView {
    expected: BTreeMap<String, Expectation>,
    partials: BTreeMap<String, Partial>,
    announced: Option<Announced>,
    written: Option<Summary>,
}

/// What a rollout row tells: also of a placement that has chosen nothing, of which there are no decision rows.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Announced {
    seq: u64,
    uid: String,
    rollout: u64,
}

impl HubView {
    /// Takes in a region of the tree with the region above it, empty for the hub; `None`: it is gone.
    pub fn set_region(&mut self, region: &str, parent: Option<&str>) {
        if self.regions.set(region, parent) {
            self.change_all(|_| {});
        }
    }

    /// Takes in a decision row of any region; `None`: it is gone. An older row than the known one changes nothing.
    pub fn set_decision(
        &mut self,
        region: &str,
        bucket: u32,
        placement: &PlacementKey,
        row: Option<&Decision>,
        seq: u64,
    ) {
        self.change(placement, |view| {
            view.expected.entry(region.to_owned()).or_default().set(bucket, row, seq);
        });
    }

    /// Takes in a row of rollouts; `None`: it is gone. A placement has a summary from then on, also if it chooses nothing.
    pub fn set_rollout(&mut self, placement: &PlacementKey, row: Option<&Rollout>, seq: u64) {
        let announced = row.map(|row| Announced { seq, uid: row.placement_uid.clone(), rollout: row.number });
        self.change(placement, |view| view.announced = announced);
    }

    /// Takes in that the lease of a region's summarization was renewed, or seen for the first time.
    pub fn set_lease(&mut self, region: &str, duration_ms: u64, now: u64) {
        if self.lapses.renew(region, duration_ms, now) {
            self.change_all(|_| {});
        }
    }

    /// Time has passed: regions whose leases have lapsed are heard no more.
    pub fn tick(&mut self, now: u64) {
        if self.lapses.tick(now) {
            self.change_all(|_| {});
        }
    }

    /// Takes in a partial for the hub; `None`: it is gone. One of a region that is not right below the hub is kept, and
    /// counts when it is.
    pub fn set_partial(&mut self, child: &str, placement: &PlacementKey, partial: Option<Partial>) {
        let known = self.placements.get(placement).and_then(|view| view.partials.get(child));
        // Between two rollouts that end soon after each other, what had begun may never have been told.
        let reached = |partial: &Partial| (partial.rollout, partial.completion());
        let next = partial.as_ref().map(reached).filter(|(_, stage)| *stage > Completion::Moving);
        let rises = next > known.map(reached);
        let key = self.change(placement, |view| match partial {
            Some(partial) => drop(view.partials.insert(child.to_owned(), partial)),
            None => drop(view.partials.remove(child)),
        });
        // How far a rollout has come is what people wait for.
        self.mark(&key, if rises { 0 } else { SUMMARY_APART_MS });
    }

    /// Takes in a summary as it is stored; `None`: it is gone.
    pub fn set_written(&mut self, placement: &PlacementKey, summary: Option<Summary>) {
        let known = self.placements.get(placement).and_then(|view| view.written.as_ref());
        if known != summary.as_ref() {
            self.change(placement, |view| view.written = summary);
        }
    }

    /// The summaries of `unit` that differ from what is stored and may be written now, at most `limit`. They are in
    /// flight until they are taken in by [`HubView::set_written`], or [`HubView::rejected`].
    pub fn writes(&mut self, unit: u32, now: u64, limit: usize) -> Vec<(PlacementKey, Summary)> {
        let mut pace = self.paces.remove(&unit).unwrap_or_default();
        let rows = pace.take(now, limit, |placement| self.row(placement, now));
        self.paces.insert(unit, pace);
        rows
    }

    /// More of `unit` could be written at once than the last [`HubView::writes`] gave.
    pub fn has_more(&self, unit: u32) -> bool {
        self.paces.get(&unit).is_some_and(Pace::more)
    }

    /// Nothing of the last [`HubView::writes`] of `unit` was stored.
    pub fn rejected(&mut self, unit: u32) {
        self.paces.entry(unit).or_default().rejected();
    }

    /// The summary of `placement` as of `now`; `None`: nothing was ever decided for it.
    pub fn summary(&self, placement: &PlacementKey, now: u64) -> Option<Summary> {
        let view = self.placements.get(placement)?;
        summarize::summarize(&self.regions, &self.lapses, view, now)
    }

    /// Forgets the rows of a table, which are read again. Nothing is written before all are there.
    pub fn forget(&mut self, table: Table) {
        match table {
            Table::Locations => self.regions = Regions::default(),
            Table::Decisions => self.change_all(|view| {
                view.expected.clear();
                view.announced = None;
            }),
            Table::Partials => self.change_all(|view| view.partials.clear()),
            Table::Summaries => self.change_all(|view| view.written = None),
            Table::Statuses => {}
        }
    }

    /// The time of a summary is that of its content: one that says the same is not written again.
    fn row(&self, placement: &Arc<PlacementKey>, now: u64) -> Option<(PlacementKey, Summary)> {
        let summary = self.summary(placement, now)?;
        let written = self.placements.get(placement).and_then(|view| view.written.as_ref());
        let same = written.is_some_and(|written| Summary { as_of_time: now, ..written.clone() } == summary);
        (!same).then(|| ((**placement).clone(), summary))
    }

    fn change(
        &mut self,
        placement: &PlacementKey,
        change: impl FnOnce(&mut PlacementView),
    ) -> Arc<PlacementKey> {
        let known = self.placements.get_key_value(placement).map(|(key, _)| key.clone());
        let key = known.unwrap_or_else(|| Arc::new(placement.clone()));
        change(self.placements.entry(key.clone()).or_default());
        self.mark(&key, SUMMARY_APART_MS);
        key
    }

    fn change_all(&mut self, change: impl Fn(&mut PlacementView)) {
        self.placements.values_mut().for_each(change);
        let placements: Vec<_> = self.placements.keys().cloned().collect();
        placements.iter().for_each(|placement| self.mark(placement, SUMMARY_APART_MS));
    }

    fn mark(&mut self, placement: &Arc<PlacementKey>, apart: u64) {
        self.paces.entry(model::unit(placement)).or_default().mark(placement, apart);
    }
}
