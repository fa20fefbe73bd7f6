//! A site that is as it should be, as what it takes to go on: its document, its content and its sink. All else follows.

use std::collections::BTreeMap;
use std::sync::Arc;

use edge::{Inventory, Known, Outcome};
use model::{Order, PlacementKey};

use super::bundle::Parsed;
use super::scope::Acted;
use super::{Current, Site};
use crate::sink::Sink;
use crate::state::{Blobs, Identity, State, Stored};

/// A site at rest.
#[derive(Debug)]
pub struct Rest<S> {
    state: State,
    blobs: Blobs,
    sink: S,
    boot: u64,
    home: Box<str>,
    region: Box<str>,
    orders: Box<[(Box<str>, Order)]>,
    /// As it is stored.
    document: Option<Box<[u8]>>,
    /// Held, so that hosts of many need not read them again.
    _bundles: Box<[Arc<Parsed>]>,
    drift: BTreeMap<PlacementKey, u64>,
}

impl<S: Sink> Site<S> {
    /// Whether there is nothing to do, and nothing that could not be worked out again. An agent that keeps its state on
    /// disk never rests: what it would be taken up from may be damaged meanwhile.
    pub fn is_quiet(&self) -> bool {
        let as_it_should_be = match &self.current {
            Some(current) => self.is_as_wished(current),
            None => self.inventory.entries.is_empty() && self.known.is_empty(),
        };
        let remembers = matches!(self.state, State::Nowhere { .. });
        let waits =
            self.due().is_some() || self.unsaved || !self.absent.is_empty() || !self.needs().is_empty();
        as_it_should_be && remembers && !waits
    }

    fn is_as_wished(&self, current: &Current) -> bool {
        let wishes = &current.view.wishes;
        let undisputed = wishes.unknown.is_empty() && wishes.lost.is_empty();
        let here = self.identity.orders.get(&self.identity.region) == Some(&current.view.order);
        let healthy = Outcome::healthy();
        undisputed
            && here
            && current.view.moved_to.is_none()
            && current.settled
            && matches!(self.acted, Acted::Present)
            && self.known == current.known()
            && self.outcomes.len() == wishes.objects.len()
            && self.outcomes.values().all(|outcome| *outcome == healthy)
            && self.inventory == Inventory::of(wishes)
    }

    /// Only what is quiet may rest.
    pub fn rest(self) -> Rest<S> {
        let orders = self.identity.orders.into_iter().map(|(region, order)| (region.into(), order));
        Rest {
            boot: self.identity.boot,
            home: self.identity.home.into(),
            region: self.identity.region.into(),
            orders: orders.collect(),
            _bundles: self.current.iter().flat_map(|current| current.view.bundles()).collect(),
            document: self.current.map(Current::into_bytes),
            state: self.state,
            blobs: self.blobs,
            sink: self.sink,
            drift: self.drift,
        }
    }
}

impl<S: Sink> Rest<S> {
    /// Returns when something in the sink may have changed.
    pub async fn changed(&mut self) {
        self.sink.changed().await;
    }

    /// The site as it was.
    pub fn wake(self) -> Site<S> {
        let orders = self.orders.into_iter().map(|(region, order)| (region.into(), order)).collect();
        let region = String::from(self.region);
        let identity = Identity { boot: self.boot, home: self.home.into(), region: region.clone(), orders };
        let mut site = Site::new((self.state, self.blobs), self.sink, identity);
        site.drift = self.drift;
        if let Some(document) = self.document {
            site.resume(Stored { region, document: document.into() });
            site.take_as_done();
        }
        site
    }
}

impl<S: Sink> Site<S> {
    /// The document was carried out before.
    fn take_as_done(&mut self) {
        let Some(current) = &mut self.current else { return };
        (current.started, current.settled) = (true, true);
        let wishes = &current.view.wishes;
        self.inventory = Inventory::of(wishes);
        self.outcomes = wishes.objects.keys().map(|key| (key.clone(), Outcome::healthy())).collect();
        self.known = current.known();
        self.known_stored.clone_from(&self.known);
        self.acted.done();
        self.stand();
    }
}

impl Current {
    /// As it came, without what only helped to make content of it.
    fn into_bytes(mut self) -> Box<[u8]> {
        self.document.placements.iter_mut().for_each(|placement| placement.patch = None);
        Box::from(&*wire::encode_desired(&self.document, &self.trace))
    }

    /// What is known of the placements that it claims for.
    pub(super) fn known(&self) -> BTreeMap<PlacementKey, Known> {
        let claims = self.view.claims.iter().map(|claim| {
            let known = Known { uid: claim.owner.uid.clone(), rollout: claim.rollout };
            (claim.owner.placement.clone(), known)
        });
        claims.collect()
    }
}
