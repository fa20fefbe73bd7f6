//! Why an object does not do well: asked of its pods and of what the cluster warns of, while it does not, and less and less
//! often.

use std::collections::BTreeMap;
use std::time::Duration;

use edge::{Outcome, Why};
use kube::api::ListParams;
use model::ObjectKey;
use serde_json::Value;
use tokio::time::Instant;

use super::cluster::{Cluster, ask};
use super::look::Stranger;
use super::seen::{Seen, whole};
use super::{Kubernetes, apply, kinds};
use crate::{Error, timing};

const FIRST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(30);
/// Enough to know why.
const PODS: u32 = 20;
const EVENTS: u32 = 20;

/// What has been asked about objects that do not do well.
#[derive(Debug, Default)]
pub struct Inquiries {
    objects: BTreeMap<ObjectKey, Inquiry>,
}

#[derive(Debug)]
struct Inquiry {
    attempts: u32,
    /// When to ask again.
    due: Instant,
    /// As it was when it was asked about.
    version: u64,
    answer: Option<Why>,
}

impl Inquiries {
    /// When to ask again.
    pub fn due(&self) -> Option<Instant> {
        self.objects.values().map(|inquiry| inquiry.due).min()
    }

    /// Forgets objects that are no longer there.
    pub fn retain(&mut self, there: impl Fn(&ObjectKey) -> bool) {
        self.objects.retain(|key, _| there(key));
    }

    fn answer(&self, key: &ObjectKey, seen: &Seen) -> Option<Option<Why>> {
        let inquiry = self.objects.get(key)?;
        let fresh = inquiry.due > Instant::now() && inquiry.version == seen.version;
        fresh.then(|| inquiry.answer.clone())
    }

    fn note(&mut self, key: &ObjectKey, version: u64, answer: Option<Why>) {
        let before = self.objects.get(key);
        let same = before.is_some_and(|before| before.answer == answer);
        let attempts = before.filter(|_| same).map_or(0, |before| before.attempts.saturating_add(1));
        let due = Instant::now() + timing::backoff(FIRST, LONGEST, attempts);
        self.objects.insert(key.clone(), Inquiry { attempts, due, version, answer });
    }

    async fn inquire(&mut self, cluster: &Cluster, key: &ObjectKey, seen: &Seen) -> Option<Why> {
        if let Some(answer) = self.answer(key, seen) {
            return answer;
        }
        let answer = why(cluster, key, seen).await.unwrap_or_default();
        self.note(key, seen.version, answer.clone());
        answer
    }
}

impl Kubernetes {
    /// How an object fares that is as wished.
    pub(super) async fn fares(&mut self, key: &ObjectKey) -> Outcome {
        if let Some(ended) = self.finished.get(key) {
            return edge::Ended::outcome(*ended);
        }
        if let Err(error) = self.inspect(key).await {
            return error.outcome("Unobserved");
        }
        if let Some(Stranger::Left(foreign, _)) = self.strangers.get(key) {
            return foreign.outcome();
        }
        let Some(seen) = self.seen.get(key) else { return apply::vanished() };
        let own = seen.outcome();
        if own.is_good() || seen.leaving.is_some() {
            self.inquiries.objects.remove(key);
            return own;
        }
        edge::refine(own, self.inquiries.inquire(&self.cluster, key, seen).await)
    }

    /// Asks for the whole object, where only that tells how it fares.
    async fn inspect(&mut self, key: &ObjectKey) -> Result<(), Error> {
        let is_told = self.seen.get(key).is_some_and(|seen| seen.health.is_some() || seen.leaving.is_some());
        if is_told || matches!(self.strangers.get(key), Some(Stranger::Left(..))) {
            return Ok(());
        }
        let Some(object) = self.fetch(key).await? else { return Ok(()) };
        let seen = Seen::whole(object, &self.cluster.location, key, self.terms.get(key));
        if seen.marked {
            self.note(key.clone(), seen);
        } else {
            // No watch will tell what becomes of it.
            self.strangers.insert(key.clone(), Stranger::Left(seen, Instant::now()));
        }
        Ok(())
    }
}

async fn why(cluster: &Cluster, key: &ObjectKey, seen: &Seen) -> Result<Option<Why>, Error> {
    if let Some(selector) = &seen.pods {
        let params = ListParams::default().labels(selector).limit(PODS);
        let why = edge::pods_reason(&list(cluster, ("Pod", "pods"), &key.namespace, &params).await?);
        if why.is_some() {
            return Ok(why);
        }
    }
    warning(cluster, key, seen).await
}

/// What the cluster last warned of about the object itself.
async fn warning(cluster: &Cluster, key: &ObjectKey, seen: &Seen) -> Result<Option<Why>, Error> {
    let about = format!("involvedObject.uid={},type=Warning", seen.uid);
    let params = ListParams::default().fields(&about).limit(EVENTS);
    Ok(edge::events_reason(&list(cluster, ("Event", "events"), &key.namespace, &params).await?))
}

/// Objects of a core kind.
async fn list(
    cluster: &Cluster,
    (kind, plural): (&str, &str),
    namespace: &str,
    params: &ListParams,
) -> Result<Vec<Value>, Error> {
    let resource = kinds::resource("", "v1", kind, plural);
    let found = ask(cluster.api(&resource, namespace).list(params)).await?;
    Ok(found.items.into_iter().map(whole).collect())
}
