//! The rows that a region lacks.

use std::collections::BTreeMap;
use std::sync::Arc;

use model::{Partial, PlacementKey, Presence, Problem, Progress};

use super::{PARTIAL_APART_MS, PlacementView, RegionView};
use crate::partial::merge;
use crate::problems::{Rank, bounded, silent};

/// Presence rows are long: this many are a batch of a few MB.
const PRESENCE_AT_ONCE: usize = 64;

/// A row to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// For the region above, `parent`; empty: the hub.
    Partial {
        parent: String,
        placement: PlacementKey,
        partial: Partial,
    },
    Presence {
        bucket: u32,
        presence: Presence,
    },
    Progress {
        bucket: u32,
        placement: PlacementKey,
        progress: Progress,
    },
}

impl RegionView {
    /// The rows that differ from what is stored and may be written now, at most `limit`. They are in flight until they
    /// are taken in by [`RegionView::set_written`], [`RegionView::set_progress`] and [`RegionView::set_presence`], or
    /// [`RegionView::rejected`].
    pub fn writes(&mut self, now: u64, limit: usize) -> Vec<Output> {
        let mut pace = std::mem::take(&mut self.partial_pace);
        let mut rows = pace.take(now, limit, |placement| self.partial_row(placement));
        self.partial_pace = pace;
        let mut pace = std::mem::take(&mut self.progress_pace);
        rows.extend(pace.take(now, limit - rows.len(), |key| self.progress_row(key)));
        self.progress_pace = pace;
        let mut pace = std::mem::take(&mut self.presence_pace);
        let left = PRESENCE_AT_ONCE.min(limit - rows.len());
        rows.extend(pace.take(now, left, |bucket| {
            let row = self.presence_row(*bucket);
            row.map(|presence| Output::Presence { bucket: *bucket, presence })
        }));
        self.presence_pace = pace;
        rows
    }

    /// More could be written at once than the last [`RegionView::writes`] gave.
    pub fn has_more(&self) -> bool {
        self.partial_pace.more() || self.progress_pace.more() || self.presence_pace.more()
    }

    /// Takes in a partial of this region as it is stored for `parent`; `None`: it is gone.
    pub fn set_written(&mut self, parent: &str, placement: &PlacementKey, partial: Option<Partial>) {
        let placement = self.placement(placement);
        let Some(view) = self.placements.get_mut(&placement) else { return };
        if view.written.get(parent) != partial.as_ref() {
            match partial {
                Some(partial) => drop(view.written.insert(parent.to_owned(), partial)),
                None => drop(view.written.remove(parent)),
            }
            self.partial_pace.mark(&placement, PARTIAL_APART_MS);
        }
    }

    /// Nothing of the last [`RegionView::writes`] was stored.
    pub fn rejected(&mut self) {
        self.partial_pace.rejected();
        self.progress_pace.rejected();
        self.presence_pace.rejected();
    }

    fn partial_row(&self, placement: &Arc<PlacementKey>) -> Option<Output> {
        let partial = self.partial(placement)?;
        let parent = &self.tree.parent;
        let stored = self.placements.get(placement).and_then(|view| view.written.get(parent));
        let row =
            |partial| Output::Partial { parent: parent.clone(), placement: (**placement).clone(), partial };
        (stored != Some(&partial)).then(|| row(partial))
    }

    /// The partial of this region and those below; `None`: nothing was decided here.
    pub fn partial(&self, placement: &PlacementKey) -> Option<Partial> {
        let view = self.placements.get(placement)?;
        let own = (!view.tally.decisions.is_empty()).then(|| self.own_partial(placement, view));
        let below = view.children.iter().filter(|(child, _)| self.tree.children.contains(*child));
        let parts: Vec<_> = own.iter().chain(below.map(|(_, partial)| partial)).collect();
        (!parts.is_empty()).then(|| merge(&parts))
    }

    fn own_partial(&self, placement: &PlacementKey, view: &PlacementView) -> Partial {
        let tally = &view.tally;
        let named = tally.ranked.iter().take_while(|(rank, _)| *rank != Rank::Awaited);
        let named = named.take(Partial::MAX_PROBLEMS);
        Partial {
            placement_uid: tally.decisions.placement_uid().to_owned(),
            rollout: tally.decisions.rollout(),
            watermark: BTreeMap::from([(self.region.clone(), tally.decisions.watermark())]),
            regions: BTreeMap::from([(self.region.clone(), tally.counts)]),
            problems: named.map(|(rank, name)| self.problem(placement, *rank, name)).collect(),
            reasons: bounded(tally.reasons.clone()),
            withdrawing: tally.withdrawing,
        }
    }

    fn problem(&self, placement: &PlacementKey, rank: Rank, name: &str) -> Problem {
        let report = self.entry(name, placement).and_then(|entry| entry.report.as_ref());
        match report {
            Some(report) if !matches!(rank, Rank::Stale | Rank::Unseen) => report.problem(name),
            _ => silent(name, rank),
        }
    }
}
