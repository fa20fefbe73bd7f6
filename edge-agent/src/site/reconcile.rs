//! From what is there to what should be: look, plan, carry out, and say how it went.

use edge::{Observed, Outcome, Outcomes, Subject};
use model::Phase;

use super::{GRACE, Site};
use crate::sink::{Sink, Sought};
use crate::timing;

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

    /// Everything wished for or in the inventory; the words of what cannot be read.
    async fn observe(&mut self) -> (Vec<Observed>, Outcomes) {
        let (mut observed, mut errors) = (Vec::new(), Outcomes::new());
        let Some(current) = &self.current else { return (observed, errors) };
        let view = &current.view;
        for Subject { key, wish, entry } in edge::subjects(&view.wishes, &self.inventory) {
            let sought = wish.and_then(|wish| Some(Sought { wish, content: wish.manifest()?, entry }));
            let (blobs, inline) = (&mut self.blobs, &view.inline);
            let mut manifest = || {
                let digest = wish?.manifest()?;
                Some(inline.get(&digest).cloned().or_else(|| blobs.get(&digest))?.to_vec())
            };
            match self.sink.observe(key, sought, &mut manifest).await {
                Ok(seen) => observed.push(seen),
                Err(error) => {
                    observed.push(Observed::Unknown);
                    errors.insert(key.clone(), Outcome::new(Phase::Failed, "Unobserved", error.to_string()));
                }
            }
        }
        (observed, errors)
    }
}
