//! When an object that failed is tried again: after a pause that doubles, sooner only when its wish changes.

use std::collections::BTreeMap;
use std::time::Duration;

use edge::Outcome;
use model::{Digest, ObjectKey};
use tokio::time::Instant;

use crate::timing;

const FIRST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(60);

/// What has failed, and until when it is left alone.
#[derive(Debug, Default)]
pub struct Retries {
    objects: BTreeMap<ObjectKey, Retry>,
}

/// What is known of an object that failed.
#[derive(Debug)]
pub struct Retry {
    /// After the first.
    pub attempts: u32,
    /// Of the first attempt.
    pub since: Instant,
    pub due: Instant,
    /// What was to be applied; none for a deletion.
    wished: Option<Digest>,
    outcome: Outcome,
}

impl Retries {
    /// The last failure, while it is too early to try the same again.
    pub fn waiting(&self, key: &ObjectKey, wished: Option<Digest>, now: Instant) -> Option<&Outcome> {
        let retry = self.objects.get(key)?;
        (retry.wished == wished && now < retry.due).then_some(&retry.outcome)
    }

    /// Notes a failure, and returns it.
    pub fn failed(
        &mut self,
        key: &ObjectKey,
        wished: Option<Digest>,
        now: Instant,
        outcome: Outcome,
    ) -> Outcome {
        let before = self.objects.get(key).filter(|retry| retry.wished == wished);
        let attempts = before.map_or(0, |retry| retry.attempts.saturating_add(1));
        let since = before.map_or(now, |retry| retry.since);
        let due = now + timing::backoff(FIRST, LONGEST, attempts);
        self.objects.insert(key.clone(), Retry { attempts, since, due, wished, outcome: outcome.clone() });
        outcome
    }

    /// All that has failed.
    pub fn all(&self) -> impl Iterator<Item = (&ObjectKey, &Retry)> {
        self.objects.iter()
    }

    pub fn is_empty(&self) -> bool {
        self.objects.is_empty()
    }

    pub fn succeeded(&mut self, key: &ObjectKey) {
        self.objects.remove(key);
    }

    /// Forgets objects that are no longer planned for.
    pub fn retain(&mut self, planned: impl Fn(&ObjectKey) -> bool) {
        self.objects.retain(|key, _| planned(key));
    }

    /// When the next one is due.
    pub fn due(&self) -> Option<Instant> {
        self.objects.values().map(|retry| retry.due).min()
    }
}
