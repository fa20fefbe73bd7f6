//! Finds out which agents have to send their reports again.
//!
//! A heartbeat tells the digest of the reports that the agent has sent. It often overtakes the report before it, so a
//! difference counts only if it is still there a little later and nothing was reported since.

use std::collections::VecDeque;
use std::sync::Arc;

use model::Digest;

use super::RegionView;

/// Far longer than a report takes to arrive, far shorter than the time between heartbeats.
const SETTLE_MS: u64 = 2_000;

/// Differences that may settle yet, oldest first; at most one for each location.
#[derive(Clone, Debug, Default)]
pub struct Checks {
    waiting: VecDeque<Check>,
    asks: Vec<String>,
}

#[derive(Clone, Debug)]
struct Check {
    at: u64,
    location: Arc<str>,
    /// As the agent told it.
    digest: Digest,
    /// How many changes the location's reports had seen.
    reports: u32,
}

impl RegionView {
    /// Locations whose agents have to send their reports again; each is told at most once in a period.
    pub fn take_asks(&mut self) -> Vec<String> {
        std::mem::take(&mut self.checks.asks)
    }

    /// Compares what an agent says it has reported with what is known.
    pub(super) fn check_digest(&mut self, name: &Arc<str>, digest: Digest, now: u64) {
        let Some(location) = self.locations.get_mut(name) else { return };
        if now < location.next_ask || location.agrees(digest) {
            return;
        }
        // Heartbeats come up to a fifth early: the next one must not be too early to ask again.
        location.next_ask = now + location.period_ms * 3 / 4;
        let settle = SETTLE_MS.min(location.period_ms / 2);
        let check = Check { at: now + settle, location: name.clone(), digest, reports: location.reports };
        self.checks.waiting.push_back(check);
    }

    /// Decides the checks whose time has come.
    pub(super) fn settle_checks(&mut self, now: u64) {
        while let Some(check) = self.checks.waiting.pop_front_if(|check| check.at <= now) {
            let differs = self
                .locations
                .get(&check.location)
                .is_some_and(|location| location.reports == check.reports && !location.agrees(check.digest));
            if differs {
                self.checks.asks.push(check.location.to_string());
            }
        }
    }
}
