//! One location without its connection: the newest document, what is remembered, and the sink.
//!
//! ```text
//!   document, blobs --> View --observe, plan--> steps --order--> sink
//!                        |                        '--> inventory (on disk first)
//!                        '--> needs                '--> outcomes --> statuses
//! ```
//!
//! A site works without any hub, from what is on disk. It owns its state and its sink; nobody else writes either.

mod answer;
mod reconcile;
mod retry;
mod view;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use edge::{Acceptance, Inventory, Known, Outcome, Outcomes, Span};
use model::{Desired, Digest, Phase, PlacementKey, Status};
use tokio::time::Instant;

pub use self::answer::is_resend;
use self::retry::Retries;
use self::view::View;
use crate::sink::Sink;
use crate::state::{Blobs, Identity, State, Stored};
use crate::{Error, Outbox, timing};

/// How long a new document waits for its blobs before what is here is acted on without them: a report that some are
/// missing is worth sending only if they do not come at once.
const GRACE: Duration = Duration::from_secs(2);
/// Between attempts to store a document that the disk does not take.
const STORE_AGAIN: Duration = Duration::from_secs(5);

/// A location's state and sink.
#[derive(Debug)]
pub struct Site<S> {
    state: State,
    blobs: Blobs,
    sink: S,
    identity: Identity,
    inventory: Inventory,
    known: BTreeMap<PlacementKey, Known>,
    /// As on disk.
    known_stored: BTreeMap<PlacementKey, Known>,
    current: Option<Current>,
    /// Blobs that the hub said it does not have.
    absent: BTreeSet<Digest>,
    outcomes: Outcomes,
    /// What was last worked out to be reported. It stands while a new document waits for its blobs.
    standing: BTreeMap<PlacementKey, Arc<Status>>,
    retries: Retries,
    drift: BTreeMap<PlacementKey, u64>,
    /// The inventory in memory is ahead of the one on disk.
    unsaved: bool,
    refused: Option<Refused>,
}

/// The document in force.
#[derive(Debug)]
struct Current {
    document: Desired,
    trace: String,
    view: View,
    span: Span,
    arrived: Instant,
    /// All of its blobs have come, or have been waited for long enough.
    started: bool,
    /// It has been acted on once.
    settled: bool,
}

/// A document that could not be stored, and is not acted on for that reason.
#[derive(Debug)]
struct Refused {
    stored: Stored,
    why: String,
    again: Instant,
}

impl<S: Sink> Site<S> {
    /// Takes up what is remembered, and counts this start. `region` holds unless a document has moved the location
    /// since the agent was configured with it.
    pub async fn open((state, blobs): (State, Blobs), mut sink: S, region: &str) -> Result<Self, Error> {
        let remembered = state.load()?;
        let inventory = match remembered.inventory {
            Some(inventory) => inventory,
            None => sink.survey().await?,
        };
        let known = remembered.known.unwrap_or_default();
        let mut site = Self {
            state,
            blobs,
            sink,
            identity: started(remembered.identity.unwrap_or_default(), region),
            inventory,
            known_stored: known.clone(),
            known,
            current: None,
            absent: BTreeSet::new(),
            outcomes: Outcomes::new(),
            standing: BTreeMap::new(),
            retries: Retries::default(),
            drift: BTreeMap::new(),
            unsaved: false,
            refused: None,
        };
        site.know_owners();
        if let Some(stored) = remembered.stored {
            site.resume(stored);
        }
        site.store_identity();
        Ok(site)
    }

    /// The region that the location is in.
    pub fn region(&self) -> &str {
        &self.identity.region
    }

    /// Takes a document of `region` if it is newer; whether it did. It is on disk before it counts.
    pub fn receive(&mut self, region: &str, bytes: Bytes) -> Result<bool, Error> {
        let (document, trace) = wire::decode_desired(&bytes).map_err(Error::Document)?;
        let order = self.identity.orders.get(region).copied().unwrap_or_default();
        if region != self.identity.region || edge::accept(order, document.order) != Acceptance::Newer {
            return Ok(false);
        }
        let stored = Stored { region: region.to_owned(), document: bytes };
        if let Err(error) = self.state.save_document(&stored) {
            self.refuse(stored, &error);
            return Ok(true);
        }
        self.refused = None;
        self.enforce(region, document, trace);
        Ok(true)
    }

    /// The location is in another region than its documents have told: they are read there from now on, and everything
    /// is kept until one arrives.
    pub fn locate(&mut self, region: String) {
        if region != self.identity.region {
            tracing::info!(
                from = self.identity.region,
                to = region,
                "location is declared in another region"
            );
            self.identity.region = region;
            self.store_identity();
        }
    }

    /// A blob has arrived and is verified, or the hub does not have it.
    pub fn supply(&mut self, digest: Digest, bytes: Option<Bytes>) {
        match bytes {
            Some(bytes) => {
                self.absent.remove(&digest);
                self.blobs.put(digest, bytes);
            }
            None => {
                self.absent.insert(digest);
            }
        }
        self.work_out();
    }

    /// Another agent, or an earlier life whose count was lost, has reported as start number `boot`.
    pub fn raise_boot(&mut self, boot: u64) {
        self.identity.boot = self.identity.boot.max(boot.saturating_add(1));
        self.store_identity();
    }

    /// The hub has stored that this placement is withdrawn.
    pub fn confirm_withdrawn(&mut self, placement: &PlacementKey) {
        let claimed = self.current.as_ref().is_some_and(|current| current.claims(placement));
        if !claimed && !self.owns(placement) {
            self.known.remove(placement);
            self.standing.remove(placement);
            self.store_known();
        }
    }

