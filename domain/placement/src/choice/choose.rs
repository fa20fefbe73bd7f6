//! The choice itself: the best candidate that every constraint admits, again and again.
//!
//! A group may have `maxSkew` more than the group with the fewest, counted before each step as a Kubernetes scheduler
//! counts before each pod; groups are those that have a candidate. While as many groups are lacking as places are left,
//! only a new group's candidates are admitted.

use std::collections::{BTreeMap, BTreeSet, btree_set};
use std::iter::Peekable;
use std::sync::Arc;

use super::narrow::narrow;
use super::{Class, Classes, Rank, Rules};

/// What is chosen, and what could not be satisfied.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Choice {
    /// The best first; `None`: nothing satisfies the constraints, and what was there stays.
    pub chosen: Option<Vec<u32>>,
    /// For each class, in order, the best that was left.
    pub heads: Vec<Option<Rank>>,
    pub shortfalls: Vec<Shortfall>,
    /// For each spread, how many were chosen of each group that was chosen from.
    pub counts: Vec<BTreeMap<Arc<str>, u32>>,
}

/// A constraint that could not be satisfied, and by how much.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Shortfall {
    Locations {
        wanted: usize,
        chosen: usize,
        /// By index of the spread, how many more its `maxSkew` keeps out.
        kept_out: Vec<(usize, u64)>,
    },
    /// Fewer groups than `minGroups`, of the spread with this index.
    Groups { spread: usize, wanted: usize, found: usize },
}

/// Chooses among ranked candidates. Each class must hold its best, one more than can be chosen, unless it has fewer.
pub(crate) fn choose(rules: &Rules, classes: &Classes) -> Choice {
    let admitted = narrow(rules, classes);
    let mut race = Race::new(rules, classes.iter().filter(|(key, _)| admitted.contains(&***key)));
    let mut choice = Choice::default();
    let lacking = race.lacking_groups(|tally| tally.counts.len());
    if lacking.is_empty() {
        let chosen = race.run(rules.limit());
        choice.shortfalls = race.lacking_groups(|tally| tally.used);
        if choice.shortfalls.is_empty() {
            choice.shortfalls.extend(race.lacking_locations(rules, chosen.len()));
            choice.chosen = Some(chosen);
        }
    } else {
        choice.shortfalls = lacking;
    }
    choice.counts = race.tallies.iter().map(Tally::by_name).collect();
    let heads = race.lanes.into_iter().map(|mut lane| (lane.key, lane.rest.peek().copied().cloned()));
    let heads: BTreeMap<_, _> = heads.collect();
    let first = |class: &Class| class.best.first().cloned();
    choice.heads = classes
        .iter()
        .map(|(key, class)| heads.get(&**key).cloned().unwrap_or_else(|| first(class)))
        .collect();
    choice
}

/// A class on its way through the choice.
struct Lane<'a> {
    key: &'a [Arc<str>],
    size: u64,
    taken: u64,
    rest: Peekable<btree_set::Iter<'a, Rank>>,
    /// For each spread, the number of its group.
    groups: Vec<usize>,
}

/// What one spread has counted.
struct Tally<'a> {
    max_skew: Option<u32>,
    min_groups: usize,
    names: Vec<&'a Arc<str>>,
    counts: Vec<u32>,
    /// How many groups have how many.
    levels: BTreeMap<u32, usize>,
    /// Groups that have any.
    used: usize,
}

struct Race<'a> {
    lanes: Vec<Lane<'a>>,
    tallies: Vec<Tally<'a>>,
    /// The best left of each lane that may be chosen from, as far as anybody knows.
    open: BTreeSet<(&'a Rank, usize)>,
    /// By spread, the lanes that it keeps out until its smallest group grows.
    parked: Vec<Vec<usize>>,
}

