//! Whatever makes or keeps an object.

use std::sync::Arc;

use bytes::Bytes;
use edge::{Cause, Outcome, Outcomes, Step};
use model::{Digest, ObjectKey};
use tokio::time::Instant;

use super::Site;
use super::carry::Numbered;
use super::contest;
use super::view::missing;
use crate::Error;
use crate::sink::{Applied, Sink, Task};

/// So much is in memory at a time: of many small objects that go side by side, no more than the last few wait for a slow one.
const BATCH_OBJECTS: usize = 128;
const BATCH_BYTES: usize = 1 << 20;

/// An application that nothing stands against.
struct Ready<'a> {
    at: usize,
    key: &'a Arc<ObjectKey>,
    cause: Cause,
    digest: Digest,
    manifest: Bytes,
}

fn is_full(ready: &[Ready<'_>]) -> bool {
    ready.len() >= BATCH_OBJECTS || ready.iter().map(|it| it.manifest.len()).sum::<usize>() >= BATCH_BYTES
}

impl<S: Sink> Site<S> {
    /// Carries out the steps of one rank, which do not wait for each other.
    pub(super) async fn forward(
        &mut self,
        rank: &[Numbered<'_>],
        refused: &Outcomes,
        found: &mut [Option<Outcome>],
    ) {
        let mut ready = Vec::new();
        for &(at, (key, step)) in rank {
            match step {
                Step::Apply(..) if refused.contains_key(key) => {}
                Step::Apply(Cause::Drift, _) if self.contests.is_paused(key, Instant::now()) => {
                    self.retries.forget(key);
                    found[at] = Some(contest::outcome(self.sink.rival(key)));
                }
                Step::Apply(cause, digest) => match self.ready(key, *digest) {
                    Ok(manifest) => ready.push(Ready { at, key, cause: *cause, digest: *digest, manifest }),
                    Err(outcome) => found[at] = Some(outcome),
                },
                step => found[at] = self.stay(key, step).await,
            }
            if is_full(&ready) {
                self.apply(std::mem::take(&mut ready), found).await;
            }
        }
        self.apply(ready, found).await;
    }

    /// The manifest, unless it has to wait.
    fn ready(&mut self, key: &ObjectKey, digest: Digest) -> Result<Bytes, Outcome> {
        if let Some(outcome) = self.retries.waiting(key, Some(digest), Instant::now()) {
            return Err(outcome.clone());
        }
        self.manifest(&digest).ok_or_else(|| missing(&digest, &self.absent))
    }

    async fn apply(&mut self, ready: Vec<Ready<'_>>, found: &mut [Option<Outcome>]) {
        let Self { sink, current, .. } = self;
        let Some(current) = current.as_ref().filter(|_| !ready.is_empty()) else { return };
        let wishes = &current.view.wishes.objects;
        // Applications are of wishes, so that none is left out.
        let tasks = ready.iter().filter_map(|it| {
            Some(Task { key: it.key, wish: wishes.get(it.key)?, manifest: it.manifest.clone() })
        });
        let results = sink.apply(tasks.collect()).await;
        let starts = ready.iter().any(|it| edge::runs_once(it.key));
        for (it, result) in ready.into_iter().zip(results) {
            found[it.at] = Some(self.applied(&it, result));
        }
        if starts {
            self.note_started().await;
        }
    }

    /// What runs once and was applied is noted before anything else is done: it may be cleaned up by the next life, which would
    /// run it again if it did not know.
    async fn note_started(&mut self) {
        self.store_inventory();
        if let Err(error) = self.state.flush(None).await {
            tracing::warn!(%error, "what was started cannot be noted yet");
        }
    }

    fn applied(&mut self, it: &Ready<'_>, result: Result<Applied, Error>) -> Outcome {
        let wish = self.current.as_ref().and_then(|current| current.view.wishes.objects.get(it.key));
        let Some(wish) = wish else { return missing(&it.digest, &self.absent) };
        match result {
            Ok(applied) => {
                if it.cause == Cause::Drift {
                    tracing::info!(object = %it.key, "drift corrected");
                    self.contests.corrected(it.key, Instant::now());
                    for owner in wish.owners.iter() {
                        *self.drift.entry(owner.placement.clone()).or_default() += 1;
                    }
                }
                self.inventory.confirm(it.key, wish, it.digest, applied.receipt);
                self.unsaved = true;
                self.retries.forget(it.key);
                self.note_end(it.key);
                applied.outcome
            }
            Err(error) => self.failed(it.key, Some(it.digest), &error, "ApplyFailed"),
        }
    }

    /// Notes a failure; what waits for something that the sink tells of is tried again when it does.
    pub(super) fn failed(
        &mut self,
        key: &ObjectKey,
        wished: Option<Digest>,
        error: &Error,
        reason: &str,
    ) -> Outcome {
        let outcome = error.outcome(reason);
        if error.waits() {
            self.retries.forget(key);
            return outcome;
        }
        self.retries.failed(key, wished, Instant::now(), outcome)
    }

    /// What becomes of an object that is not written.
    async fn stay(&mut self, key: &Arc<ObjectKey>, step: &Step) -> Option<Outcome> {
        match step {
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
            Step::Apply(..) | Step::Prune | Step::Forget => None,
        }
    }

    /// From the document or from a blob.
    pub(super) fn manifest(&mut self, digest: &Digest) -> Option<Bytes> {
        let inline = self.current.as_ref().and_then(|current| current.view.inline(digest).cloned());
        inline.or_else(|| self.blobs.get(digest))
    }

    async fn adopt(&mut self, key: &Arc<ObjectKey>, digest: Digest) -> Outcome {
        let manifest = match self.ready(key, digest) {
            Ok(manifest) => manifest,
            Err(outcome) => return outcome,
        };
        let Self { sink, current, .. } = self;
        let wish = current.as_ref().and_then(|current| current.view.wishes.objects.get(key));
        let Some(wish) = wish else { return missing(&digest, &self.absent) };
        match sink.adopt(Task { key, wish, manifest }).await {
            Ok(applied) => {
                tracing::info!(object = %key, "adopted as it is");
                self.inventory.adopt(key, wish, digest, applied.receipt);
                self.unsaved = true;
                applied.outcome
            }
            Err(error) => self.failed(key, Some(digest), &error, "AdoptFailed"),
        }
    }

    async fn keep(&mut self, key: &ObjectKey) -> Outcome {
        self.retries.forget(key);
        self.note_end(key);
        self.sink.health(key).await
    }

    /// What runs once and has come to its end is not run again, also when nothing is left of it.
    fn note_end(&mut self, key: &ObjectKey) {
        if let Some(ended) = self.sink.ended(key) {
            self.unsaved |= self.inventory.end(key, ended);
        }
    }

    fn share(&mut self, key: &ObjectKey) {
        if let Some(wish) = self.current.as_ref().and_then(|current| current.view.wishes.objects.get(key)) {
            self.inventory.share(key, wish);
            self.unsaved = true;
        }
    }
}
