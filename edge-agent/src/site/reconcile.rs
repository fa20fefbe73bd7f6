//! From what is there to what should be: look, plan, carry out, and say how it went.

use std::sync::Arc;

use edge::{Observed, Outcomes, Plan, Pruning, Subject};
use model::ObjectKey;

use super::scope::Scope;
use super::{Current, GRACE, Site};
use crate::sink::{Sink, Sought};
use crate::timing;

impl<S: Sink> Site<S> {
    /// Makes the location what its document says, as far as it can be now, whatever has happened to it.
    pub async fn reconcile(&mut self) {
        self.store_again();
        if self.secure().await && self.may_start() {
            self.pass(Scope::All).await;
        }
    }

    /// The same where only the document or its content has changed: what neither touches was right, and is looked at
    /// again when the sink says that it has changed, and from time to time.
    pub async fn follow_up(&mut self) {
        self.store_again();
        if self.secure().await && self.may_start() {
            let scope = self.scope();
            self.pass(scope).await;
        }
    }

    async fn pass(&mut self, scope: Scope) {
        let (mut next, mut held) = (Some(scope), Vec::new());
        while let Some(scope) = next {
            held.extend(self.act(scope).await);
            next = self.released(&mut held);
        }
        let Some(current) = &self.current else { return };
        let pruning = current.view.pruning();
        self.acted.done();
        self.settle(pruning);
        self.stand();
        self.conclude().await;
    }

    /// Does what can be done now; the objects that have to wait.
    async fn act(&mut self, scope: Scope) -> Vec<Arc<ObjectKey>> {
        let (observed, errors) = self.observe(&scope).await;
        let Some(Current { view, .. }) = &self.current else { return Vec::new() };
        let subjects = scope.subjects(&view.wishes, &self.inventory);
        let mut plan = edge::plan(&view.wishes, subjects, &observed, view.pruning());
        let waits = edge::waits(&view.claims, &view.wishes, &plan, &self.outcomes);
        let held = plan.hold(&view.wishes, &waits);
        self.carry_out(plan, errors, &scope).await;
        held
    }

    /// Those of `held` that need not wait any more; they are taken out.
    fn released(&self, held: &mut Vec<Arc<ObjectKey>>) -> Option<Scope> {
        let view = &self.current.as_ref().filter(|_| !held.is_empty())?.view;
        let waits = edge::waits(&view.claims, &view.wishes, &Plan::default(), &self.outcomes);
        let may_go = |key: &mut Arc<ObjectKey>| {
            view.wishes.objects.get(key).is_none_or(|wish| waits.reason(wish).is_none())
        };
        let mut released: Vec<Arc<ObjectKey>> = held.extract_if(.., may_go).collect();
        released.sort();
        (!released.is_empty()).then_some(Scope::Some(released))
    }

    /// What has to be looked at because of the document.
    fn scope(&self) -> Scope {
        let Some(current) = &self.current else { return Scope::All };
        if current.view.pruning() == Pruning::Forbidden || !self.retries.is_empty() {
            return Scope::All;
        }
        let Some(touched) = self.acted.touched(&current.view.wishes) else { return Scope::All };
        let unsettled = self.outcomes.iter().filter(|(_, outcome)| !outcome.is_good());
        let mut keys: Vec<Arc<ObjectKey>> = unsettled.map(|(key, _)| key.clone()).chain(touched).collect();
        keys.sort();
        keys.dedup();
        Scope::Some(keys)
    }

    /// Whether there is a document, and its blobs are here or late.
    fn may_start(&mut self) -> bool {
        let complete = self.needs().iter().all(|digest| self.absent.contains(digest));
        let Some(current) = &mut self.current else { return false };
        if !current.started && (complete || current.arrived.elapsed() >= GRACE) {
            current.started = true;
            current.span.fetch_us = timing::micros(current.arrived.elapsed(), u32::MAX);
        }
        current.started
    }

    /// What there is to decide about, in its order; the words of what cannot be read.
    async fn observe(&mut self, scope: &Scope) -> (Vec<Observed>, Outcomes) {
        let (mut observed, mut errors) = (Vec::new(), Outcomes::new());
        let Some(current) = &self.current else { return (observed, errors) };
        let view = &current.view;
        let whole = matches!(scope, Scope::All);
        self.sink.prepare(&mut *scope.subjects(&view.wishes, &self.inventory), whole).await;
        for Subject { key, wish, entry } in scope.subjects(&view.wishes, &self.inventory) {
            let sought = wish.and_then(|wish| Some(Sought { wish, content: wish.manifest()?, entry }));
            let blobs = &mut self.blobs;
            let mut manifest = || {
                let digest = wish?.manifest()?;
                Some(view.inline(&digest).cloned().or_else(|| blobs.get(&digest))?.to_vec())
            };
            match self.sink.observe(key, sought, &mut manifest).await {
                Ok(seen) => observed.push(seen),
                Err(error) => {
                    observed.push(Observed::Unknown);
                    errors.insert(key.clone(), error.outcome("Unobserved"));
                }
            }
        }
        (observed, errors)
    }
}
