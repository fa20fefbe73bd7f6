//! Carrying a plan out: intentions to disk, applications in order, deletions in reverse, and what came of each.

use std::sync::Arc;

use bytes::Bytes;
use edge::{Cause, Outcome, Outcomes, Plan, Step};
use model::{Digest, ObjectKey, Phase};
use tokio::time::Instant;

use super::Site;
use super::scope::Scope;
use super::view::missing;
use crate::sink::Sink;
use crate::timing;

impl<S: Sink> Site<S> {
    /// Intentions to disk, then applications in order, then deletions in reverse.
    pub(super) async fn carry_out(&mut self, plan: Plan, errors: Outcomes, scope: &Scope) {
        let begun = Instant::now();
        self.forget(&plan, scope);
        let refused = self.intend(&plan);
        let steps = &plan.steps;
        let ordered = edge::order(steps.iter().enumerate(), |(_, (key, _))| key);
        let mut found = vec![None; steps.len()];
        for &(at, (key, step)) in &ordered {
            found[at] = self.forward(key, step, &refused).await;
        }
        for &(at, (key, step)) in ordered.iter().rev() {
            let outcome = self.backward(key, step).await;
            found[at] = outcome.or(found[at].take());
        }
        let found = steps.iter().zip(found).filter_map(|((key, _), outcome)| Some((key.clone(), outcome?)));
        self.outcomes.extend(found);
        let unread = self.unread(&plan, errors);
        self.outcomes.extend(refused.into_iter().chain(unread));
        match self.sink.settle().await {
            Ok(()) => self.store_inventory(),
            Err(error) => tracing::error!(%error, "what was applied may not outlast a power failure"),
        }
        if let Some(current) = self.current.as_mut().filter(|current| !current.settled) {
            current.settled = true;
            current.span.apply_us = timing::micros(begun.elapsed(), u32::MAX);
        }
    }

    /// What was known of the objects that are looked at, and of those that there is nothing to do about any more.
    fn forget(&mut self, plan: &Plan, scope: &Scope) {
        match scope {
            Scope::All => {
                self.retries.retain(|key| plan.step(key).is_some());
                self.outcomes.clear();
            }
            Scope::Some(keys) => keys.iter().for_each(|key| {
                self.outcomes.remove(key);
            }),
        }
    }

    /// Where a step came to nothing because the object could not be read, the system's words say more. It is looked at
    /// again as if applying it had failed.
    fn unread(&mut self, plan: &Plan, errors: Outcomes) -> Outcomes {
        let now = Instant::now();
        let held = |(key, _): &(Arc<ObjectKey>, Outcome)| matches!(plan.step(key), Some(Step::Hold(_)));
        let unread: Outcomes = errors.into_iter().filter(held).collect();
        for (key, outcome) in &unread {
            if self.retries.waiting(key, None, now).is_none() {
                self.retries.failed(key, None, now, outcome.clone());
            }
        }
        unread
    }

    /// Notes what is about to be created, on disk. Where that fails, it is not created.
    fn intend(&mut self, plan: &Plan) -> Outcomes {
        let Some(current) = &self.current else { return Outcomes::new() };
        let wishes = &current.view.wishes.objects;
        let applied = plan.steps.iter().filter(|(_, step)| matches!(step, Step::Apply(..)));
        let wished = applied.filter_map(|(key, _)| Some((key, wishes.get(key)?)));
        let new: Vec<&Arc<ObjectKey>> =
            wished.filter(|(key, wish)| self.inventory.intend(key, wish)).map(|(key, _)| key).collect();
        if new.is_empty() {
            return Outcomes::new();
        }
        let Err(error) = self.state.save_inventory(&self.inventory) else { return Outcomes::new() };
        let failed = |key: &Arc<ObjectKey>| {
            self.inventory.forget(key);
            (key.clone(), Outcome::new(Phase::Failed, "StateNotStored", error.to_string()))
        };
        new.into_iter().map(failed).collect()
    }

