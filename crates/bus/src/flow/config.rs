//! What the loop is told from outside.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::Stats;
use super::lease::Timing;
use crate::Error;

/// The parameters of a loop.
#[derive(Clone, Debug)]
pub struct Config {
    /// Unique among the processes that run the same loop; a subject token (`[a-z0-9-]`).
    pub holder: String,
    /// A lease that has not been renewed for this long, as measured locally, is dead.
    pub lease: Duration,
    /// How often leases are renewed; a third of `lease` or less.
    pub renew: Duration,
    /// The queue group of requests that one of several replicas should answer, and the name in logs.
    pub service: String,
}

impl Config {
    /// The usual durations: leases of 3 s, renewed each second.
    pub fn new(service: impl Into<String>, holder: impl Into<String>) -> Self {
        Self {
            holder: holder.into(),
            lease: Duration::from_secs(3),
            renew: Duration::from_secs(1),
            service: service.into(),
        }
    }
}

impl Config {
    pub(super) fn check(&self) -> Result<(), Error> {
        let valid = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if self.holder.is_empty() || self.holder.len() > 63 || !self.holder.bytes().all(valid) {
            return Err(Error::Invalid(format!("holder {:?} is not one to 63 of [a-z0-9-]", self.holder)));
        }
        if self.renew.is_zero() || self.renew * 2 > self.lease {
            return Err(Error::Invalid(format!(
                "a lease of {:?} cannot be kept by renewing it every {:?}; renew at least twice as often",
                self.lease, self.renew
            )));
        }
        Ok(())
    }

    pub(super) fn timing(&self) -> Timing {
        let millis = |duration: Duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        Timing { lease: millis(self.lease), renew: millis(self.renew) }
    }
}

/// What ties a loop to its process.
#[derive(Clone)]
pub struct Hooks {
    /// True, or its sender gone: release the leases and return.
    pub shutdown: watch::Receiver<bool>,
    /// Told true when the view has caught up, false when it has to read again or the connection is lost; what for is
    /// [`Stats::lacks`].
    pub ready: Arc<dyn Fn(bool) + Send + Sync>,
    pub stats: Arc<Stats>,
}

impl fmt::Debug for Hooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hooks").field("stats", &self.stats).finish_non_exhaustive()
    }
}
