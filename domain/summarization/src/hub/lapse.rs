//! Which regions nobody summarizes any more, decided on when their leases were last renewed.
//!
//! What such a region has told last stands in its row for ever, and nobody there hears who is silent.

use std::collections::BTreeMap;

/// A lease that was not renewed for this many times its duration has lapsed: a takeover waits for one, and reads a
/// region's rows.
const DURATIONS: u64 = 10;

/// The regions whose leases were seen, with the time at which each lapses. A region of which no lease was ever seen
/// has told nothing either.
#[derive(Clone, Debug, Default)]
pub struct Lapses {
    at: BTreeMap<String, u64>,
    now: u64,
}

impl Lapses {
    /// The region's lease was renewed, or first seen. Whether it had lapsed.
    pub fn renew(&mut self, region: &str, duration_ms: u64, now: u64) -> bool {
        let lapsed = self.is_lapsed(region);
        self.at.insert(region.to_owned(), now + DURATIONS * duration_ms);
        lapsed
    }

    /// Time has passed; whether that has let a lease lapse.
    pub fn tick(&mut self, now: u64) -> bool {
        let before = std::mem::replace(&mut self.now, now);
        self.at.values().any(|at| before < *at && *at <= now)
    }

    pub fn is_lapsed(&self, region: &str) -> bool {
        self.at.get(region).is_some_and(|at| *at <= self.now)
    }
}
