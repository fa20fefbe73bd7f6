//! From what locations have to ranks, for one or for all that may be chosen.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::class::Gathered;
use super::rules::Weighed;
use super::{Contest, Rank, Scale};
use crate::inventory::{Inventory, Location, Values};
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
        let each =
            scales.map(|(it, scale)| scale.of(&it.by, is_previous, Values::of(&it.by, inventory).at(handle)));
        let Rank { unwelcome, total, .. } = self.rank(inventory, reach, handle, location);
        Score { each: each.collect(), total: total.0, unwelcome }
    }

    /// Ranks all that may be chosen anew.
    pub(super) fn rank_all(&mut self, inventory: &Inventory, reach: &Reach) {
        self.weigh_all(inventory);
        let (keep, merits) = (self.keep(), Merits::of(self, inventory, reach));
        let mut gathered: BTreeMap<Vec<&str>, Gathered> = BTreeMap::new();
        let mut groups = Vec::new();
        for handle in &self.feasible {
            let Some(location) = inventory.location(handle) else { continue };
            groups.clear();
            groups.extend(self.rules.spread.iter().map_while(|it| it.group(inventory, location)));
            if groups.len() < self.rules.spread.len() {
                continue;
            }
            let (unwelcome, total) = merits.at(handle, location);
            let take = |class: &mut Gathered| {
                if class.admit(handle, unwelcome, total) {
                    let name = inventory.names.shared(handle).clone();
                    class.add(Rank { unwelcome, total, name, handle }, keep);
                }
            };
            match gathered.get_mut(&groups) {
                Some(class) => take(class),
                None => take(gathered.entry(groups.clone()).or_default()),
            }
        }
        let key = |groups: Vec<&str>| groups.into_iter().map(Arc::from).collect();
        let classes = gathered.into_iter().map(|(groups, class)| (key(groups), class.finish(keep)));
        self.classes = classes.collect();
        let best = self.classes.values().flat_map(|class| &class.best);
        self.ranks = best.map(|rank| (rank.handle, rank.clone())).collect();
    }

    /// Finds out between which values the candidates are.
    fn weigh_all(&mut self, inventory: &Inventory) {
        self.scales.fill(Scale::default());
        for (weighed, scale) in self.rules.weighed.iter().zip(&mut self.scales) {
            let values = Values::of(&weighed.by, inventory);
            for handle in &self.feasible {
                if let Some(value) = values.at(handle) {
                    scale.add(handle, value);
                }
            }
        }
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
        let (unwelcome, total) = Merits::of(self, inventory, reach).at(handle, location);
        Rank { unwelcome, total, name: inventory.names.shared(handle).clone(), handle }
    }

    /// Takes a candidate's values into the scales; whether these stay what they were.
    pub(super) fn weigh(&mut self, inventory: &Inventory, handle: u32) -> bool {
        if inventory.location(handle).is_none() {
            return true;
        }
        let mut same = true;
        for (weighed, scale) in self.rules.weighed.iter().zip(&mut self.scales) {
            if let Some(value) = Values::of(&weighed.by, inventory).at(handle) {
                same &= scale.add(handle, value);
            }
        }
        same
    }
}

/// How good candidates are, by all but their names.
struct Merits<'a> {
    contest: &'a Contest,
    inventory: &'a Inventory,
    reach: &'a Reach,
    /// For each prioritizer.
    values: Vec<Values<'a>>,
}

impl<'a> Merits<'a> {
    fn of(contest: &'a Contest, inventory: &'a Inventory, reach: &'a Reach) -> Self {
        let values = contest.rules.weighed.iter().map(|it| Values::of(&it.by, inventory));
        Self { contest, inventory, reach, values: values.collect() }
    }

    /// As in a [`Rank`].
    fn at(&self, handle: u32, location: &Location) -> (u32, Reverse<u32>) {
        let is_previous = self.contest.previous.contains(handle);
        let scales = self.contest.rules.weighed.iter().zip(&self.contest.scales).zip(&self.values);
        let part = |((weighed, scale), values): ((&Weighed, &Scale), &Values<'_>)| {
            weighed.part(scale.of(&weighed.by, is_previous, values.at(handle)))
        };
        // What is chosen stays in spite of a taint that would only rather have it elsewhere.
        let is_tainted = !is_previous && self.inventory.tainted.contains(handle);
        let unwelcome = if is_tainted { self.reach.unwelcome(location) } else { 0 };
        (unwelcome, Reverse(scales.map(part).sum()))
    }
}
