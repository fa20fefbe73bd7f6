//! Durations: with jitter, so that many agents do not do the same at the same time, and as they are reported.

use std::time::Duration;

use rand::Rng as _;

/// Within a fifth of `period`, either way.
pub fn jittered(period: Duration) -> Duration {
    period.mul_f64(rand::rng().random_range(0.8..1.2))
}

/// `first`, doubled with each attempt up to `longest`, with jitter.
pub fn backoff(first: Duration, longest: Duration, attempts: u32) -> Duration {
    jittered(first.saturating_mul(2_u32.saturating_pow(attempts)).min(longest))
}

/// Microseconds; what is longer than `most` counts as that.
pub fn micros<T: TryFrom<u128>>(duration: Duration, most: T) -> T {
    T::try_from(duration.as_micros()).unwrap_or(most)
}

/// Milliseconds.
pub fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
