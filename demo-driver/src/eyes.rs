//! What the demo sees: the reports and summaries of the tables, followed as any user could.
//!
//! A view of the one loop that has no units: it folds and never writes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, bail};
use bus::flow::{self, Batch, Unit, View};
use bus::{Bus, Key, Row, Stream};
use model::{PlacementKey, Status, Summary};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// The newest rows of what is shown.
#[derive(Debug, Default)]
pub struct Seen {
    pub statuses: BTreeMap<PlacementKey, BTreeMap<String, Status>>,
    pub summaries: BTreeMap<PlacementKey, Summary>,
    /// The rollout number of each placement.
    pub rollouts: BTreeMap<PlacementKey, u64>,
}

impl Seen {
    /// Whether the hub's summary counts the present rollout of `placement` and finds it well everywhere.
    pub fn is_well(&self, placement: &PlacementKey) -> bool {
        let Some((summary, number)) = self.summaries.get(placement).zip(self.rollouts.get(placement)) else {
            return false;
        };
        let total = &summary.total;
        summary.partial.rollout == *number
            && summary.behind.is_empty()
            && total.expected > 0
            && total.healthy == total.expected
            && total.updated == total.expected
    }

    /// The present rollout number; 0 before the first.
    pub fn rollout(&self, placement: &PlacementKey) -> u64 {
        self.rollouts.get(placement).copied().unwrap_or_default()
    }

    /// Reports of a rollout number, by location.
    pub fn reports(&self, placement: &PlacementKey, rollout: u64) -> BTreeMap<&str, &Status> {
        let all = self.statuses.get(placement).into_iter().flatten();
        all.filter(|(_, s)| s.rollout == rollout).map(|(location, s)| (location.as_str(), s)).collect()
    }

    /// One line of counts, as a user reads a summary.
    pub fn counts(&self, placement: &PlacementKey) -> String {
        let Some(summary) = self.summaries.get(placement) else { return "no summary yet".to_owned() };
        let t = &summary.total;
        let counts = [
            ("updated", t.updated),
            ("progressing", t.progressing),
            ("degraded", t.degraded),
            ("failed", t.failed),
            ("stale", t.stale),
            ("missing", t.missing),
        ];
        let rest: String =
            counts.iter().filter(|(_, n)| *n > 0).map(|(name, n)| format!(", {n} {name}")).collect();
        format!("rollout {}: {} of {} healthy{rest}", summary.partial.rollout, t.healthy, t.expected)
    }
}

/// Follows the tables in the background until dropped.
#[derive(Debug)]
pub struct Eyes {
    seen: watch::Receiver<Seen>,
    shutdown: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Eyes {
    /// Connects to the bus; `regions` are those whose reports are followed.
    pub async fn open(nats_url: &str, regions: BTreeSet<String>) -> anyhow::Result<Eyes> {
        let bus = Bus::connect(bus::Options { url: nats_url.to_owned(), name: "demo".to_owned() }).await?;
        let (sender, seen) = watch::channel(Seen::default());
        let (stop, shutdown) = watch::channel(false);
        let hooks = flow::Hooks { shutdown, ready: Arc::new(|_| {}), stats: Arc::default() };
        let config = flow::Config::new("demo", format!("demo-{}", std::process::id()));
        let task = tokio::spawn(async move {
            if let Err(error) = flow::run(bus, Follower { regions, seen: sender }, config, hooks).await {
                tracing::error!(%error, "the demo does not see the tables any more");
            }
        });
        Ok(Eyes { seen, shutdown: stop, task })
    }

    /// Stops following; the bus may be gone afterwards.
    pub async fn close(self) {
        self.shutdown.send_replace(true);
        // A view without units has nothing to hand back: however this ends, it has ended.
        self.task.await.ok();
    }

    /// What is seen now. Keep it only for a moment: nothing new is seen meanwhile.
    pub fn now(&self) -> watch::Ref<'_, Seen> {
        self.seen.borrow()
    }

    /// Waits until `is` holds. The error says what was awaited and the counts of `placement`.
    pub async fn until(
        &self,
        what: &str,
        placement: &PlacementKey,
        timeout: Duration,
        is: impl Fn(&Seen) -> bool,
    ) -> anyhow::Result<()> {
        let mut seen = self.seen.clone();
        match tokio::time::timeout(timeout, seen.wait_for(|seen| is(seen))).await {
            Ok(found) => found.map(|_| ()).context("the tables are not followed any more"),
            Err(_) => bail!("not within {timeout:?}: {what}; {}", self.now().counts(placement)),
        }
    }
}

/// The wall clock, which the edge's reports carry too: the demo is one machine.
pub fn now_ms() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(now.as_millis()).unwrap_or(u64::MAX)
}

struct Follower {
    regions: BTreeSet<String>,
    seen: watch::Sender<Seen>,
}

impl View for Follower {
    fn follows(&self) -> BTreeSet<Stream> {
        let statuses = self.regions.iter().map(|region| Stream::Status(region.clone()));
        statuses.chain([Stream::Summary, Stream::Decision]).collect()
    }

    fn fold(&mut self, row: Row) {
        self.seen.send_if_modified(|seen| fold(seen, &row));
    }

    fn reset(&mut self, stream: &Stream) {
        self.seen.send_modify(|seen| match stream {
            Stream::Status(_) => seen.statuses.clear(),
            Stream::Summary => seen.summaries.clear(),
            _ => seen.rollouts.clear(),
        });
    }

    fn writes(&mut self, _unit: &Unit, _limit: usize, _now_ms: u64) -> Batch {
        Batch::default()
    }
}

/// True when the row is one that is shown. One that cannot be read shows nothing: the acts' checks then fail.
fn fold(seen: &mut Seen, row: &Row) -> bool {
    let Some(value) = &row.value else { return false };
    match &row.key {
        Key::Status { location, placement, .. } => match wire::decode_status(value) {
            Ok((status, _)) => {
                seen.statuses.entry(placement.clone()).or_default().insert(location.clone(), status);
                true
            }
            Err(_) => false,
        },
        Key::Summary(placement) => match wire::decode_summary(value) {
            Ok((summary, _)) => {
                seen.summaries.insert(placement.clone(), summary);
                true
            }
            Err(_) => false,
        },
        Key::Rollout(placement) => match wire::decode_rollout(value) {
            Ok(rollout) => {
                seen.rollouts.insert(placement.clone(), rollout.number);
                true
            }
            Err(_) => false,
        },
        _ => false,
    }
}