    /// Whatever makes or keeps an object.
    async fn forward(&mut self, key: &Arc<ObjectKey>, step: &Step, refused: &Outcomes) -> Option<Outcome> {
        match step {
            Step::Apply(..) if refused.contains_key(key) => None,
            Step::Apply(cause, digest) => Some(self.apply(key, *cause, *digest).await),
            Step::Adopt(digest) => Some(self.adopt(key, *digest).await),
            Step::Keep => Some(self.keep(key).await),
            Step::Share => {
                self.share(key);
                Some(self.keep(key).await)
            }
            Step::Refuse => {
                self.unsaved |= self.inventory.forget(key);
                step.outcome()
            }
            Step::Hold(_) => step.outcome(),
            Step::Prune | Step::Forget => None,
        }
    }

    async fn apply(&mut self, key: &Arc<ObjectKey>, cause: Cause, digest: Digest) -> Outcome {
        let now = Instant::now();
        if let Some(outcome) = self.retries.waiting(key, Some(digest), now) {
            return outcome.clone();
        }
        let Some(manifest) = self.manifest(&digest) else { return missing(&digest, &self.absent) };
        let Some(wish) = self.current.as_ref().and_then(|current| current.view.wishes.objects.get(key))
        else {
            return missing(&digest, &self.absent);
        };
        match self.sink.apply(key, wish, &manifest).await {
            Ok(outcome) => {
                if cause == Cause::Drift {
                    tracing::info!(object = %key, "drift corrected");
                    for owner in wish.owners.iter() {
                        *self.drift.entry(owner.placement.clone()).or_default() += 1;
                    }
                }
                self.inventory.confirm(key, wish, digest);
                self.unsaved = true;
                self.retries.succeeded(key);
                outcome
            }
            Err(error) => {
                let outcome = Outcome::new(Phase::Failed, "ApplyFailed", error.to_string());
                self.retries.failed(key, Some(digest), now, outcome)
            }
        }
    }

    /// From the document or from a blob.
    pub(super) fn manifest(&mut self, digest: &Digest) -> Option<Bytes> {
        let inline = self.current.as_ref().and_then(|current| current.view.inline(digest).cloned());
        inline.or_else(|| self.blobs.get(digest))
    }

    async fn adopt(&mut self, key: &Arc<ObjectKey>, digest: Digest) -> Outcome {
        if let Some(wish) = self.current.as_ref().and_then(|current| current.view.wishes.objects.get(key)) {
            tracing::info!(object = %key, "adopted as it is");
            self.inventory.adopt(key, wish, digest);
            self.unsaved = true;
        }
        self.sink.health(key).await
    }

    async fn keep(&mut self, key: &ObjectKey) -> Outcome {
        self.retries.succeeded(key);
        self.sink.health(key).await
    }

    fn share(&mut self, key: &ObjectKey) {
        if let Some(wish) = self.current.as_ref().and_then(|current| current.view.wishes.objects.get(key)) {
            self.inventory.share(key, wish);
            self.unsaved = true;
        }
    }

    /// Whatever deletes an object or lets go of it.
    async fn backward(&mut self, key: &ObjectKey, step: &Step) -> Option<Outcome> {
        match step {
            Step::Forget => {
                self.unsaved |= self.inventory.forget(key);
                None
            }
            Step::Prune => self.prune(key).await,
            _ => None,
        }
    }

    async fn prune(&mut self, key: &ObjectKey) -> Option<Outcome> {
        let now = Instant::now();
        if let Some(outcome) = self.retries.waiting(key, None, now) {
            return Some(outcome.clone());
        }
        let entry = self.inventory.entries.get(key)?;
        match self.sink.delete(key, entry).await {
            Ok(()) => {
                self.unsaved |= self.inventory.forget(key);
                self.retries.succeeded(key);
                None
            }
            Err(error) => {
                let outcome = Outcome::new(Phase::Failed, "PruneFailed", error.to_string());
                Some(self.retries.failed(key, None, now, outcome))
            }
        }
    }
}
