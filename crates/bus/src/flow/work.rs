//! What the loop knows of each unit, and of each stream that has units.

use std::collections::{BTreeMap, BTreeSet};

use super::Unit;
use super::lease::Registry;
use super::rules::Duty;
use crate::Stream;
use crate::backoff::Backoff;

/// One unit.
#[derive(Debug, Default)]
pub(super) struct Work {
    /// A batch with its rows or its lease is on the way.
    pub busy: bool,
    /// Not before this, after a failure.
    pub retry_at: u64,
    pub backoff: Backoff,
    pub duty: Duty,
    /// Counts renewals, so that lease rows differ.
    pub renewal: u64,
}

/// The units of all streams.
#[derive(Debug, Default)]
pub(super) struct Units {
    pub work: BTreeMap<Unit, Work>,
    pub registries: BTreeMap<Stream, Registry>,
    /// Streams whose member row and renewals are on the way.
    pub attending: BTreeSet<Stream>,
    /// Streams whose leases the server did not store: not before this are they tried again.
    pub resting: BTreeMap<Stream, (u64, Backoff)>,
    /// Counts renewals of member rows.
    pub renewal: u64,
    /// The unit whose rows were asked for last.
    pub asked: Option<Unit>,
}

impl Units {
    /// All of them, those first that were not asked last time because the time was over.
    pub fn in_turn(&self, units: BTreeSet<Unit>) -> Vec<Unit> {
        let Some(asked) = &self.asked else { return units.into_iter().collect() };
        let (mut before, after): (Vec<_>, Vec<_>) = units.into_iter().partition(|unit| unit <= asked);
        before.splice(..0, after);
        before
    }

    pub fn work(&mut self, unit: &Unit) -> &mut Work {
        if !self.work.contains_key(unit) {
            self.work.insert(unit.clone(), Work::default());
        }
        self.work.get_mut(unit).expect("it was inserted if it was missing")
    }

    pub fn registry(&mut self, stream: &Stream) -> &mut Registry {
        self.registries.entry(stream.clone()).or_default()
    }

    /// Whether it is too early to try to store leases of `stream` again.
    pub fn is_resting(&self, stream: &Stream, now: u64) -> bool {
        self.resting.get(stream).is_some_and(|(until, _)| now < *until)
    }

    pub fn is_busy(&self, unit: &Unit) -> bool {
        self.work.get(unit).is_some_and(|work| work.busy)
    }

    /// Somebody else holds the lease, or nobody.
    pub fn lost(&mut self, unit: &Unit) {
        if let Some(work) = self.work.get_mut(unit) {
            work.duty.lose();
        }
    }

    /// The stream is read again: nothing that was known of its leases and marks holds.
    pub fn reset(&mut self, stream: &Stream) {
        self.registries.remove(stream);
        for (_, work) in self.work.iter_mut().filter(|(unit, _)| unit.stream == *stream) {
            work.duty.forget();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_that_there_was_no_time_for_is_asked_first() {
        let unit = |name: &str| Unit { stream: Stream::Decision, name: name.to_owned() };
        let all = BTreeSet::from(["a", "b", "c"].map(unit));
        let asked = |asked: Option<&str>| {
            let units = Units { asked: asked.map(unit), ..Units::default() };
            units.in_turn(all.clone()).into_iter().map(|unit| unit.name).collect::<String>()
        };
        assert_eq!([None, Some("a"), Some("b"), Some("c")].map(asked), ["abc", "bca", "cab", "abc"]);
    }
}
