//! How quickly locations become healthy.

use std::{collections::VecDeque, time::Duration};

/// What is longer ago says little of now.
const WINDOW_MS: u64 = 60_000;
/// Nothing can be told of less.
const LEAST_MS: u64 = 2_000;
/// Between two samples.
const STEP_MS: u64 = 1_000;

/// The pace of the last minute, of one rollout. Times are in milliseconds of any clock that does not go back.
#[derive(Debug, Default)]
pub struct Pace {
    rollout: u64,
    /// When, and how many were healthy then.
    samples: VecDeque<(u64, u64)>,
    healthy: u64,
}

impl Pace {
    /// So many are healthy now.
    pub fn take(&mut self, now_ms: u64, rollout: u64, healthy: u64) {
        if rollout != self.rollout {
            *self = Self { rollout, ..Self::default() };
        }
        self.healthy = healthy;
        if self.samples.back().is_none_or(|(time, _)| time + STEP_MS <= now_ms) {
            self.samples.push_back((now_ms, healthy));
        }
        while self.samples.front().is_some_and(|(time, _)| time + WINDOW_MS < now_ms) {
            self.samples.pop_front();
        }
    }

    /// So many a minute; `None`: none, or it is too early to tell.
    pub fn per_minute(&self, now_ms: u64) -> Option<u64> {
        let (since, healthy) = self.samples.front()?;
        let elapsed = now_ms.saturating_sub(*since);
        let gained = self.healthy.saturating_sub(*healthy);
        (elapsed >= LEAST_MS && gained > 0).then(|| (gained * WINDOW_MS / elapsed).max(1))
    }

    /// How long so many more would take at this pace.
    pub fn left(&self, now_ms: u64, more: u64) -> Option<Duration> {
        let per_minute = self.per_minute(now_ms)?;
        Some(Duration::from_secs((more * 60).div_ceil(per_minute)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pace_is_that_of_the_last_minute() {
        let mut pace = Pace::default();
        pace.take(1_000_000, 7, 0);
        assert_eq!(pace.per_minute(1_000_500), None, "too early");
        pace.take(1_010_000, 7, 20);
        assert_eq!(pace.per_minute(1_010_000), Some(120));
        assert_eq!(pace.left(1_010_000, 60), Some(Duration::from_secs(30)));
        (1_010..1_080).for_each(|second| pace.take(second * 1_000, 7, 20));
        assert_eq!((pace.per_minute(1_080_000), pace.left(1_080_000, 60)), (None, None), "it stands still");
        assert!(pace.samples.len() <= 61);
    }

    #[test]
    fn another_rollout_begins_anew() {
        let mut pace = Pace::default();
        pace.take(0, 7, 0);
        pace.take(10_000, 7, 50);
        pace.take(11_000, 8, 0);
        assert_eq!(pace.per_minute(11_000), None);
        pace.take(13_000, 8, 1);
        assert_eq!(pace.per_minute(13_000), Some(30));
    }
}
