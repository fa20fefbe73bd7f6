//! How far placement is: what its decisions account for, and whether a change of them is whole.

use std::collections::{BTreeMap, BTreeSet};

use model::UNITS;

use super::Name;

/// What ends each pass of a unit of placement that changed its rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mark {
    /// The sequence of the locations' table that the unit's rows account for.
    pub locations: u64,
    /// The mark's own sequence, in the stream of the decisions.
    pub seq: u64,
}

/// Region and location.
type Site = (Name, Name);

#[derive(Debug, Default)]
pub struct Progress {
    marks: BTreeMap<u32, Mark>,
    /// Who waits until all units account for a sequence of locations.
    joining: BTreeMap<u64, BTreeSet<Site>>,
    /// Who waits for the next mark of a unit.
    leaving: BTreeMap<u32, BTreeSet<Site>>,
}

impl Progress {
    /// The sequence of locations that all decisions account for; `None`: not all units have told.
    pub fn locations(&self) -> Option<u64> {
        let told = (0..UNITS).map(|unit| self.marks.get(&unit).map(|mark| mark.locations));
        told.collect::<Option<Vec<_>>>()?.into_iter().min()
    }

    /// The newest sequence of locations that some decision accounts for.
    pub fn newest(&self) -> u64 {
        self.marks.values().map(|mark| mark.locations).max().unwrap_or_default()
    }

    /// Whether the pass that wrote a unit's row with this sequence has ended.
    pub fn includes(&self, unit: u32, seq: u64) -> bool {
        self.marks.get(&unit).is_some_and(|mark| mark.seq > seq)
    }

    /// Who need not wait any longer.
    pub fn set(&mut self, unit: u32, mark: Option<Mark>) -> BTreeSet<Site> {
        let Some(mark) = mark else {
            self.marks.remove(&unit);
            return BTreeSet::new();
        };
        self.marks.insert(unit, mark);
        let mut freed = self.leaving.remove(&unit).unwrap_or_default();
        if let Some(reached) = self.locations() {
            let later = self.joining.split_off(&reached.saturating_add(1));
            freed.extend(std::mem::replace(&mut self.joining, later).into_values().flatten());
        }
        freed
    }

    /// Has `site` looked at again when all decisions account for `locations`.
    pub fn wait_to_join(&mut self, locations: u64, site: Site) {
        self.joining.entry(locations).or_default().insert(site);
    }

    /// Has `site` looked at again when `unit` has ended its pass.
    pub fn wait_to_leave(&mut self, unit: u32, site: Site) {
        self.leaving.entry(unit).or_default().insert(site);
    }

    /// Those who wait go on waiting.
    pub fn reset(&mut self) {
        self.marks.clear();
    }
}
