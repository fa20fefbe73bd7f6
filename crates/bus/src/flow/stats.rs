//! What a loop counts, for the process's metrics.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::cause::{Cause, Interruption, Loss, Reason};

/// Counters of one loop. All are totals since the start, but for the gauges that say so.
#[derive(Debug, Default)]
pub struct Stats {
    /// Rows given to the view.
    pub rows_folded: AtomicU64,
    /// Batches stored.
    pub batches: AtomicU64,
    /// Rows stored, without leases and marks of completeness.
    pub rows_written: AtomicU64,
    /// Batches that were not stored; their rows are decided anew and tried again.
    pub not_stored: ByReason<Cause>,
    /// Batches of leases that were not stored.
    pub not_kept: ByReason<Cause>,
    /// Streams that could not be created.
    pub not_created: ByReason<Cause>,
    /// Pieces of content stored.
    pub contents_stored: AtomicU64,
    /// Rows and messages dropped because they could not be read.
    pub unreadable: AtomicU64,
    /// Times that following a stream began again, after the last row that was told.
    pub interrupted: ByReason<Interruption>,
    /// Times that a stream was read again from its beginning.
    pub resets: AtomicU64,
    /// Core messages given to the view.
    pub messages: AtomicU64,
    /// Core messages dropped.
    pub dropped: ByReason<Loss>,
    /// Gauge: rows that are stored and not folded yet, over all followed streams.
    pub lag: AtomicU64,
    /// Gauge: units whose lease is held.
    pub leases: AtomicU64,
    lacks: Mutex<BTreeSet<String>>,
}

/// A counter for each reason of a closed list.
#[derive(Debug)]
pub struct ByReason<R>(BTreeMap<R, AtomicU64>);

/// A number of [`Stats`] as it is now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    pub name: &'static str,
    pub help: &'static str,
    pub kind: Kind,
    /// Of numbers that are told apart by it; those of one name follow each other.
    pub reason: Option<&'static str>,
    pub value: u64,
}

/// How a number goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It only grows.
    Total,
    /// It goes up and down.
    Gauge,
}

impl Stats {
    /// What is not read to its end, or may have changed unseen: streams, and the connection. Empty: caught up.
    pub fn lacks(&self) -> BTreeSet<String> {
        self.lacks.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn set_lacks(&self, lacks: BTreeSet<String>) {
        *self.lacks.lock().unwrap_or_else(PoisonError::into_inner) = lacks;
    }

    /// All numbers.
    pub fn readings(&self) -> Vec<Reading> {
        let single = [
            Reading::total("rows_folded", "Rows taken in", &self.rows_folded),
            Reading::total("batches", "Batches stored", &self.batches),
            Reading::total("rows_written", "Rows stored", &self.rows_written),
            Reading::total("contents_stored", "Pieces of content stored", &self.contents_stored),
            Reading::total("unreadable", "Rows and messages that could not be read", &self.unreadable),
            Reading::total("resets", "Streams read again from the beginning", &self.resets),
            Reading::total("messages", "Core messages taken in", &self.messages),
            Reading::gauge("lag_rows", "Rows stored and not taken in yet", &self.lag),
            Reading::gauge("leases", "Leases held", &self.leases),
        ];
        let stored = self.not_stored.readings("not_stored", "Batches not stored and tried again, by reason");
        let kept = self.not_kept.readings("leases_not_stored", "Batches of leases not stored, by reason");
        let created =
            self.not_created.readings("not_created", "Streams not created and tried again, by reason");
        let interrupted =
            self.interrupted.readings("interrupted", "Times that following a stream began again, by reason");
        let dropped = self.dropped.readings("dropped", "Core messages dropped, by reason");
        single
            .into_iter()
            .chain(stored)
            .chain(kept)
            .chain(created)
            .chain(interrupted)
            .chain(dropped)
            .collect()
    }
}

impl<R: Reason> Default for ByReason<R> {
    fn default() -> Self {
        Self(R::ALL.iter().map(|reason| (*reason, AtomicU64::new(0))).collect())
    }
}

impl<R: Reason> ByReason<R> {
    /// How often it has been this.
    pub fn get(&self, reason: R) -> u64 {
        self.0.get(&reason).map_or(0, |counter| counter.load(Ordering::Relaxed))
    }

    /// It has been this once more.
    pub fn add(&self, reason: R) {
        if let Some(counter) = self.0.get(&reason) {
            add(counter, 1);
        }
    }

    /// What somebody else has counted.
    pub(crate) fn set(&self, reason: R, value: u64) {
        if let Some(counter) = self.0.get(&reason) {
            set(counter, value);
        }
    }

    fn readings(&self, name: &'static str, help: &'static str) -> impl Iterator<Item = Reading> {
        let reading = move |(reason, counter): (&R, &AtomicU64)| Reading {
            reason: Some(reason.label()),
            ..Reading::total(name, help, counter)
        };
        self.0.iter().map(reading)
    }
}

impl Reading {
    fn total(name: &'static str, help: &'static str, value: &AtomicU64) -> Self {
        let value = value.load(Ordering::Relaxed);
        Self { name, help, kind: Kind::Total, reason: None, value }
    }

    fn gauge(name: &'static str, help: &'static str, value: &AtomicU64) -> Self {
        Self { kind: Kind::Gauge, ..Self::total(name, help, value) }
    }
}

pub(crate) fn add(counter: &AtomicU64, count: usize) {
    counter.fetch_add(count as u64, Ordering::Relaxed);
}

pub(crate) fn set(gauge: &AtomicU64, value: u64) {
    gauge.store(value, Ordering::Relaxed);
}
