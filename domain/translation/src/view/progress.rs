//! How far placement is with what has happened to locations.

use std::collections::{BTreeMap, BTreeSet};

use model::UNITS;

use super::Name;

/// Region and location.
type Site = (Name, Name);

#[derive(Debug, Default)]
pub struct Progress {
    /// By unit, the sequence of locations that its rows account for.
    units: BTreeMap<u32, u64>,
    /// Who waits for which sequence.
    waiting: BTreeMap<u64, BTreeSet<Site>>,
}

impl Progress {
    /// The sequence of locations that all decisions account for; `None`: not all units have told.
    pub fn locations(&self) -> Option<u64> {
        let told = (0..UNITS).map(|unit| self.units.get(&unit).copied());
        told.collect::<Option<Vec<_>>>()?.into_iter().min()
    }

    /// The newest sequence of locations that some decision accounts for.
    pub fn newest(&self) -> u64 {
        self.units.values().copied().max().unwrap_or_default()
    }

    /// Who need not wait any longer.
    pub fn set(&mut self, unit: u32, locations: Option<u64>) -> Vec<Site> {
        match locations {
            Some(sequence) => self.units.insert(unit, sequence),
            None => self.units.remove(&unit),
        };
        let Some(reached) = self.locations() else { return Vec::new() };
        let later = self.waiting.split_off(&reached.saturating_add(1));
        std::mem::replace(&mut self.waiting, later).into_values().flatten().collect()
    }

    pub fn wait(&mut self, sequence: u64, site: Site) {
        self.waiting.entry(sequence).or_default().insert(site);
    }

    /// Those who wait go on waiting.
    pub fn reset(&mut self) {
        self.units.clear();
    }
}
