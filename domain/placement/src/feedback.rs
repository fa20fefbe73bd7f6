//! What comes back of locations, as bitmaps: who is there, and who has what. Decides nothing.

use std::collections::BTreeMap;

use model::{Connection, Presence, Progress, ProgressGroup, ProgressState};
use roaring::RoaringBitmap;

use crate::names::Names;
use crate::rollout::Report;

/// Who is there, by the rows of presence.
#[derive(Debug, Default)]
pub(crate) struct Attendance {
    /// By region and bucket.
    rows: BTreeMap<(u32, u32), Seen>,
    /// Known to be offline, or never seen.
    pub silent: RoaringBitmap,
    /// Of whom anything is known.
    pub known: RoaringBitmap,
}

#[derive(Debug, Default)]
struct Seen {
    silent: RoaringBitmap,
    all: RoaringBitmap,
}

impl Attendance {
    /// Takes in a row, or that there is none; those of whom something else is known now.
    ///
    /// A location on the move is in the rows of two regions: the last that was told counts.
    pub fn set(&mut self, at: (u32, u32), presence: Option<&Presence>, names: &mut Names) -> RoaringBitmap {
        let mut seen = Seen::default();
        for (name, location) in presence.iter().flat_map(|presence| &presence.locations) {
            let handle = names.intern(name);
            seen.all.insert(handle);
            if location.connection != Connection::Online {
                seen.silent.insert(handle);
            }
        }
        let before = self.rows.remove(&at).unwrap_or_default();
        let changed = (&before.all ^ &seen.all) | (&before.silent ^ &seen.silent);
        let gone = &before.all - &seen.all;
        self.forget(&gone);
        self.known |= &seen.all;
        self.silent = (&self.silent - &seen.all) | &seen.silent;
        if !seen.all.is_empty() {
            self.rows.insert(at, seen);
        }
        changed
    }

    /// Forgets what a row does not tell any more, unless another one does: the region where it is now may have told first.
    fn forget(&mut self, gone: &RoaringBitmap) {
        self.known -= gone;
        self.silent -= gone;
        if gone.is_empty() {
            return;
        }
        for elsewhere in self.rows.values() {
            self.known |= &elsewhere.all & gone;
            self.silent |= &elsewhere.silent & gone;
        }
    }
}

/// What is reported of one placement, by the rows of progress.
#[derive(Debug, Default)]
pub(crate) struct Feedback {
    /// By region and bucket.
    rows: BTreeMap<(u32, u32), (String, Vec<Report>)>,
}

impl Feedback {
    /// Takes in a row, or that there is none.
    pub fn set(&mut self, at: (u32, u32), progress: Option<&Progress>, names: &mut Names) {
        let Some(progress) = progress else {
            self.rows.remove(&at);
            return;
        };
        let mut reports: BTreeMap<u64, Report> = BTreeMap::new();
        for ProgressGroup { rollout: number, state, locations } in &progress.groups {
            let locations = locations.iter().map(|name| names.intern(name)).collect();
            let report = Report { number: *number, ..Report::default() };
            take(reports.entry(*number).or_insert(report), *state, &locations);
        }
        self.rows.insert(at, (progress.placement_uid.clone(), reports.into_values().collect()));
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// All of it by number. What is about another placement of this name is about nothing.
    pub fn reports(&self, uid: &str) -> Vec<Report> {
        let mut all: BTreeMap<u64, Report> = BTreeMap::new();
        let about = self.rows.values().filter(|(about, _)| about == uid);
        for report in about.flat_map(|(_, reports)| reports) {
            let number = report.number;
            let sum = all.entry(number).or_insert_with(|| Report { number, ..Report::default() });
            sum.updated |= &report.updated;
            sum.healthy |= &report.healthy;
            sum.degraded |= &report.degraded;
            sum.failed |= &report.failed;
        }
        all.into_values().collect()
    }
}

/// These locations have reported that. Who has failed may have failed on the way.
fn take(report: &mut Report, state: ProgressState, locations: &RoaringBitmap) {
    match state {
        ProgressState::Progressing | ProgressState::Stale => {}
        ProgressState::Healthy => report.healthy |= locations,
        ProgressState::Degraded => report.degraded |= locations,
        ProgressState::Failed => report.failed |= locations,
    }
    if state != ProgressState::Failed {
        report.updated |= locations;
    }
}
