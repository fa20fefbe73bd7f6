//! What one spread has counted, and whether it can still be satisfied with one more of a group.
//!
//! In the end some *level* must have been reached by every group, and none may have more than `maxSkew` above it. Which
//! level that is follows from the groups' sizes and from what has been taken; it only rises. What all groups still need
//! to reach it must fit into the places that are left.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Constraint;

pub(super) struct Tally<'a> {
    pub min_groups: usize,
    max_skew: Option<u64>,
    names: Vec<&'a Arc<str>>,
    sizes: Vec<u64>,
    counts: Vec<u64>,
    /// How many are to be chosen.
    places: u64,
    /// Groups that have any.
    used: usize,
    /// The lowest level that everybody can still be above.
    level: u64,
    /// How many that takes at least, those that are taken included.
    needed: u64,
}

impl<'a> Tally<'a> {
    pub fn new(constraint: &Constraint, sizes: BTreeMap<&'a Arc<str>, u64>, places: u64) -> Self {
        let (names, sizes): (Vec<_>, Vec<_>) = sizes.into_iter().unzip();
        Self {
            min_groups: constraint.min_groups,
            max_skew: constraint.max_skew.map(u64::from),
            counts: vec![0; names.len()],
            names,
            sizes,
            places,
            used: 0,
            level: 0,
            needed: 0,
        }
    }

    /// The number of a group.
    pub fn number(&self, name: &Arc<str>) -> usize {
        self.names.binary_search(&name).expect("groups are collected from all classes")
    }

    /// How many groups could have any.
    pub fn groups_within_reach(&self) -> usize {
        self.names.len().min(usize::try_from(self.places).unwrap_or(usize::MAX))
    }

    /// The most that can be chosen at all.
    pub fn most(&self) -> u64 {
        self.room(self.smallest())
    }

    /// Sets how many are to be chosen: no more than [`Tally::most`].
    pub fn aim(&mut self, places: u64) {
        self.places = places;
        // Room only grows with the level.
        let (mut low, mut high) = (0, self.smallest());
        while low < high {
            let middle = low.midpoint(high);
            if self.room(middle) >= places { high = middle } else { low = middle + 1 }
        }
        self.level = low;
        self.needed = self.needed_for(low);
    }

    /// Whether one more of a group leaves a way to the end.
    pub fn admits(&self, group: usize) -> bool {
        let level = self.level_with(group);
        level <= self.smallest_if_bound() && self.needed_with(group, level) <= self.places
    }

    /// One more of a group.
    pub fn add(&mut self, group: usize) {
        let level = self.level_with(group);
        self.needed = self.needed_with(group, level);
        self.level = level;
        self.used += usize::from(self.counts[group] == 0);
        self.counts[group] += 1;
    }

    /// The size up to which a group's size has a say.
    pub fn sizes_up_to(&self) -> u64 {
        let Some(skew) = self.max_skew else { return 0 };
        let is_full = self.counts.iter().sum::<u64>() == self.places && self.places < self.most();
        let level = if is_full { self.level } else { self.smallest() };
        level.saturating_add(skew).saturating_add(1)
    }

    pub fn by_name(&self) -> BTreeMap<Arc<str>, u32> {
        let count = |count: &u64| u32::try_from(*count).unwrap_or(u32::MAX);
        self.names.iter().map(|name| (*name).clone()).zip(self.counts.iter().map(count)).collect()
    }

    fn smallest(&self) -> u64 {
        self.sizes.iter().min().copied().unwrap_or(0)
    }

    fn smallest_if_bound(&self) -> u64 {
        if self.max_skew.is_some() { self.smallest() } else { u64::MAX }
    }

    /// How many can be chosen if the level is this.
    fn room(&self, level: u64) -> u64 {
        let most = self.max_skew.map_or(u64::MAX, |skew| level.saturating_add(skew));
        self.sizes.iter().map(|size| (*size).min(most)).sum()
    }

    fn level_with(&self, group: usize) -> u64 {
        let above = self.max_skew.map_or(0, |skew| (self.counts[group] + 1).saturating_sub(skew));
        self.level.max(above)
    }

    /// What is needed with one more of a group, at a level at most one higher than now.
    fn needed_with(&self, group: usize, level: u64) -> u64 {
        let count = self.counts[group];
        if level > self.level {
            // Rare: it rises no more often than the smallest group has members. The group is above it already.
            return self.needed_for(level) + 1;
        }
        if level > 0 {
            return self.needed + u64::from(count >= level);
        }
        let fills = count == 0 && self.used < self.min_groups;
        self.needed + u64::from(!fills)
    }

    fn needed_for(&self, level: u64) -> u64 {
        let taken: u64 = self.counts.iter().map(|count| (*count).max(level)).sum();
        // At the lowest level no group is needed by itself, only as many as there must be.
        let groups = if level == 0 { self.min_groups.saturating_sub(self.used) as u64 } else { 0 };
        taken + groups
    }
}
