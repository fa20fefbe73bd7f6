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
mod backward;
mod bundle;
mod carry;
mod contest;
mod forward;
mod inform;
mod reconcile;
mod refused;
mod remember;
mod rest;
mod retry;
mod scope;
mod view;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use edge::{Inventory, Known, Outcomes, Span};
use model::{Desired, Digest, Patch, PlacementKey, Status};
use tokio::time::Instant;

pub use self::answer::is_resend;
pub(crate) use self::bundle::Parsed;
use self::contest::Contests;
use self::refused::Refused;
use self::remember::{Unstored, started};
pub use self::rest::Rest;
use self::retry::Retries;
use self::scope::Acted;
use self::view::View;
use crate::sink::Sink;
use crate::state::{Blobs, Identity, State};
use crate::{Error, Outbox};

/// How long a new document waits for its blobs before what is here is acted on without them: a report that some are
/// missing is worth sending only if they do not come at once.
const GRACE: Duration = Duration::from_secs(2);

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
    acted: Acted,
    /// Blobs that the hub said it does not have.
    absent: BTreeSet<Digest>,
    outcomes: Outcomes,
    /// What was last worked out to be reported. It stands while a new document waits for its blobs.
    standing: BTreeMap<PlacementKey, Arc<Status>>,
    retries: Retries,
    contests: Contests,
    drift: BTreeMap<PlacementKey, u64>,
    /// The inventory in memory is ahead of the one on disk.
    unsaved: bool,
    /// There may be content that is no longer used.
    untidy: bool,
    refused: Option<Refused>,
    unstored: Option<Unstored>,
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

impl<S: Sink> Site<S> {
    /// Takes up what is remembered, and counts this start. `region` holds unless a document has moved the location
    /// since the agent was configured with it.
    pub async fn open((state, blobs): (State, Blobs), mut sink: S, region: &str) -> Result<Self, Error> {
        let remembered = state.load()?;
        let inventory = match remembered.inventory {
            Some(inventory) => inventory,
            None => sink.survey().await?,
        };
        let identity = started(remembered.identity.unwrap_or_default(), region);
        let mut site = Self { inventory, ..Self::new((state, blobs), sink, identity) };
        site.known = remembered.known.unwrap_or_default();
        site.known_stored.clone_from(&site.known);
        site.know_owners();
        if let Some(stored) = remembered.stored {
            site.resume(stored);
        }
        site.store_identity();
        site.state.flush(None).await?;
        Ok(site)
    }

    /// Nothing is known.
    fn new((state, blobs): (State, Blobs), sink: S, identity: Identity) -> Self {
        Self {
            state,
            blobs,
            sink,
            identity,
            inventory: Inventory::default(),
            known: BTreeMap::new(),
            known_stored: BTreeMap::new(),
            current: None,
            acted: Acted::default(),
            absent: BTreeSet::new(),
            outcomes: Outcomes::new(),
            standing: BTreeMap::new(),
            retries: Retries::default(),
            contests: Contests::default(),
            drift: BTreeMap::new(),
            unsaved: false,
            untidy: false,
            refused: None,
            unstored: None,
        }
    }

    /// The region that the location is in.
    pub fn region(&self) -> &str {
        &self.identity.region
    }

    /// When there is something to do again without any event.
    pub fn due(&self) -> Option<Instant> {
        // Nothing is done before, however much is due.
        if let Some(unstored) = &self.unstored {
            return Some(unstored.again);
        }
        let grace = self.current.as_ref().filter(|current| !current.started);
        let grace = grace.map(|current| current.arrived + GRACE);
        let again = self.refused.as_ref().map(|refused| refused.again);
        let contest = self.contests.due(Instant::now());
        [grace, again, contest, self.retries.due()].into_iter().flatten().min()
    }

    /// Returns when something in the sink may have changed that can be acted on.
    pub async fn changed(&mut self) {
        if self.unstored.is_some() {
            std::future::pending::<()>().await;
        }
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
            arrived: current.map(|current| current.arrived),
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
}

impl Current {
    fn claims(&self, placement: &PlacementKey) -> bool {
        self.view.claims.iter().any(|claim| claim.owner.placement == *placement)
    }

    /// How content follows from that of the document before, by what it makes.
    fn patches(&self) -> BTreeMap<Digest, &Patch> {
        let placements = self.document.placements.iter();
        placements.filter_map(|placement| Some((placement.shared?, &**placement.patch.as_ref()?))).collect()
    }
}