    /// When there is something to do again without any event.
    pub fn due(&self) -> Option<Instant> {
        let grace = self.current.as_ref().filter(|current| !current.started);
        let grace = grace.map(|current| current.arrived + GRACE);
        let again = self.refused.as_ref().map(|refused| refused.again);
        [grace, again, self.retries.due()].into_iter().flatten().min()
    }

    /// Returns when something in the sink may have changed.
    pub async fn changed(&mut self) {
        self.sink.changed().await;
    }

    /// All that the hub should know.
    pub fn outbox(&self) -> Outbox {
        let current = self.current.as_ref();
        Outbox {
            boot: self.identity.boot,
            region: self.identity.region.clone(),
            order: current.map(|current| current.view.order).unwrap_or_default(),
            statuses: self.standing.clone(),
            needs: self.needs(),
            trace: current.map(|current| current.trace.clone()).unwrap_or_default(),
        }
    }

    /// Works out what is to be reported now that the document has been acted on.
    fn stand(&mut self) {
        let Some(current) = &self.current else { return };
        let mut statuses = edge::report(
            (&current.view.claims, &current.view.wishes),
            &self.inventory,
            &self.outcomes,
            &self.known,
            &self.drift,
            current.span,
        );
        statuses.extend(self.refused.as_ref().map(Refused::statuses).unwrap_or_default());
        self.standing =
            statuses.into_iter().map(|(placement, status)| (placement, Arc::new(status))).collect();
    }

    fn needs(&self) -> BTreeSet<Digest> {
        let Some(current) = &self.current else { return BTreeSet::new() };
        current.view.used.iter().filter(|digest| !self.blobs.contains(digest)).copied().collect()
    }

    /// Takes up the document from disk. One that cannot be read is as good as lost: all is kept until the next.
    fn resume(&mut self, stored: Stored) {
        match wire::decode_desired(&stored.document) {
            Ok((document, trace)) => self.enforce(&stored.region, document, trace),
            Err(error) => tracing::error!(%error, "stored document cannot be read; keeping everything"),
        }
    }

    fn enforce(&mut self, region: &str, document: Desired, trace: String) {
        self.identity.orders.insert(region.to_owned(), document.order);
        if let Some(moved_to) = document.moved_to_region.clone().filter(|_| region == self.identity.region) {
            tracing::info!(from = region, to = moved_to, "location has moved to another region");
            self.identity.region = moved_to;
            self.store_identity();
        }
        self.absent.clear();
        let received_time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        let span = Span {
            order: document.order,
            received_time: u64::try_from(received_time).unwrap_or(u64::MAX),
            ..Span::default()
        };
        let view = View::of(&document, &mut self.blobs, &self.absent);
        let arrived = Instant::now();
        self.current = Some(Current { document, trace, view, span, arrived, started: false, settled: false });
        self.work_out();
    }

    /// Works out the document with the blobs that are here now, and drops those that it does not use. Bundles name
    /// further blobs, so that nothing is dropped before all bundles are here.
    fn work_out(&mut self) {
        let Some(current) = &mut self.current else { return };
        current.view = View::of(&current.document, &mut self.blobs, &self.absent);
        if current.view.wishes.unknown.is_empty() {
            self.blobs.retain(&current.view.used);
        }
    }

    fn refuse(&mut self, stored: Stored, error: &Error) {
        tracing::error!(%error, "document cannot be stored and is not acted on");
        let again = Instant::now() + timing::jittered(STORE_AGAIN);
        let refused = Refused { stored, why: error.to_string(), again };
        let statuses = refused.statuses().into_iter();
        self.standing.extend(statuses.map(|(placement, status)| (placement, Arc::new(status))));
        self.refused = Some(refused);
    }

    fn know_owners(&mut self) {
        for owner in self.inventory.entries.values().flat_map(|entry| &entry.owners) {
            let known = || Known { uid: owner.uid.clone(), rollout: 0 };
            self.known.entry(owner.placement.clone()).or_insert_with(known);
        }
    }

    fn owns(&self, placement: &PlacementKey) -> bool {
        let owners = self.inventory.entries.values().flat_map(|entry| &entry.owners);
        owners.into_iter().any(|owner| owner.placement == *placement)
    }

    /// What cannot be stored now is right in memory, and stored with the next change.
    fn store_identity(&self) {
        if let Err(error) = self.state.save_identity(&self.identity) {
            tracing::error!(%error, "start counter and region cannot be stored");
        }
    }

    fn store_known(&mut self) {
        match self.state.save_known(&self.known) {
            Ok(()) => self.known_stored.clone_from(&self.known),
            Err(error) => tracing::error!(%error, "reported placements cannot be stored"),
        }
    }
}

impl Current {
    fn claims(&self, placement: &PlacementKey) -> bool {
        self.view.claims.iter().any(|claim| claim.owner.placement == *placement)
    }
}

impl Refused {
    /// Each placement of the document with the words of the disk; its objects are not known.
    fn statuses(&self) -> BTreeMap<PlacementKey, Status> {
        let Ok((document, _)) = wire::decode_desired(&self.stored.document) else { return BTreeMap::new() };
        let outcome = Outcome::new(Phase::Failed, "StateNotStored", self.why.clone());
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
}

fn started(remembered: Identity, region: &str) -> Identity {
    let moved = if remembered.home == region { remembered.region } else { region.to_owned() };
    Identity { boot: remembered.boot + 1, home: region.to_owned(), region: moved, orders: remembered.orders }
}