impl<'a> Race<'a> {
    fn new(rules: &Rules, classes: impl Iterator<Item = (&'a Box<[Arc<str>]>, &'a Class)>) -> Self {
        let classes: Vec<_> = classes.collect();
        let tally = |(spread, constraint): (usize, &super::Constraint)| {
            let names: BTreeSet<_> = classes.iter().map(|(key, _)| &key[spread]).collect();
            Tally {
                max_skew: constraint.max_skew,
                min_groups: constraint.min_groups,
                counts: vec![0; names.len()],
                levels: BTreeMap::from([(0, names.len())]),
                names: names.into_iter().collect(),
                used: 0,
            }
        };
        let tallies: Vec<Tally> = rules.spread.iter().enumerate().map(tally).collect();
        let lane = |(key, class): &(&'a Box<[Arc<str>]>, &'a Class)| Lane {
            key,
            size: class.members.len(),
            taken: 0,
            rest: class.best.iter().peekable(),
            groups: tallies.iter().zip(key.iter()).map(|(tally, name)| tally.number(name)).collect(),
        };
        let lanes: Vec<Lane> = classes.iter().map(lane).collect();
        let parked = vec![Vec::new(); tallies.len()];
        let mut race = Self { lanes, tallies, open: BTreeSet::new(), parked };
        (0..race.lanes.len()).for_each(|lane| race.open(lane));
        race
    }

    fn run(&mut self, limit: usize) -> Vec<u32> {
        let mut chosen = Vec::new();
        while chosen.len() < limit {
            let Some((rank, lane)) = self.open.pop_first() else { break };
            match self.keeping_out(lane, limit - chosen.len()) {
                Some(spread) => self.parked[spread].push(lane),
                None => {
                    chosen.push(rank.handle);
                    self.take(lane);
                }
            }
        }
        chosen
    }

    fn open(&mut self, lane: usize) {
        if let Some(rank) = self.lanes[lane].rest.peek() {
            self.open.insert((rank, lane));
        }
    }

    /// The first spread that does not admit one more of a lane.
    fn keeping_out(&self, lane: usize, places: usize) -> Option<usize> {
        let groups = self.lanes[lane].groups.iter();
        self.tallies.iter().zip(groups).position(|(tally, group)| !tally.admits(*group, places))
    }

    /// One more of a lane; where that raises the fewest of a spread, others may be chosen from again.
    fn take(&mut self, lane: usize) {
        self.lanes[lane].rest.next();
        self.lanes[lane].taken += 1;
        for spread in 0..self.tallies.len() {
            let fewest = self.tallies[spread].fewest();
            self.tallies[spread].add(self.lanes[lane].groups[spread]);
            if self.tallies[spread].fewest() > fewest {
                std::mem::take(&mut self.parked[spread]).into_iter().for_each(|lane| self.open(lane));
            }
        }
        self.open(lane);
    }

    fn lacking_groups(&self, found: impl Fn(&Tally) -> usize) -> Vec<Shortfall> {
        let lacking = |(spread, tally): (usize, &Tally)| {
            let (wanted, found) = (tally.min_groups, found(tally));
            (found < wanted).then_some(Shortfall::Groups { spread, wanted, found })
        };
        self.tallies.iter().enumerate().filter_map(lacking).collect()
    }

    fn lacking_locations(&self, rules: &Rules, chosen: usize) -> Option<Shortfall> {
        let wanted = rules.count.filter(|wanted| chosen < *wanted)?;
        let left = |lane: &usize| self.lanes[*lane].size - self.lanes[*lane].taken;
        let kept_out = self.parked.iter().map(|lanes| lanes.iter().map(left).sum()).enumerate();
        let kept_out = kept_out.filter(|(_, count)| *count > 0).collect();
        Some(Shortfall::Locations { wanted, chosen, kept_out })
    }
}

impl Tally<'_> {
    fn number(&self, name: &Arc<str>) -> usize {
        self.names.binary_search(&name).expect("groups are collected from all classes")
    }

    fn fewest(&self) -> u32 {
        self.levels.first_key_value().map_or(0, |(level, _)| *level)
    }

    fn admits(&self, group: usize, places: usize) -> bool {
        let count = self.counts[group];
        let level = self.max_skew.is_none_or(|skew| count + 1 - self.fewest() <= skew);
        level && (count == 0 || places > self.min_groups.saturating_sub(self.used))
    }

    fn add(&mut self, group: usize) {
        let count = self.counts[group];
        self.used += usize::from(count == 0);
        self.counts[group] = count + 1;
        if let Some(groups) = self.levels.get_mut(&count) {
            *groups -= 1;
            if *groups == 0 {
                self.levels.remove(&count);
            }
        }
        *self.levels.entry(count + 1).or_default() += 1;
    }

    fn by_name(&self) -> BTreeMap<Arc<str>, u32> {
        self.names.iter().map(|name| (*name).clone()).zip(self.counts.iter().copied()).collect()
    }
}
