//! From what locations have to ranks, for one or for all that may be chosen.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::class::Gathered;
use super::{Contest, Rank, Scale, scale};
use crate::inventory::{Inventory, Location};
use crate::reach::Reach;

/// Ranks held beyond what can be chosen: so many of the best may go before all are ranked anew.
const SPARE: usize = 64;

/// How a candidate does, for who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Score {
    /// For each prioritizer; `None`: it has nothing that is a number.
    pub each: Vec<Option<u32>>,
    pub total: u32,
    pub unwelcome: u32,
}

impl Contest {
    /// How a location does among the candidates.
    pub fn score(&self, inventory: &Inventory, reach: &Reach, handle: u32, location: &Location) -> Score {
        let is_previous = self.previous.contains(handle);
        let scales = self.rules.weighed.iter().zip(&self.scales);
        let each = scales.map(|(it, scale)| scale.of(&it.by, is_previous, inventory, handle, location));
        let Rank { unwelcome, total, .. } = self.rank(inventory, reach, handle, location);
        Score { each: each.collect(), total: total.0, unwelcome }
    }

    /// Ranks all that may be chosen anew.
    pub(super) fn rank_all(&mut self, inventory: &Inventory, reach: &Reach) {
        self.scales.fill(Scale::default());
        let feasible = self.feasible.clone();
        for handle in &feasible {
            self.weigh(inventory, handle);
        }
        let mut gathered: BTreeMap<Vec<&str>, Gathered> = BTreeMap::new();
        let mut groups = Vec::new();
        for handle in &feasible {
            let Some(location) = inventory.location(handle) else { continue };
            groups.clear();
            groups.extend(self.rules.spread.iter().map_while(|it| it.group(inventory, location)));
            if groups.len() < self.rules.spread.len() {
                continue;
            }
            let rank = self.rank(inventory, reach, handle, location);
            match gathered.get_mut(&groups) {
                Some(class) => class.add(rank, self.keep()),
                None => gathered.entry(groups.clone()).or_default().add(rank, self.keep()),
            }
        }
        let key = |groups: Vec<&str>| groups.into_iter().map(Arc::from).collect();
        let classes = gathered.into_iter().map(|(groups, class)| (key(groups), class.finish(self.keep())));
        self.classes = classes.collect();
        let best = self.classes.values().flat_map(|class| &class.best);
        self.ranks = best.map(|rank| (rank.handle, rank.clone())).collect();
    }

    /// How many of the best a class holds.
    pub(super) fn keep(&self) -> usize {
        self.rules.limit().saturating_add(SPARE)
    }

    pub(super) fn rank(
        &self,
        inventory: &Inventory,
        reach: &Reach,
        handle: u32,
        location: &Location,
    ) -> Rank {
        let is_previous = self.previous.contains(handle);
        let scales = self.rules.weighed.iter().zip(&self.scales);
        let parts = scales.map(|(weighed, scale)| {
            weighed.part(scale.of(&weighed.by, is_previous, inventory, handle, location))
        });
        let name = inventory.names.shared(handle).clone();
        let unwelcome = unwelcome(is_previous, reach, location);
        Rank { unwelcome, total: Reverse(parts.sum()), name, handle }
    }

    /// Takes a candidate's values into the scales; whether these stay what they were.
    pub(super) fn weigh(&mut self, inventory: &Inventory, handle: u32) -> bool {
        let Some(location) = inventory.location(handle) else { return true };
        let mut same = true;
        for (weighed, scale) in self.rules.weighed.iter().zip(&mut self.scales) {
            if let Some(value) = scale::value(&weighed.by, inventory, handle, location) {
                same &= scale.add(handle, value);
            }
        }
        same
    }
}

/// What is chosen stays in spite of a taint that would only rather have it elsewhere.
fn unwelcome(is_previous: bool, reach: &Reach, location: &Location) -> u32 {
    if is_previous { 0 } else { reach.unwelcome(location) }
}
