//! Decides when a changed row is written: at once after a quiet time, else not before some time has passed since the
//! last write, so that a busy row conflates.
//!
//! Time is what the caller says; if it goes back, everything is due.

use std::collections::{BTreeMap, BTreeSet};

/// The rows that differ from what is stored, by when they may be written.
#[derive(Clone, Debug)]
pub struct Pace<K> {
    due: BTreeSet<(u64, K)>,
    due_of: BTreeMap<K, u64>,
    written: BTreeMap<K, u64>,
    /// Of the last [`Pace::take`], until the next.
    in_flight: Vec<K>,
    now: u64,
}

impl<K> Default for Pace<K> {
    fn default() -> Self {
        Self {
            due: BTreeSet::new(),
            due_of: BTreeMap::new(),
            written: BTreeMap::new(),
            in_flight: Vec::new(),
            now: 0,
        }
    }
}

impl<K: Ord + Clone> Pace<K> {
    /// `key` has changed and may be written `apart` milliseconds after its last write. An earlier date stands.
    pub fn mark(&mut self, key: &K, apart: u64) {
        let due = self.written.get(key).map_or(0, |written| written + apart);
        match self.due_of.get(key) {
            Some(&earlier) if earlier <= due => return,
            Some(&later) => self.due.remove(&(later, key.clone())),
            None => false,
        };
        self.due.insert((due, key.clone()));
        self.due_of.insert(key.clone(), due);
    }

    /// The rows of what is due, at most `limit`. They count as written, unless [`Pace::rejected`] follows; what has no
    /// row is stored as it should be.
    pub fn take<R>(&mut self, now: u64, limit: usize, row: impl Fn(&K) -> Option<R>) -> Vec<R> {
        self.turn_to(now);
        self.in_flight.clear();
        let mut rows = Vec::new();
        let due: Vec<_> = self.due.iter().take_while(|(at, _)| *at <= now).take(limit).cloned().collect();
        for entry in due {
            self.due.remove(&entry);
            self.due_of.remove(&entry.1);
            if let Some(row) = row(&entry.1) {
                rows.push(row);
                self.written.insert(entry.1.clone(), now);
                self.in_flight.push(entry.1);
            }
        }
        rows
    }

    /// More is due than the last [`Pace::take`] gave.
    pub fn more(&self) -> bool {
        self.due.first().is_some_and(|(at, _)| *at <= self.now)
    }

    /// What the last [`Pace::take`] gave has not been stored: all of it is due again.
    pub fn rejected(&mut self) {
        for key in std::mem::take(&mut self.in_flight) {
            self.written.remove(&key);
            self.mark(&key, 0);
        }
    }

    fn turn_to(&mut self, now: u64) {
        if now < self.now {
            let keys: Vec<K> = std::mem::take(&mut self.due_of).into_keys().collect();
            self.due.clear();
            self.written.clear();
            keys.iter().for_each(|key| self.mark(key, 0));
        }
        self.now = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take<K: Ord + Clone>(pace: &mut Pace<K>, now: u64, limit: usize) -> Vec<K> {
        pace.take(now, limit, |key| Some(key.clone()))
    }

    #[test]
    fn a_quiet_row_is_due_at_once_and_a_busy_one_later() {
        let mut pace = Pace::default();
        pace.mark(&"a", 250);
        assert_eq!(take(&mut pace, 1_000, 10), ["a"]);
        pace.mark(&"a", 250);
        assert!(take(&mut pace, 1_249, 10).is_empty());
        assert_eq!(take(&mut pace, 1_250, 10), ["a"]);
    }

    #[test]
    fn what_needs_no_row_delays_nothing() {
        let mut pace = Pace::default();
        pace.mark(&"a", 250);
        assert!(pace.take(1_000, 10, |_| None::<()>).is_empty());
        pace.mark(&"a", 250);
        assert_eq!(take(&mut pace, 1_001, 10), ["a"]);
    }

    #[test]
    fn what_was_not_stored_is_due_again() {
        let mut pace = Pace::default();
        pace.mark(&"a", 250);
        take(&mut pace, 1_000, 10);
        pace.rejected();
        assert_eq!(take(&mut pace, 1_000, 10), ["a"]);
    }

    #[test]
    fn a_clock_that_goes_back_delays_nothing() {
        let mut pace = Pace::default();
        pace.mark(&"a", 250);
        take(&mut pace, 1_000_000, 10);
        pace.mark(&"a", 250);
        assert_eq!(take(&mut pace, 500, 10), ["a"]);
    }

    #[test]
    fn a_limit_leaves_the_rest_due() {
        let mut pace = Pace::default();
        [1, 2, 3].iter().for_each(|key| pace.mark(key, 250));
        assert_eq!((take(&mut pace, 1, 2), pace.more()), (vec![1, 2], true));
        assert_eq!((take(&mut pace, 1, 2), pace.more()), (vec![3], false));
    }
}
