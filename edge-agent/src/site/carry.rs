//! Carrying a plan out: intentions to disk, applications in order, deletions in reverse, and what came of each.

use std::sync::Arc;

use edge::{Hold, Outcome, Outcomes, Plan, Step};
use model::{ObjectKey, Phase};
use tokio::time::Instant;

use super::Site;
use super::scope::Scope;
use crate::Error;
use crate::sink::Sink;
use crate::timing;

/// A step of a plan, with its place in it.
pub(super) type Numbered<'a> = (usize, &'a (Arc<ObjectKey>, Step));

impl<S: Sink> Site<S> {
    /// Intentions to disk, then applications in order, then deletions in reverse.
    pub(super) async fn carry_out(&mut self, plan: Plan, errors: Outcomes, scope: &Scope) {
        let begun = Instant::now();
        self.forget(&plan, scope);
        let refused = self.intend(&plan).await;
        let steps = &plan.steps;
        let ordered = edge::order(steps.iter().enumerate(), |(_, (key, _))| key);
        let mut found = vec![None; steps.len()];
        let ranks: Vec<&[Numbered<'_>]> =
            ordered.chunk_by(|(_, one), (_, other)| edge::rank(&one.0) == edge::rank(&other.0)).collect();
        for rank in &ranks {
            self.forward(rank, &refused, &mut found).await;
        }
        self.backward(&ranks, &mut found).await;
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
                self.retries.retain(|key| plan.step(key).is_some_and(is_tried));
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
            let tried = plan.step(key).is_some_and(is_tried);
            if tried && self.retries.waiting(key, None, now).is_none() {
                self.retries.failed(key, None, now, outcome.clone());
            }
        }
        unread
    }

    /// Notes what is about to be created, on disk. Where that fails, it is not created.
    async fn intend(&mut self, plan: &Plan) -> Outcomes {
        let Some(current) = &self.current else { return Outcomes::new() };
        let wishes = &current.view.wishes.objects;
        let applied = plan.steps.iter().filter(|(_, step)| matches!(step, Step::Apply(..)));
        let wished = applied.filter_map(|(key, _)| Some((key, wishes.get(key)?)));
        let new: Vec<&Arc<ObjectKey>> =
            wished.filter(|(key, wish)| self.inventory.intend(key, wish)).map(|(key, _)| key).collect();
        if new.is_empty() {
            return Outcomes::new();
        }
        let Err(error) = self.note_intentions().await else { return Outcomes::new() };
        let failed = |key: &Arc<ObjectKey>| {
            self.inventory.forget(key);
            (key.clone(), Outcome::new(Phase::Failed, "StateNotStored", error.to_string()))
        };
        new.into_iter().map(failed).collect()
    }

    async fn note_intentions(&mut self) -> Result<(), Error> {
        self.state.save_inventory(&self.inventory)?;
        self.state.flush(None).await
    }
}

/// Whether a step is something that can fail, and is tried again then.
fn is_tried(step: &Step) -> bool {
    matches!(step, Step::Apply(..) | Step::Adopt(_) | Step::Prune | Step::Hold(Hold::Unobserved))
}
