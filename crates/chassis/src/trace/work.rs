//! The spans of a service that takes rows in and writes others: from when a cause was taken in until what follows from
//! it is stored.

use std::borrow::Cow;
use std::collections::{BTreeMap, VecDeque};
use std::time::SystemTime;

use super::{Kind, Span, is_sampled};

/// Causes whose arrival is remembered: those that are worked on, and some that lead to nothing here.
const REMEMBERED: usize = 1024;

/// What is being worked on. `U` names what is written at once: one batch of a unit is on its way at any time.
#[derive(Debug)]
pub struct Work<U> {
    arrived: BTreeMap<String, SystemTime>,
    /// Oldest first.
    order: VecDeque<String>,
    /// By what it is about and its cause.
    open: BTreeMap<U, BTreeMap<(String, String), Open>>,
}

#[derive(Debug)]
struct Open {
    span: Span,
    /// What its rows carry.
    carried: Option<String>,
    rows: i64,
}

impl<U> Default for Work<U> {
    fn default() -> Self {
        Self { arrived: BTreeMap::new(), order: VecDeque::new(), open: BTreeMap::new() }
    }
}

impl<U: Ord + Clone> Work<U> {
    /// A row that carries `cause` was taken in.
    pub fn arrive(&mut self, cause: Option<&str>) {
        let Some(cause) = cause.filter(|cause| is_sampled(cause) && !self.arrived.contains_key(*cause))
        else {
            return;
        };
        self.arrived.insert(cause.to_owned(), SystemTime::now());
        self.order.push_back(cause.to_owned());
        if self.order.len() > REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.arrived.remove(&oldest);
        }
    }

    /// What a row of `unit` carries that follows from `cause`: one span `name` for all rows of a batch that are
    /// `about` the same. Where nothing is recorded, the cause itself.
    pub fn carry(
        &mut self,
        unit: &U,
        name: impl Into<Cow<'static, str>>,
        (key, about): (&'static str, &str),
        cause: Option<&str>,
    ) -> Option<String> {
        let cause = cause?;
        let since = self.arrived.get(cause).copied().unwrap_or_else(SystemTime::now);
        self.carry_since(unit, name, (key, about), cause, since)
    }

    /// The same, of what was taken in at `since`.
    pub fn carry_since(
        &mut self,
        unit: &U,
        name: impl Into<Cow<'static, str>>,
        (key, about): (&'static str, &str),
        cause: &str,
        since: SystemTime,
    ) -> Option<String> {
        if !is_sampled(cause) {
            return Some(cause.to_owned());
        }
        let key_of_span = (about.to_owned(), cause.to_owned());
        if let Some(open) = self.open.get_mut(unit).and_then(|open| open.get_mut(&key_of_span)) {
            open.rows += 1;
            return open.carried.clone();
        }
        let span = Span::begun(name, Kind::Consumer, Some(cause), since);
        if !span.is_recording() {
            return Some(cause.to_owned());
        }
        span.set("messaging.system", "nats");
        span.set(key, about.to_owned());
        let carried = span.traceparent();
        let open = Open { span, carried: carried.clone(), rows: 1 };
        self.open.entry(unit.clone()).or_default().insert(key_of_span, open);
        carried
    }

    /// The batch of `unit` is stored.
    pub fn stored(&mut self, unit: &U) {
        for Open { span, rows, .. } in self.open.remove(unit).into_iter().flat_map(BTreeMap::into_values) {
            span.set("messaging.batch.message_count", rows);
        }
    }

    /// Nothing of it was; it is decided again, in spans of their own.
    pub fn rejected(&mut self, unit: &U) {
        for Open { span, .. } in self.open.remove(unit).into_iter().flat_map(BTreeMap::into_values) {
            span.fail("nothing of it was stored");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_an_exporter_the_cause_is_passed_on() {
        let mut work = Work::<u32>::default();
        for cause in [
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00",
        ] {
            work.arrive(Some(cause));
            assert_eq!(work.carry(&1, "work", ("about", "this"), Some(cause)).as_deref(), Some(cause));
        }
        assert_eq!(work.carry(&1, "work", ("about", "this"), None), None);
        assert!(work.open.is_empty());
    }

    #[test]
    fn only_the_newest_arrivals_are_remembered() {
        let mut work = Work::<u32>::default();
        (0..2 * REMEMBERED).for_each(|n| work.arrive(Some(&format!("00-{n}-01"))));
        assert_eq!((work.arrived.len(), work.order.len()), (REMEMBERED, REMEMBERED));
        assert!(!work.arrived.contains_key("00-0-01"));
    }
}
