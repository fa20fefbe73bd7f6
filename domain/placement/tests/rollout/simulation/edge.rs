//! What is really there: agents, what they have got, and reports on their way.

use std::collections::{BTreeMap, BTreeSet};

use model::Digest;

use super::dice::Dice;
use crate::stage::{Fares, Row};

/// What a location runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Runs {
    pub release: Digest,
    pub number: u64,
    pub fares: Fares,
}

#[derive(Default)]
pub struct Edge {
    pub offline: BTreeSet<u32>,
    pub runs: BTreeMap<u32, Runs>,
    /// Location, number, and how it fared when it was sent. Any of them may come next, once or more often.
    pub network: Vec<(u32, u64, Fares)>,
    /// Releases with which nearly everybody fails.
    pub bad: BTreeSet<Digest>,
}

impl Edge {
    /// A location gets the newest that is decided for it.
    pub fn deliver(&mut self, location: u32, row: Option<&Row>) {
        if self.offline.contains(&location) {
            return;
        }
        match row {
            Some(Row { release, number, .. }) => {
                let before = self.runs.get(&location).copied();
                if before.is_none_or(|before| before.number != *number) {
                    // What runs already goes on as it is.
                    let same = before.filter(|before| before.release == *release);
                    let fares = same.map_or(Fares::Progressing, |before| before.fares);
                    let runs = Runs { release: *release, number: *number, fares };
                    self.runs.insert(location, runs);
                    self.report(location);
                }
            }
            None => drop(self.runs.remove(&location)),
        }
    }

    /// Something becomes of what a location runs.
    pub fn fare(&mut self, location: u32, dice: &mut Dice) {
        if self.offline.contains(&location) {
            return;
        }
        let Some(runs) = self.runs.get_mut(&location) else { return };
        let chance = if self.bad.contains(&runs.release) { 80 } else { 6 };
        runs.fares = match (dice.percent(chance), dice.percent(50)) {
            (true, true) => Fares::Failed,
            (true, false) => Fares::Degraded,
            (false, _) => Fares::Healthy,
        };
        self.report(location);
    }

    pub fn report(&mut self, location: u32) {
        if let Some(runs) = self.runs.get(&location).filter(|_| !self.offline.contains(&location)) {
            self.network.push((location, runs.number, runs.fares));
        }
    }

    /// A report that arrives, out of order, and perhaps not for the last time.
    pub fn arrival(&mut self, dice: &mut Dice) -> Option<(u32, u64, Fares)> {
        let index = dice.pick(0..self.network.len())?;
        match dice.percent(15) {
            true => Some(self.network[index]),
            false => Some(self.network.swap_remove(index)),
        }
    }
}
