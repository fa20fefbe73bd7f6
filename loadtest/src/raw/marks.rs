//! When what happened, as every task marks it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::Instant;

/// A clock of this process.
#[derive(Clone, Copy, Debug)]
pub struct Clock(Instant);

/// The newest time of something.
#[derive(Debug, Default)]
pub struct Mark(AtomicU64);

impl Clock {
    pub fn start() -> Self {
        Self(Instant::now())
    }

    pub fn now(self) -> Duration {
        self.0.elapsed()
    }

    pub fn mark(self, mark: &Mark) {
        mark.0.store(micros(self.now()), Ordering::Relaxed);
    }
}

impl Mark {
    /// Microseconds since `from`.
    pub fn since(&self, from: Duration) -> u64 {
        self.0.load(Ordering::Relaxed).saturating_sub(micros(from))
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
