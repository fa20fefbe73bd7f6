//! Carrying a plan out: intentions to disk, applications in order, deletions in reverse, and what came of each.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use edge::{Cause, Known, Observed, Outcome, Outcomes, Plan, Pruning, Step};
use model::{Digest, ObjectKey, Phase, PlacementKey};
use tokio::time::Instant;

use super::view::missing;
use super::{GRACE, Site};
use crate::sink::{Sink, Sought};

impl<S: Sink> Site<S> {
    /// Makes the location what its document says, as far as it can be now.
    pub async fn reconcile(&mut self) {
        self.store_again();
        if !self.may_start() {
            return;
        }
        let (observed, errors) = self.observe().await;
        let Some(current) = &self.current else { return };
        let pruning = current.view.pruning();
        let plan = edge::plan(&current.view.wishes, &self.inventory, &observed, pruning);
        self.carry_out(plan, errors).await;
        self.settle(pruning);
        self.stand();
    }

    /// A document that was refused for want of disk space gets another chance.
    fn store_again(&mut self) {
        let due = self.refused.take_if(|refused| refused.again <= Instant::now());
        if let Some(refused) = due {
            let stored = refused.stored;
            if let Err(error) = self.receive(&stored.region, stored.document) {
                tracing::error!(%error, "refused document cannot be read");
            }
        }
    }

    /// Whether there is a document, and its blobs are here or late.
    fn may_start(&mut self) -> bool {
        let complete = self.needs().iter().all(|digest| self.absent.contains(digest));
        let Some(current) = &mut self.current else { return false };
        if !current.started && (complete || current.arrived.elapsed() >= GRACE) {
            current.started = true;
            current.span.fetch_us = micros(current.arrived.elapsed());
        }
        current.started
    }

    /// Everything wished for or in the inventory; the words of what cannot be read.
    async fn observe(&mut self) -> (BTreeMap<ObjectKey, Observed>, Outcomes) {
        let (mut observed, mut errors) = (BTreeMap::new(), Outcomes::new());
        let Some(current) = &self.current else { return (observed, errors) };
        let view = &current.view;
        let unwanted = self.inventory.entries.keys().filter(|key| !view.wishes.objects.contains_key(*key));
        for key in view.wishes.objects.keys().chain(unwanted) {
            let wish = view.wishes.objects.get(key);
            let entry = self.inventory.entries.get(key);
            let sought = wish.and_then(|wish| Some(Sought { wish, content: wish.manifest()?, entry }));
            let (blobs, inline) = (&mut self.blobs, &view.inline);
            let mut manifest = || {
                let digest = wish?.manifest()?;
                Some(inline.get(&digest).cloned().or_else(|| blobs.get(&digest))?.to_vec())
            };
            match self.sink.observe(key, sought, &mut manifest).await {
                Ok(seen) => {
                    observed.insert(key.clone(), seen);
                }
                Err(error) => {
                    errors.insert(key.clone(), Outcome::new(Phase::Failed, "Unobserved", error.to_string()));
                }
            }
        }
        (observed, errors)
    }

    async fn carry_out(&mut self, plan: Plan, errors: Outcomes) {
        let begun = Instant::now();
        let steps = plan.steps;
        self.retries.retain(|key| steps.contains_key(key));
        let mut outcomes = self.intend(&steps);
        for key in edge::order(steps.keys()) {
            if let Some(outcome) = self.forward(key, &steps[key], &outcomes).await {
                outcomes.insert(key.clone(), outcome);
            }
        }
        for key in edge::deletion_order(steps.keys()) {
            if let Some(outcome) = self.backward(key, &steps[key]).await {
                outcomes.insert(key.clone(), outcome);
            }
        }
        outcomes.extend(self.unread(&steps, errors));
        self.outcomes = outcomes;
        self.store_inventory();
        if let Some(current) = self.current.as_mut().filter(|current| !current.settled) {
            current.settled = true;
            current.span.apply_us = micros(begun.elapsed());
        }
    }

    /// Where a step came to nothing because the object could not be read, the system's words say more. It is looked at
    /// again as if applying it had failed.
    fn unread(&mut self, steps: &BTreeMap<ObjectKey, Step>, errors: Outcomes) -> Outcomes {
        let now = Instant::now();
        let held = |(key, _): &(ObjectKey, Outcome)| matches!(steps.get(key), Some(Step::Hold(_)));
        let unread: Outcomes = errors.into_iter().filter(held).collect();
        for (key, outcome) in &unread {
            if self.retries.waiting(key, None, now).is_none() {
                self.retries.failed(key, None, now, outcome.clone());
            }
        }
        unread
    }

