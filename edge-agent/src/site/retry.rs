//! When an object that failed is tried again: after a pause that doubles, sooner only when its wish changes.

use std::collections::BTreeMap;
use std::time::Duration;

use edge::Outcome;
use model::{Digest, ObjectKey};
use tokio::time::Instant;

use crate::timing;

const FIRST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(60);
/// So much of its pause before it is over, an object is tried together with one that is due: each attempt looks at all objects,
/// so that many that fail must not be tried one by one.
const EARLY: f64 = 0.25;

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
    /// From when on it may be tried together with others.
    early: Instant,
    /// What was to be applied; none for a deletion.
    wished: Option<Digest>,
    outcome: Outcome,
}

impl Retries {
    /// The last failure, while it is too early to try the same again.
    pub fn waiting(&self, key: &ObjectKey, wished: Option<Digest>, now: Instant) -> Option<&Outcome> {
        let retry = self.objects.get(key)?;
        (retry.wished == wished && now < retry.early).then_some(&retry.outcome)
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
        let pause = timing::backoff(FIRST, LONGEST, attempts);
        let (due, early) = (now + pause, now + pause.mul_f64(1.0 - EARLY));
        self.objects
            .insert(key.clone(), Retry { attempts, since, due, early, wished, outcome: outcome.clone() });
        outcome
    }

    /// All that has failed.
    pub fn all(&self) -> impl Iterator<Item = (&ObjectKey, &Retry)> {
        self.objects.iter()
    }

    pub fn is_empty(&self) -> bool {
        self.objects.is_empty()
    }

    /// It is not to be tried again: it has succeeded, or waits for something else. What is forgotten neither way is due for ever.
    pub fn forget(&mut self, key: &ObjectKey) {
        self.objects.remove(key);
    }

    /// Forgets objects that are not tried any more.
    pub fn retain(&mut self, tried: impl Fn(&ObjectKey) -> bool) {
        self.objects.retain(|key, _| tried(key));
    }

    /// When the next one is due.
    pub fn due(&self) -> Option<Instant> {
        self.objects.values().map(|retry| retry.due).min()
    }
}

#[cfg(test)]
mod tests {
    use model::Phase;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn many_that_fail_are_tried_again_in_a_few_attempts_and_less_and_less_often() {
        let keys = (0..1000).map(|name| ObjectKey { name: format!("{name}"), ..ObjectKey::default() });
        let keys: Vec<ObjectKey> = keys.collect();
        let outcome = Outcome::new(Phase::Failed, "Forbidden", "no");
        let mut retries = Retries::default();
        let (mut attempts, mut tries) = (0, 0);
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(600) {
            let now = Instant::now();
            for key in &keys {
                if retries.waiting(key, None, now).is_none() {
                    retries.failed(key, None, now, outcome.clone());
                    tries += 1;
                }
            }
            attempts += 1;
            tokio::time::advance(retries.due().unwrap().saturating_duration_since(now)).await;
        }
        assert!(attempts < 100, "{attempts}");
        assert!((10..25).contains(&(tries / keys.len())), "{tries}");
    }
}
