//! What the loop is told from outside.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::Stats;

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

/// What ties a loop to its process.
#[derive(Clone)]
pub struct Hooks {
    /// True: release the leases and return.
    pub shutdown: watch::Receiver<bool>,
    /// Told true when the view has caught up, false when it has to read again.
    pub ready: Arc<dyn Fn(bool) + Send + Sync>,
    pub stats: Arc<Stats>,
}

impl fmt::Debug for Hooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hooks").field("stats", &self.stats).finish_non_exhaustive()
    }
}
