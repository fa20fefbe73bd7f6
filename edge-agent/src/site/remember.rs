//! What a site writes down about itself: its starts, its inventory and the placements that it has reported. What cannot be
//! stored now is right in memory, and stored with the next change.

use std::sync::Arc;
use std::time::Duration;

use edge::{Known, Pruning};
use model::PlacementKey;
use tokio::time::Instant;

use super::refused::{STORE_AGAIN, not_stored};
use super::{Current, Site};
use crate::sink::Sink;
use crate::state::{Identity, InUse};
use crate::timing;

/// What was saved cannot be stored for so long: what was reported before is no longer known to hold, since nothing is looked at
/// meanwhile.
const GRACE: Duration = Duration::from_secs(10);

/// What was saved is not stored yet, which has to be tried again.
#[derive(Debug)]
pub struct Unstored {
    pub since: Instant,
    pub again: Instant,
}

impl<S: Sink> Site<S> {
    /// What was saved is stored, with the content that the document uses; whether it is. Nothing is acted on before.
    pub(super) async fn secure(&mut self) -> bool {
        if self.unstored.as_ref().is_some_and(|unstored| unstored.again > Instant::now()) {
            return false;
        }
        let blobs = &mut self.blobs;
        let in_use = self.current.as_ref().map(|current| InUse {
            used: &current.view.used,
            patches: current.patches(),
            blobs,
        });
        let Err(error) = self.state.flush(in_use).await else {
            self.unstored = None;
            return true;
        };
        tracing::error!(%error, "state cannot be stored; nothing is done until it can");
        let since = self.unstored.as_ref().map_or_else(Instant::now, |unstored| unstored.since);
        self.unstored = Some(Unstored { since, again: Instant::now() + timing::jittered(STORE_AGAIN) });
        let unknown = |current: &&Current| !current.settled || since.elapsed() >= GRACE;
        if let Some(current) = self.current.as_ref().filter(unknown) {
            let statuses = not_stored(&current.document, &error.to_string()).into_iter();
            self.standing.extend(statuses.map(|(placement, status)| (placement, Arc::new(status))));
        }
        false
    }

    /// What came of a pass is stored.
    pub(super) async fn conclude(&mut self) {
        self.untidy = self.secure().await;
    }

    /// Content that is no longer used is dropped, if anything was done since that was looked at last. Nobody waits for it.
    pub async fn tidy(&mut self) {
        let Some(current) = self.current.as_ref().filter(|current| self.untidy && current.started) else {
            return;
        };
        self.untidy = false;
        if current.view.wishes.unknown.is_empty() {
            self.state.drop_unused(&current.view.used).await;
        }
    }

    pub(super) fn know_owners(&mut self) {
        for owner in self.inventory.entries.values().flat_map(|entry| entry.owners.iter()) {
            let known = || Known { uid: owner.uid.clone(), rollout: 0 };
            self.known.entry(owner.placement.clone()).or_insert_with(known);
        }
    }

    pub(super) fn owns(&self, placement: &PlacementKey) -> bool {
        let mut owners = self.inventory.entries.values().flat_map(|entry| entry.owners.iter());
        owners.any(|owner| owner.placement == *placement)
    }

    /// What cannot be stored now is right in memory, and stored with the next change.
    pub(super) fn store_identity(&mut self) {
        if let Err(error) = self.state.save_identity(&self.identity) {
            tracing::error!(%error, "start counter and region cannot be stored");
        }
    }

    pub(super) fn store_known(&mut self) {
        match self.state.save_known(&self.known) {
            Ok(()) => self.known_stored.clone_from(&self.known),
            Err(error) => tracing::error!(%error, "reported placements cannot be stored"),
        }
    }

    /// A crash before this leaves an inventory that is right about what is ours, and old about what it holds.
    pub(super) fn store_inventory(&mut self) {
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
    pub(super) fn settle(&mut self, pruning: Pruning) {
        let Some(current) = &self.current else { return };
        let claimed = current.known();
        let news = |(placement, known): (&PlacementKey, &Known)| match self.known_stored.get(placement) {
            Some(stored) if claimed.contains_key(placement) => stored.uid != known.uid,
            stored => stored != Some(known),
        };
        self.known.extend(claimed.iter().map(|(placement, known)| (placement.clone(), known.clone())));
        if pruning == Pruning::Allowed && self.known.iter().any(news) {
            self.store_known();
        }
    }
}

/// This start, counted. `region` holds unless a document has moved the location since it was configured with it.
pub fn started(remembered: Identity, region: &str) -> Identity {
    let moved = if remembered.home == region { remembered.region } else { region.to_owned() };
    Identity { boot: remembered.boot + 1, home: region.to_owned(), region: moved, orders: remembered.orders }
}
