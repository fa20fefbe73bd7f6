//! The choice itself: of all selections that are as large as they can be and break no constraint, the one with the best
//! candidate, then the best second, and so on.
//!
//! Because what may be selected does not depend on ranks, what was chosen is chosen again when it counts for more because
//! it was. Candidates are looked at best first, and one is taken if the rest can still be completed. For one spread that
//! is known exactly; several are asked one by one, and where they then contradict each other, fewer are chosen.

use std::collections::{BTreeMap, BTreeSet, btree_set};
use std::iter::Peekable;
use std::sync::Arc;

use super::narrow::narrow;
use super::tally::Tally;
use super::{Class, Classes, Groups, Rank, Rules};

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
    /// Classes larger than that could lose or gain members that are not chosen without changing anything.
    pub sizes_up_to: u64,
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
    let admitted: Vec<_> = classes.iter().filter(|(key, _)| admitted.contains(&***key)).collect();
    let mut size = admitted.iter().map(|(_, class)| class.members.len()).sum::<u64>();
    size = size.min(rules.count.map_or(u64::MAX, |count| count as u64));
    loop {
        let mut race = Race::new(rules, &admitted, size);
        let lacking = race.lacking_groups();
        if !lacking.is_empty() {
            return race.end(classes, Choice { shortfalls: lacking, ..Choice::default() });
        }
        // Each spread may allow fewer than there are.
        size = race.tallies.iter().map(|tally| tally.most()).min().unwrap_or(size).min(size);
        race.tallies.iter_mut().for_each(|tally| tally.aim(size));
        let chosen = race.run(size);
        if chosen.len() as u64 == size {
            let shortfalls = race.lacking_locations(rules, chosen.len()).into_iter().collect();
            return race.end(classes, Choice { chosen: Some(chosen), shortfalls, ..Choice::default() });
        }
        size = chosen.len() as u64;
    }
}

impl Choice {
    /// Whether it could be another with one member more or less in a class that now has so many.
    pub fn is_sensitive(&self, rules: &Rules, members: u64) -> bool {
        self.chosen.is_none() || rules.is_by_worth() || members <= self.sizes_up_to
    }
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

struct Race<'a> {
    lanes: Vec<Lane<'a>>,
    /// For each spread.
    tallies: Vec<Tally<'a>>,
    /// The best left of each lane that may be chosen from. A lane that is kept out once stays out.
    open: BTreeSet<(&'a Rank, usize)>,
}

impl<'a> Race<'a> {
    fn new(rules: &Rules, classes: &[(&'a Groups, &'a Class)], size: u64) -> Self {
        let tally = |(spread, constraint): (usize, &super::Constraint)| {
            let mut sizes: BTreeMap<&'a Arc<str>, u64> = BTreeMap::new();
            for (key, class) in classes {
                *sizes.entry(&key[spread]).or_default() += class.members.len();
            }
            Tally::new(constraint, sizes, size)
        };
        let tallies: Vec<Tally> = rules.spread.iter().enumerate().map(tally).collect();
        let lane = |(key, class): &(&'a Groups, &'a Class)| Lane {
            key,
            size: class.members.len(),
            taken: 0,
            rest: class.best.iter().peekable(),
            groups: tallies.iter().zip(key.iter()).map(|(tally, name)| tally.number(name)).collect(),
        };
        let lanes: Vec<Lane> = classes.iter().map(lane).collect();
        let mut race = Self { lanes, tallies, open: BTreeSet::new() };
        (0..race.lanes.len()).for_each(|lane| race.open(lane));
        race
    }

    fn run(&mut self, size: u64) -> Vec<u32> {
        let mut chosen = Vec::new();
        while (chosen.len() as u64) < size {
            let Some((rank, lane)) = self.open.pop_first() else { break };
            let groups = self.lanes[lane].groups.iter();
            if self.tallies.iter().zip(groups).all(|(tally, group)| tally.admits(*group)) {
                chosen.push(rank.handle);
                self.take(lane);
            }
        }
        chosen
    }

    fn open(&mut self, lane: usize) {
        if let Some(rank) = self.lanes[lane].rest.peek() {
            self.open.insert((rank, lane));
        }
    }

    fn take(&mut self, lane: usize) {
        self.lanes[lane].rest.next();
        self.lanes[lane].taken += 1;
        for (tally, group) in self.tallies.iter_mut().zip(&self.lanes[lane].groups) {
            tally.add(*group);
        }
        self.open(lane);
    }

    fn lacking_groups(&self) -> Vec<Shortfall> {
        let lacking = |(spread, tally): (usize, &Tally)| {
            let (wanted, found) = (tally.min_groups, tally.groups_within_reach());
            (found < wanted).then_some(Shortfall::Groups { spread, wanted, found })
        };
        self.tallies.iter().enumerate().filter_map(lacking).collect()
    }

    fn lacking_locations(&self, rules: &Rules, chosen: usize) -> Option<Shortfall> {
        let wanted = rules.count.filter(|wanted| chosen < *wanted)?;
        let mut kept_out = BTreeMap::new();
        for lane in &self.lanes {
            let full = self.tallies.iter().zip(&lane.groups).position(|(tally, group)| !tally.admits(*group));
            if let Some(spread) = full.filter(|_| lane.size > lane.taken) {
                *kept_out.entry(spread).or_default() += lane.size - lane.taken;
            }
        }
        Some(Shortfall::Locations { wanted, chosen, kept_out: kept_out.into_iter().collect() })
    }

    fn end(self, classes: &Classes, choice: Choice) -> Choice {
        let counts = self.tallies.iter().map(Tally::by_name).collect();
        let sizes_up_to = self.tallies.iter().map(Tally::sizes_up_to).max().unwrap_or(0);
        let heads = self.lanes.into_iter().map(|mut lane| (lane.key, lane.rest.peek().copied().cloned()));
        let heads: BTreeMap<_, _> = heads.collect();
        let first = |class: &Class| class.best.first().cloned();
        let head =
            |(key, class): (&Groups, &Class)| heads.get(&**key).cloned().unwrap_or_else(|| first(class));
        Choice { heads: classes.iter().map(head).collect(), counts, sizes_up_to, ..choice }
    }
}
