//! What a site wants its hub to know and to send: an absolute value, so that only the newest counts.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use model::{Digest, Order, PlacementKey, Status};
use tokio::time::Instant;

/// The site's side of the connection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outbox {
    pub boot: u64,
    pub region: String,
    /// The document that the statuses are about.
    pub order: Order,
    /// What stands, without report orders.
    pub statuses: BTreeMap<PlacementKey, Arc<Status>>,
    /// Blobs that are lacked.
    pub needs: BTreeSet<Digest>,
    /// The trace context of the document.
    pub trace: String,
    /// When it arrived.
    pub arrived: Option<Instant>,
}
