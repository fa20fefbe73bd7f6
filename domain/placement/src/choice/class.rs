//! Candidates in the order in which they are chosen, in classes of those that are in the same groups.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use roaring::RoaringBitmap;

/// How good a candidate is; the least is the best. Names are the last tie break, so that no two are equal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Rank {
    /// Taints that would rather have it elsewhere. Nothing outweighs them.
    pub unwelcome: u32,
    pub total: Reverse<u32>,
    pub name: Arc<str>,
    pub handle: u32,
}

/// Candidates that are in the same group of every spread.
#[derive(Clone, Debug, Default)]
pub(crate) struct Class {
    pub members: RoaringBitmap,
    /// The best of them: as many as a choice can ask for, and some more.
    pub best: BTreeSet<Rank>,
    /// All members that are not among the best rank behind this; `None`: there are none.
    pub floor: Option<Rank>,
    /// The best that was not chosen last; `None`: all were.
    pub head: Option<Rank>,
}

/// The groups that candidates are in, in the order of the spreads.
pub(crate) type Groups = Box<[Arc<str>]>;

pub(crate) type Classes = BTreeMap<Groups, Class>;

impl Rank {
    /// What it adds to the worth of its group: at least something, so that a group that fills its share counts for more.
    pub fn worth(&self) -> u64 {
        1 + if self.unwelcome == 0 { u64::from(self.total.0) } else { 0 }
    }
}

impl Class {
    /// Takes in a candidate and keeps the best `keep`; who is not among them (any more).
    pub fn insert(&mut self, rank: Rank, keep: usize) -> Option<Rank> {
        self.members.insert(rank.handle);
        if self.floor.as_ref().is_some_and(|floor| rank > *floor) {
            return Some(rank);
        }
        self.best.insert(rank);
        if self.best.len() <= keep {
            return None;
        }
        let last = self.best.pop_last();
        self.floor.clone_from(&last);
        last
    }

    /// Whether a choice might ask for one that is not among the best.
    pub fn is_short(&self, limit: usize) -> bool {
        self.floor.is_some() && self.best.len() <= limit
    }

    /// Whether a choice looked at this rank: what comes behind the best that was left has no part in it.
    pub fn matters(&self, rank: &Rank) -> bool {
        self.head.as_ref().is_none_or(|head| rank <= head)
    }
}

/// A class in the making, of many candidates at once.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    members: RoaringBitmap,
    best: Vec<Rank>,
    floor: Option<Rank>,
}

impl Gathered {
    /// Takes in a member; whether it may be one of the best, by what comes before names.
    pub fn admit(&mut self, handle: u32, unwelcome: u32, total: Reverse<u32>) -> bool {
        self.members.insert(handle);
        self.floor.as_ref().is_none_or(|floor| (unwelcome, total) <= (floor.unwelcome, floor.total))
    }

    /// Takes in the rank of one that was admitted.
    pub fn add(&mut self, rank: Rank, keep: usize) {
        if self.floor.as_ref().is_none_or(|floor| rank < *floor) {
            self.best.push(rank);
        }
        // Sorted now and then instead of kept in order: most candidates are none of the best.
        if self.best.len() >= keep.saturating_mul(2) {
            self.shorten(keep);
        }
    }

    pub fn finish(mut self, keep: usize) -> Class {
        self.shorten(keep);
        let best = self.best.into_iter().collect();
        Class { members: self.members, best, floor: self.floor, head: None }
    }

    fn shorten(&mut self, keep: usize) {
        if self.best.len() > keep {
            let (_, first_out, _) = self.best.select_nth_unstable(keep);
            self.floor = Some(first_out.clone());
            self.best.truncate(keep);
        }
    }
}
