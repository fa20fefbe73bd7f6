//! A document that the disk does not take: reported in the disk's words, not acted on, and tried again.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use edge::Outcome;
use model::{Desired, Phase, PlacementKey, Status};
use tokio::time::Instant;

use super::Site;
use crate::sink::Sink;
use crate::state::Stored;
use crate::{Error, timing};

/// Between attempts to store a document that the disk does not take.
pub const STORE_AGAIN: Duration = Duration::from_secs(5);

/// A document that could not be stored, and is not acted on for that reason.
#[derive(Debug)]
pub struct Refused {
    pub stored: Stored,
    why: String,
    pub again: Instant,
}

impl<S: Sink> Site<S> {
    pub(super) fn refuse(&mut self, stored: Stored, error: &Error) {
        tracing::error!(%error, "document cannot be stored and is not acted on");
        let again = Instant::now() + timing::jittered(STORE_AGAIN);
        let refused = Refused { stored, why: error.to_string(), again };
        let statuses = refused.statuses().into_iter();
        self.standing.extend(statuses.map(|(placement, status)| (placement, Arc::new(status))));
        self.refused = Some(refused);
    }

    /// A document that was refused for want of disk space gets another chance.
    pub(super) fn store_again(&mut self) {
        let due = self.refused.take_if(|refused| refused.again <= Instant::now());
        if let Some(refused) = due {
            let stored = refused.stored;
            if let Err(error) = self.receive(&stored.region, stored.document) {
                tracing::error!(%error, "refused document cannot be read");
            }
        }
    }
}

impl Refused {
    /// Each placement of the document with the words of the disk; its objects are not known.
    pub fn statuses(&self) -> BTreeMap<PlacementKey, Status> {
        let Ok((document, _)) = wire::decode_desired(&self.stored.document) else { return BTreeMap::new() };
        not_stored(&document, &self.why)
    }
}

/// What is reported of a document that is not acted on because it could not be stored.
pub fn not_stored(document: &Desired, why: &str) -> BTreeMap<PlacementKey, Status> {
    let outcome = Outcome::new(Phase::Failed, "StateNotStored", why);
    let status = |placement: &model::DesiredPlacement| Status {
        placement_uid: placement.placement_uid.clone(),
        rollout: placement.rollout,
        order: document.order,
        phases: model::PhaseCounts { failed: 1, ..model::PhaseCounts::default() },
        unhealthy: edge::worst_first([("Document".to_owned(), outcome.clone())]),
        ..Status::default()
    };
    document.placements.iter().map(|placement| (placement.placement.clone(), status(placement))).collect()
}
