//! Whatever deletes an object or lets go of it.

use std::sync::Arc;

use edge::{Outcome, Step};
use model::{ObjectKey, Phase};
use tokio::time::Instant;

use super::Site;
use super::carry::Numbered;
use crate::Error;
use crate::sink::{Deleted, Sink};

/// A deletion that nothing stands against.
type Doomed<'a> = (usize, &'a Arc<ObjectKey>);

impl<S: Sink> Site<S> {
    /// Goes from the last rank to the first. While a custom resource is still leaving, what came before it stays: who has
    /// to finish with it may be among them.
    pub(super) async fn backward(&mut self, ranks: &[&[Numbered<'_>]], found: &mut [Option<Outcome>]) {
        let mut awaited: Option<Outcome> = None;
        for rank in ranks.iter().rev() {
            let mut doomed = Vec::new();
            for &(at, (key, step)) in *rank {
                match step {
                    Step::Forget => self.unsaved |= self.inventory.forget(key),
                    Step::Prune if awaited.is_some() => {
                        self.retries.forget(key);
                        found[at].clone_from(&awaited);
                    }
                    Step::Prune => match self.retries.waiting(key, None, Instant::now()) {
                        Some(outcome) => found[at] = Some(outcome.clone()),
                        None => doomed.push((at, key)),
                    },
                    _ => {}
                }
            }
            let leaving = self.prune(doomed, found).await;
            awaited = awaited.or_else(|| leaving.filter(|key| edge::is_custom(key)).map(waits_for));
        }
    }

    /// Deletes objects of one rank; one that is still leaving.
    async fn prune<'a>(
        &mut self,
        mut doomed: Vec<Doomed<'a>>,
        found: &mut [Option<Outcome>],
    ) -> Option<&'a Arc<ObjectKey>> {
        let Self { sink, inventory, .. } = self;
        doomed.retain(|(_, key)| inventory.entries.contains_key(*key));
        if doomed.is_empty() {
            return None;
        }
        let noted = doomed.iter().filter_map(|(_, key)| Some((*key, inventory.entries.get(*key)?)));
        let results = sink.delete(noted.collect()).await;
        let mut leaving = None;
        for ((at, key), result) in doomed.into_iter().zip(results) {
            found[at] = self.pruned(key, result);
            leaving = leaving.or(found[at].is_some().then_some(key));
        }
        leaving
    }

    fn pruned(&mut self, key: &ObjectKey, result: Result<Deleted, Error>) -> Option<Outcome> {
        match result {
            Ok(Deleted::Gone) => {
                self.unsaved |= self.inventory.forget(key);
                self.retries.forget(key);
                None
            }
            Ok(Deleted::Leaving(outcome)) => {
                self.retries.forget(key);
                Some(outcome)
            }
            Err(error) => Some(self.failed(key, None, &error, "PruneFailed")),
        }
    }
}

fn waits_for(key: &Arc<ObjectKey>) -> Outcome {
    Outcome::new(Phase::Pending, "WaitsForDeletion", format!("is deleted once {key} is gone"))
}
