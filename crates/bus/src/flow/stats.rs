//! What a loop counts, for the process's metrics.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// Counters of one loop. All are totals since the start, but for the gauges that say so.
#[derive(Debug, Default)]
pub struct Stats {
    /// Rows given to the view.
    pub rows_folded: AtomicU64,
    /// Batches stored.
    pub batches: AtomicU64,
    /// Rows stored, without leases and marks of completeness.
    pub rows_written: AtomicU64,
    /// Batches refused because a row or the lease had changed.
    pub rejected: AtomicU64,
    /// Batches that failed otherwise and are tried again.
    pub failed: AtomicU64,
    /// Pieces of content stored.
    pub contents_stored: AtomicU64,
    /// Rows and messages dropped because they could not be read.
    pub unreadable: AtomicU64,
    /// Times that a stream was read again from its beginning.
    pub resets: AtomicU64,
    /// Core messages given to the view.
    pub messages: AtomicU64,
    /// Gauge: rows that are stored and not folded yet, over all followed streams.
    pub lag: AtomicU64,
    /// Gauge: units whose lease is held.
    pub leases: AtomicU64,
    lacks: Mutex<BTreeSet<String>>,
}

/// A number of [`Stats`] as it is now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    pub name: &'static str,
    pub help: &'static str,
    pub kind: Kind,
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
    pub fn readings(&self) -> [Reading; 11] {
        [
            Reading::total("rows_folded", "Rows taken in", &self.rows_folded),
            Reading::total("batches", "Batches stored", &self.batches),
            Reading::total("rows_written", "Rows stored", &self.rows_written),
            Reading::total("rejected", "Batches refused because something had changed", &self.rejected),
            Reading::total("failed", "Batches that failed and are tried again", &self.failed),
            Reading::total("contents_stored", "Pieces of content stored", &self.contents_stored),
            Reading::total("unreadable", "Rows and messages that could not be read", &self.unreadable),
            Reading::total("resets", "Streams read again from the beginning", &self.resets),
            Reading::total("messages", "Core messages taken in", &self.messages),
            Reading::gauge("lag_rows", "Rows stored and not taken in yet", &self.lag),
            Reading::gauge("leases", "Leases held", &self.leases),
        ]
    }
}

impl Reading {
    fn total(name: &'static str, help: &'static str, value: &AtomicU64) -> Self {
        Self { name, help, kind: Kind::Total, value: value.load(Ordering::Relaxed) }
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
