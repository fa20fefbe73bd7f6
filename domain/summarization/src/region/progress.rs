//! Where locations stand with placements that are rolled out in waves, for placement.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;

use model::{PlacementKey, Progress, ProgressGroup, ProgressState};

use super::{Output, RegionView};
use crate::State;
use crate::tally::Standing;

/// A row about which something was reported is written this often, in milliseconds: the next step of a rollout waits for it.
const REPORTED_APART_MS: u64 = 25;
/// A row that only says less, because something new was decided: whoever decided it knows.
const DECIDED_APART_MS: u64 = 1_000;

/// Progress rows as they are stored, by bucket: of those that say anything, a hash of what they say. Rows are long, and are
/// only compared.
pub type Stored = BTreeMap<u32, u64>;

impl RegionView {
    /// Takes in a progress row of this region as it is stored; `None`: it is gone.
    pub fn set_progress(&mut self, bucket: u32, placement: &PlacementKey, row: Option<&Progress>) {
        let placement = self.placement(placement);
        let Some(view) = self.placements.get_mut(&placement) else { return };
        match row.filter(|row| !row.groups.is_empty()) {
            Some(row) => _ = view.progress.insert(bucket, hash(row)),
            None => _ = view.progress.remove(&bucket),
        }
        self.progress_pace.mark(&(placement, bucket), DECIDED_APART_MS);
    }

    /// A location has reported, or is heard or silent now.
    pub(super) fn mark_reported(&mut self, location: &str, placement: &Arc<PlacementKey>) {
        let Some(view) = self.placements.get(placement) else { return };
        if let Some(bucket) = view.tally.decisions.staged_bucket(location) {
            self.progress_pace.mark(&(placement.clone(), bucket), REPORTED_APART_MS);
        }
    }

    /// A row of decisions has come.
    pub(super) fn mark_decided(&mut self, bucket: u32, placement: &Arc<PlacementKey>) {
        let Some(view) = self.placements.get(placement) else { return };
        if view.tally.decisions.is_staged(bucket) || view.progress.contains_key(&bucket) {
            self.progress_pace.mark(&(placement.clone(), bucket), DECIDED_APART_MS);
        }
    }

    /// The row as it should be; `None`: it is stored like that.
    pub(super) fn progress_row(&self, (placement, bucket): &(Arc<PlacementKey>, u32)) -> Option<Output> {
        let view = self.placements.get(placement)?;
        let progress = self.progress(placement, *bucket);
        let wanted = (!progress.groups.is_empty()).then(|| hash(&progress));
        let row = || Output::Progress { bucket: *bucket, placement: (**placement).clone(), progress };
        (view.progress.get(bucket) != wanted.as_ref()).then(row)
    }

    fn progress(&self, placement: &Arc<PlacementKey>, bucket: u32) -> Progress {
        let Some(view) = self.placements.get(placement) else { return Progress::default() };
        let mut groups: BTreeMap<(u64, ProgressState), Vec<String>> = BTreeMap::new();
        for (location, rollout) in view.tally.decisions.staged(bucket) {
            let standing = self.entry(location, placement).map(|entry| entry.standing);
            if let Some(state) = standing.and_then(state) {
                groups.entry((rollout, state)).or_default().push(location.to_string());
            }
        }
        if groups.is_empty() {
            return Progress::default();
        }
        let group = |((rollout, state), locations)| ProgressGroup { rollout, state, locations };
        let placement_uid = view.tally.decisions.placement_uid().to_owned();
        Progress { placement_uid, groups: groups.into_iter().map(group).collect() }
    }
}

/// `None`: it has not reported for the rollout number that was decided for it.
fn state(standing: Standing) -> Option<ProgressState> {
    match standing.contribution()?.state {
        State::Healthy => Some(ProgressState::Healthy),
        State::Progressing => Some(ProgressState::Progressing),
        State::Degraded => Some(ProgressState::Degraded),
        State::Failed => Some(ProgressState::Failed),
        State::Stale => Some(ProgressState::Stale),
        State::Missing => None,
    }
}

fn hash(row: &Progress) -> u64 {
    let mut hasher = DefaultHasher::new();
    row.hash(&mut hasher);
    hasher.finish()
}
