//! The candidates of one placement, kept ranked: one location's change ranks one location, and the choice is made again
//! only if it looked at that rank.

use std::collections::BTreeMap;
use std::sync::Arc;

use roaring::RoaringBitmap;

use super::{Choice, Class, Classes, Groups, Rank, Rules, Scale, choose};
use crate::inventory::{Inventory, Location};
use crate::reach::Reach;

/// What has to be done before the choice is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Need {
    Nothing,
    Choose,
    /// All ranks may be others.
    Rank,
}

#[derive(Debug)]
pub(crate) struct Contest {
    pub rules: Rules,
    /// All that may be chosen.
    pub feasible: RoaringBitmap,
    /// Those of them that were chosen before, as the ranks have it.
    pub(super) previous: RoaringBitmap,
    /// For each prioritizer.
    pub(super) scales: Vec<Scale>,
    pub(super) classes: Classes,
    /// The rank of each candidate that a class holds among its best.
    pub(super) ranks: BTreeMap<u32, Rank>,
    need: Need,
    pub choice: Choice,
    /// The rank of the last that was chosen.
    pub last: Option<Rank>,
}

impl Contest {
    pub fn new(rules: Rules, feasible: RoaringBitmap) -> Self {
        let scales = vec![Scale::default(); rules.weighed.len()];
        Self {
            rules,
            feasible,
            previous: RoaringBitmap::new(),
            scales,
            classes: Classes::new(),
            ranks: BTreeMap::new(),
            need: Need::Rank,
            choice: Choice::default(),
            last: None,
        }
    }

    /// Whether the choice has to be made again.
    pub fn is_open(&self) -> bool {
        self.need != Need::Nothing
    }

    /// How many candidates have to be ranked before the choice can be made.
    pub fn cost(&self) -> u64 {
        if self.need == Need::Rank { self.feasible.len() } else { 0 }
    }

    /// Takes in a location that changed, and whether it may be chosen now.
    pub fn set(&mut self, inventory: &Inventory, reach: &Reach, handle: u32, may: bool) {
        match may {
            true => self.feasible.insert(handle),
            false => self.feasible.remove(handle),
        };
        if self.need == Need::Rank {
            return;
        }
        self.scales.iter_mut().for_each(|scale| scale.remove(handle));
        let same = !may || self.weigh(inventory, handle);
        if !same || !self.scales.iter().all(Scale::is_sound) {
            self.need = Need::Rank;
            return;
        }
        self.remove(handle);
        if may {
            self.place(inventory, reach, handle);
        }
    }

    /// The choice, given what was chosen before and what it was when last asked; `None`: it stays.
    pub fn settle(
        &mut self,
        inventory: &Inventory,
        reach: &Reach,
        previous: &RoaringBitmap,
        decided: &RoaringBitmap,
    ) -> Option<RoaringBitmap> {
        let previous = previous & &self.feasible;
        let moved = &previous ^ &self.previous;
        // What was decided has been stored, and nothing else is new.
        let stands = self.need == Need::Nothing && previous == *decided;
        self.previous = previous;
        if self.need < Need::Rank {
            for handle in moved {
                self.remove(handle);
                if self.feasible.contains(handle) {
                    self.place(inventory, reach, handle);
                }
            }
        }
        if stands && self.need < Need::Rank {
            self.need = Need::Nothing;
            self.find_heads(decided);
            return None;
        }
        self.decide(inventory, reach)
    }

    /// Groups of a location, in the order of the spreads, or the first spread that has none for it.
    pub fn groups(&self, inventory: &Inventory, location: &Location) -> Result<Groups, usize> {
        let spreads = self.rules.spread.iter().enumerate();
        let groups = spreads.map(|(spread, it)| it.group(inventory, location).map(Arc::from).ok_or(spread));
        groups.collect()
    }

    fn decide(&mut self, inventory: &Inventory, reach: &Reach) -> Option<RoaringBitmap> {
        let limit = self.rules.limit();
        let is_short = self.classes.values().any(|class| class.is_short(limit));
        if self.need == Need::Rank || is_short || self.rules.balances() {
            self.rank_all(inventory, reach);
        }
        self.choice = choose(&self.rules, &self.classes);
        for (class, head) in self.classes.values_mut().zip(std::mem::take(&mut self.choice.heads)) {
            class.head = head;
        }
        self.need = Need::Nothing;
        let chosen = self.choice.chosen.as_ref();
        let chosen = chosen.map_or_else(|| self.previous.clone(), |it| it.iter().copied().collect());
        self.find_last(&chosen);
        Some(chosen)
    }

    /// Puts a candidate into its class; one that a spread has no group for is in none.
    fn place(&mut self, inventory: &Inventory, reach: &Reach, handle: u32) {
        let Some(location) = inventory.location(handle) else { return };
        let Ok(groups) = self.groups(inventory, location) else { return };
        let rank = self.rank(inventory, reach, handle, location);
        let keep = self.keep();
        let is_new = !self.classes.contains_key(&groups);
        let class = self.classes.entry(groups).or_default();
        let any = is_new || self.choice.is_sensitive(&self.rules, class.members.len());
        if any || class.matters(&rank) {
            self.need = self.need.max(Need::Choose);
        }
        self.ranks.insert(handle, rank.clone());
        if let Some(last) = class.insert(rank, keep) {
            self.ranks.remove(&last.handle);
        }
    }

    fn remove(&mut self, handle: u32) {
        let rank = self.ranks.remove(&handle);
        let held = |(_, class): &(&Groups, &mut Class)| class.members.contains(handle);
        let Some((key, class)) = self.classes.iter_mut().find(held) else { return };
        class.members.remove(handle);
        let is_empty = class.members.is_empty();
        let mattered = rank.as_ref().is_some_and(|rank| class.matters(rank));
        if let Some(rank) = &rank {
            class.best.remove(rank);
        }
        if is_empty || mattered || self.choice.is_sensitive(&self.rules, class.members.len()) {
            self.need = self.need.max(Need::Choose);
        }
        if is_empty {
            let key = key.clone();
            self.classes.remove(&key);
        }
    }

    fn find_heads(&mut self, chosen: &RoaringBitmap) {
        for class in self.classes.values_mut() {
            class.head = class.best.iter().find(|rank| !chosen.contains(rank.handle)).cloned();
        }
        self.find_last(chosen);
    }

    fn find_last(&mut self, chosen: &RoaringBitmap) {
        self.last = chosen.iter().filter_map(|handle| self.ranks.get(&handle)).max().cloned();
    }
}
