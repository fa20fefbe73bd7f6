//! The two clocks: one that only goes forward, for durations, and one that also tells the time of day. The second is read
//! from the system once and goes on by the first, so that a clock that is set cannot make a fleet look silent.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    started: Instant,
    /// Milliseconds since the Unix epoch.
    started_ms: u64,
}

impl Clock {
    pub fn start() -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let started_ms = u64::try_from(since.as_millis()).unwrap_or(u64::MAX);
        Self { started: Instant::now(), started_ms }
    }

    /// Milliseconds since the loop started.
    pub fn now(self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Milliseconds since the Unix epoch.
    pub fn wall(self) -> u64 {
        self.started_ms.saturating_add(self.now())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_wrong_at_the_start_stays_wrong_by_as_much() {
        let right = Clock::start();
        for wrong_ms in [0, right.started_ms - 86_400_000, right.started_ms + 86_400_000, u64::MAX] {
            let wrong = Clock { started_ms: wrong_ms, ..right };
            let (before, wall, after) = (right.now(), wrong.wall(), right.now());
            assert!(wall >= wrong_ms.saturating_add(before) && wall <= wrong_ms.saturating_add(after));
        }
    }
}
