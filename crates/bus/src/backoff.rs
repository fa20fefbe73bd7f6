//! Pauses between attempts, so that those who failed together do not come back together.

use std::time::Duration;

use rand::Rng as _;

/// What grows with each failure in a row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Backoff {
    failures: u32,
}

impl Backoff {
    /// Another failure: how long to wait. Full jitter, anything up to `first`, doubled with each failure up to `longest`:
    /// it spreads a herd best, and costs whoever is alone nothing.
    pub fn failed(&mut self, first: Duration, longest: Duration) -> Duration {
        let most = first.saturating_mul(2_u32.saturating_pow(self.failures)).min(longest);
        self.failures = self.failures.saturating_add(1);
        most.mul_f64(rand::rng().random_range(0.0..1.0))
    }

    /// It went well: the next failure is a first one.
    pub fn succeeded(&mut self) {
        self.failures = 0;
    }
}

/// Anything from half of `pause` to half as much again, so that those who waited for the same thing come one by one.
pub(crate) fn jitter(pause: Duration) -> Duration {
    pause.mul_f64(rand::rng().random_range(0.5..1.5))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: Duration = Duration::from_millis(100);
    const LONGEST: Duration = Duration::from_secs(5);

    /// The longest of many pauses after so many failures.
    fn longest_after(failures: u32) -> Duration {
        let pauses = (0..1000).map(|_| Backoff { failures }.failed(FIRST, LONGEST));
        pauses.max().unwrap_or_default()
    }

    #[test]
    fn pauses_are_spread_over_a_time_that_doubles_up_to_the_longest() {
        for (failures, most) in
            [(0, FIRST), (1, 2 * FIRST), (3, 8 * FIRST), (6, LONGEST), (u32::MAX, LONGEST)]
        {
            let longest = longest_after(failures);
            assert!(longest <= most && longest > most / 2, "{longest:?} after {failures} failures");
        }
    }

    #[test]
    fn after_a_success_it_begins_anew() {
        let mut backoff = Backoff::default();
        (0..20).for_each(|_| _ = backoff.failed(FIRST, LONGEST));
        backoff.succeeded();
        assert!(backoff.failed(FIRST, LONGEST) <= FIRST);
    }
}
