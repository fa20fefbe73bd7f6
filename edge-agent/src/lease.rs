//! Which of several agents of one location acts: the holder of a Lease in the cluster.
//!
//! A holder that cannot renew stops before anybody else may take over, by its own clock; others take over when the lease has
//! not changed for its duration, by theirs. No two clocks are compared, and none of them is the time of day: what a lease says
//! of that is for people.

mod held;

use std::time::Duration;

use k8s_openapi::api::coordination::v1::{Lease as Record, LeaseSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{MicroTime, ObjectMeta};
use kube::api::{Api, PostParams};
use tokio::time::{Instant, sleep};

pub use self::held::Held;
use crate::sink::Cluster;
use crate::sink::kubernetes::{ask, refuses};
use crate::{Error, timing};

/// Of its duration: between renewals, and between attempts to have it.
const RENEW: f64 = 0.25;

/// The lease of one location.
#[derive(Clone, Debug)]
pub struct Lease {
    api: Api<Record>,
    name: String,
    holder: String,
    duration: Duration,
    /// The version that somebody else has last written, and since when that is known.
    seen: Option<(String, Instant)>,
}

impl Lease {
    /// `holder` tells this process from all others.
    pub fn new(cluster: &Cluster, namespace: &str, holder: &str, duration: Duration) -> Self {
        let api = Api::namespaced(cluster.client.clone(), namespace);
        let name = format!("tributary.{}", cluster.location);
        Self { api, name, holder: holder.to_owned(), duration, seen: None }
    }

    /// Reaches the API server in another way from now on. What has been seen so far counts.
    pub fn reach(&mut self, cluster: &Cluster, namespace: &str) {
        self.api = Api::namespaced(cluster.client.clone(), namespace);
    }

    /// Waits until it is held. Cancelled, it may be held all the same, until its duration is over.
    ///
    /// # Errors
    /// Whatever the API server says against it; what has been seen until then counts in the next attempt.
    pub async fn acquire(&mut self) -> Result<Held, Error> {
        loop {
            let sent = Instant::now();
            if let Some(record) = self.attempt().await? {
                return Ok(self.hold(record, sent));
            }
            self.pause().await;
        }
    }

    /// Between two attempts.
    pub async fn pause(&self) {
        sleep(timing::jittered(self.duration.mul_f64(RENEW))).await;
    }

    /// Takes it if nobody has it, or whoever has it has not renewed it for its duration.
    async fn attempt(&mut self) -> Result<Option<Record>, Error> {
        let Some(record) = ask(self.api.get_opt(&self.name)).await? else { return self.create().await };
        let version = record.metadata.resource_version.clone().unwrap_or_default();
        if self.seen.as_ref().is_none_or(|(known, _)| *known != version) {
            self.seen = Some((version, Instant::now()));
        }
        let spec = record.spec.clone().unwrap_or_default();
        let holder = spec.holder_identity.unwrap_or_default();
        let told = spec.lease_duration_seconds.and_then(|seconds| u64::try_from(seconds).ok());
        let duration = told.map_or(self.duration, Duration::from_secs);
        let expired = self.seen.as_ref().is_some_and(|(_, since)| since.elapsed() >= duration);
        if holder.is_empty() || holder == self.holder || expired {
            return self.write(record, &self.holder, true).await;
        }
        Ok(None)
    }

    async fn create(&self) -> Result<Option<Record>, Error> {
        let metadata = ObjectMeta { name: Some(self.name.clone()), ..ObjectMeta::default() };
        let record = Record { metadata, spec: Some(self.spec(&self.holder, None, true)) };
        settle(ask(self.api.create(&PostParams::default(), &record)).await)
    }

    /// Leaves it to whoever comes first, unless somebody else has it.
    async fn give_up(&self) -> Result<(), Error> {
        let Some(record) = ask(self.api.get_opt(&self.name)).await? else { return Ok(()) };
        let holder = record.spec.as_ref().and_then(|spec| spec.holder_identity.as_deref());
        if holder == Some(&self.holder) {
            self.write(record, "", false).await?;
        }
        Ok(())
    }

    /// Only as it was read: of several who try, one has it.
    async fn write(&self, mut record: Record, holder: &str, taken: bool) -> Result<Option<Record>, Error> {
        record.spec = Some(self.spec(holder, record.spec.take(), taken));
        settle(ask(self.api.replace(&self.name, &PostParams::default(), &record)).await)
    }

    fn spec(&self, holder: &str, before: Option<LeaseSpec>, taken: bool) -> LeaseSpec {
        let now = Some(MicroTime(k8s_openapi::jiff::Timestamp::now()));
        let before = before.unwrap_or_default();
        let transitions = before.lease_transitions.unwrap_or(0) + i32::from(taken);
        LeaseSpec {
            holder_identity: Some(holder.to_owned()),
            lease_duration_seconds: Some(i32::try_from(self.duration.as_secs()).unwrap_or(i32::MAX).max(1)),
            acquire_time: if taken { now.clone() } else { before.acquire_time },
            renew_time: now,
            lease_transitions: Some(transitions),
            ..LeaseSpec::default()
        }
    }
}

/// A name that no other process has: that of the host, or pod, and a number.
pub fn own_name() -> String {
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    format!("{host}-{:08x}", rand::random::<u32>())
}

/// `None`: another one was faster.
fn settle(written: Result<Record, Error>) -> Result<Option<Record>, Error> {
    match written {
        Ok(record) => Ok(Some(record)),
        Err(error) if refuses(&error, "ChangedMeanwhile") => Ok(None),
        Err(error) => Err(error),
    }
}
