//! The wall clock, which the server's and the agents' times are by: a run is one machine.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Since the Unix epoch.
pub type Moment = Duration;

pub fn now() -> Moment {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// Seconds from `from` to `to`; zero where clocks' granularity makes it negative.
pub fn seconds(from: Moment, to: Moment) -> f64 {
    to.saturating_sub(from).as_secs_f64()
}