    /// Notes what is about to be created, on disk. Where that fails, it is not created.
    fn intend(&mut self, steps: &BTreeMap<ObjectKey, Step>) -> Outcomes {
        let Some(current) = &self.current else { return Outcomes::new() };
        let wishes = &current.view.wishes.objects;
        let applied = steps.iter().filter(|(_, step)| matches!(step, Step::Apply(..)));
        let wished = applied.filter_map(|(key, _)| Some((key, wishes.get(key)?)));
        let new: Vec<&ObjectKey> =
            wished.filter(|(key, wish)| self.inventory.intend(key, wish)).map(|(key, _)| key).collect();
        if new.is_empty() {
            return Outcomes::new();
        }
        let Err(error) = self.state.save_inventory(&self.inventory) else { return Outcomes::new() };
        let failed = |key: &ObjectKey| {
            self.inventory.forget(key);
            (key.clone(), Outcome::new(Phase::Failed, "StateNotStored", error.to_string()))
        };
        new.into_iter().map(failed).collect()
    }

    /// Whatever makes or keeps an object.
    async fn forward(&mut self, key: &ObjectKey, step: &Step, refused: &Outcomes) -> Option<Outcome> {
        match step {
            Step::Apply(..) if refused.contains_key(key) => None,
            Step::Apply(cause, digest) => Some(self.apply(key, *cause, *digest).await),
            Step::Adopt(digest) => Some(self.adopt(key, *digest).await),
            Step::Keep => Some(self.keep(key).await),
            Step::Refuse => {
                self.unsaved |= self.inventory.forget(key);
                step.outcome()
            }
            Step::Hold(_) => step.outcome(),
            Step::Prune | Step::Forget => None,
        }
    }

    async fn apply(&mut self, key: &ObjectKey, cause: Cause, digest: Digest) -> Outcome {
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
                    for owner in &wish.owners {
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
        let inline = self.current.as_ref().and_then(|current| current.view.inline.get(digest).cloned());
        inline.or_else(|| self.blobs.get(digest))
    }

    async fn adopt(&mut self, key: &ObjectKey, digest: Digest) -> Outcome {
        if let Some(wish) = self.current.as_ref().and_then(|current| current.view.wishes.objects.get(key)) {
            tracing::info!(object = %key, "adopted as it is");
            self.inventory.adopt(key, wish, digest);
            self.unsaved = true;
        }
        self.sink.health(key).await
    }

    async fn keep(&mut self, key: &ObjectKey) -> Outcome {
        if let Some(wish) = self.current.as_ref().and_then(|current| current.view.wishes.objects.get(key)) {
            self.unsaved |= self.inventory.share(key, wish);
            self.retries.succeeded(key);
        }
        self.sink.health(key).await
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

    /// A crash before this leaves an inventory that is right about what is ours, and old about what it holds.
    fn store_inventory(&mut self) {
        if !self.unsaved {
            return;
        }
        match self.state.save_inventory(&self.inventory) {
            Ok(()) => self.unsaved = false,
            Err(error) => tracing::error!(%error, "inventory cannot be stored"),
        }
    }

    /// Remembers what has been reported. On disk, the rollout number counts only for placements that have left the
    /// document: for the others the document has it.
    fn settle(&mut self, pruning: Pruning) {
        let Some(current) = &self.current else { return };
        let claimed: BTreeMap<&PlacementKey, Known> = current
            .view
            .claims
            .iter()
            .map(|claim| {
                let known = Known { uid: claim.owner.uid.clone(), rollout: claim.rollout };
                (&claim.owner.placement, known)
            })
            .collect();
        let news = |(placement, known): (&PlacementKey, &Known)| match self.known_stored.get(placement) {
            Some(stored) if claimed.contains_key(placement) => stored.uid != known.uid,
            stored => stored != Some(known),
        };
        let added = claimed.iter().map(|(placement, known)| ((*placement).clone(), known.clone()));
        let added: Vec<_> = added.collect();
        self.known.extend(added);
        if pruning == Pruning::Allowed && self.known.iter().any(news) {
            self.store_known();
        }
    }
}

fn micros(duration: Duration) -> u32 {
    u32::try_from(duration.as_micros()).unwrap_or(u32::MAX)
}
