//! What a loop counts, for the process's metrics.

use std::sync::atomic::{AtomicU64, Ordering};

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
}

pub(crate) fn add(counter: &AtomicU64, count: usize) {
    counter.fetch_add(count as u64, Ordering::Relaxed);
}

pub(crate) fn set(gauge: &AtomicU64, value: u64) {
    gauge.store(value, Ordering::Relaxed);
}
