//! Which of several agents of one location acts: the holder of a Lease in the cluster.
//!
//! A holder that cannot renew stops before anybody else may take over, by its own clock; others take over when the lease has
//! not changed for its duration, by theirs. No two clocks are compared.

use std::time::Duration;

use k8s_openapi::api::coordination::v1::{Lease as Record, LeaseSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{MicroTime, ObjectMeta};
use kube::api::{Api, PostParams};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};

use crate::sink::Cluster;
use crate::sink::kubernetes::{ask, refuses};
use crate::{Error, timing};

/// Of its duration: between renewals, and after which a holder that could not renew stops.
const RENEW: f64 = 0.25;
const STOP: f64 = 0.75;

/// The lease of one location.
#[derive(Clone, Debug)]
pub struct Lease {
    api: Api<Record>,
    name: String,
    holder: String,
    duration: Duration,
}

/// The lease, held.
#[derive(Debug)]
pub struct Held {
    lease: Lease,
    /// Turns true when it is lost.
    lost: watch::Receiver<bool>,
    renewing: JoinHandle<()>,
}

impl Lease {
    /// `holder` tells this process from all others.
    pub fn new(cluster: &Cluster, namespace: &str, holder: &str, duration: Duration) -> Self {
        let api = Api::namespaced(cluster.client.clone(), namespace);
        let name = format!("tributary.{}", cluster.location);
        Self { api, name, holder: holder.to_owned(), duration }
    }

    /// Waits until it is held. Cancelled, it may be held all the same, until its duration is over.
    ///
    /// # Errors
    /// Where the API server does not let this agent have it. That it cannot be reached is no error: it is waited for.
    pub async fn acquire(&self) -> Result<Held, Error> {
        let mut seen: Option<(String, Instant)> = None;
        loop {
            match self.attempt(&mut seen).await {
                Ok(Some(record)) => return Ok(self.hold(record)),
                Ok(None) => {}
                Err(error) if refuses(&error, "Forbidden") => return Err(error),
                Err(error) => tracing::warn!(%error, "lease cannot be had"),
            }
            sleep(timing::jittered(self.duration.mul_f64(RENEW))).await;
        }
    }

    /// Takes it if nobody has it, or whoever has it has not renewed it for its duration.
    async fn attempt(&self, seen: &mut Option<(String, Instant)>) -> Result<Option<Record>, Error> {
        let Some(record) = ask(self.api.get_opt(&self.name)).await? else { return self.create().await };
        let version = record.metadata.resource_version.clone().unwrap_or_default();
        if seen.as_ref().is_none_or(|(known, _)| *known != version) {
            *seen = Some((version, Instant::now()));
        }
        let spec = record.spec.clone().unwrap_or_default();
        let holder = spec.holder_identity.unwrap_or_default();
        let told = spec.lease_duration_seconds.and_then(|seconds| u64::try_from(seconds).ok());
        let duration = told.map_or(self.duration, Duration::from_secs);
        let expired = seen.as_ref().is_some_and(|(_, since)| since.elapsed() >= duration);
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

    fn hold(&self, record: Record) -> Held {
        let (sender, lost) = watch::channel(false);
        let lease = self.clone();
        let renewing = tokio::spawn(async move {
            lease.renew(record).await;
            sender.send_replace(true);
        });
        Held { lease: self.clone(), lost, renewing }
    }

    /// Renews it until that has not succeeded for too long, or somebody else has it.
    async fn renew(&self, mut record: Record) {
        let mut renewed = Instant::now();
        loop {
            sleep(self.duration.mul_f64(RENEW)).await;
            let sent = Instant::now();
            let left = self.duration.mul_f64(STOP).saturating_sub(renewed.elapsed());
            match timeout(left, self.write(record.clone(), &self.holder, false)).await {
                Ok(Ok(Some(written))) => (record, renewed) = (written, sent),
                Ok(Ok(None)) => return tracing::warn!("somebody else has taken the lease"),
                Ok(Err(error)) => tracing::warn!(%error, "lease cannot be renewed"),
                Err(_) => return tracing::warn!("lease could not be renewed in time"),
            }
        }
    }
}

impl Held {
    /// Returns when it is lost.
    pub async fn lost(&mut self) {
        // Whoever renewed it has gone: lost, too.
        self.lost.wait_for(|lost| *lost).await.ok();
    }

    /// Gives it up, so that another agent need not wait.
    pub async fn release(&mut self) {
        self.renewing.abort();
        let lease = &self.lease;
        let Ok(Some(record)) = ask(lease.api.get_opt(&lease.name)).await else { return };
        let holder = record.spec.as_ref().and_then(|spec| spec.holder_identity.as_deref());
        if holder == Some(&lease.holder)
            && let Err(error) = lease.write(record, "", false).await
        {
            tracing::warn!(%error, "lease cannot be given up; others wait until it is over");
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.renewing.abort();
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
