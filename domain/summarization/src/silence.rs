//! Tells silent locations by timers, so that time passing costs only what expires.
//!
//! A heartbeat moves a location's deadline and leaves its timer alone; a timer that fires early is set again. So a
//! location costs one timer in three periods, however often it is heard.

use std::collections::BTreeSet;
use std::sync::Arc;

/// Heartbeats that may be missed: more than one, as core messages may be lost.
const PERIODS: u64 = 3;
/// A period that an agent claims beyond this is a mistake: nobody would notice that it is gone.
const MAX_PERIOD_MS: u64 = 24 * 3_600_000;

/// When a location heard at `now` counts as silent, if nothing else is heard.
pub fn deadline(now: u64, period_ms: u64) -> u64 {
    now + PERIODS * period_ms.min(MAX_PERIOD_MS)
}

/// When a location counts as silent that was online before this process started at `now`: a period, and the jitter
/// that agents add.
pub fn grace(now: u64, period_ms: u64) -> u64 {
    now + period_ms.min(MAX_PERIOD_MS) * 3 / 2
}

/// Timers by deadline, at most one for each location.
#[derive(Clone, Debug, Default)]
pub struct Timers {
    at: BTreeSet<(u64, Arc<str>)>,
}

impl Timers {
    /// Wakes `location` at `at`.
    pub fn set(&mut self, at: u64, location: Arc<str>) {
        self.at.insert((at, location));
    }

    /// The locations whose timers have fired; they are gone.
    pub fn expired(&mut self, now: u64) -> Vec<Arc<str>> {
        let mut expired = Vec::new();
        while self.at.first().is_some_and(|(at, _)| *at <= now) {
            expired.extend(self.at.pop_first().map(|(_, location)| location));
        }
        expired
    }
}
