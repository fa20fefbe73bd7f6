//! Between the loop and the domain: rows in, calls of the domain; outcomes back, rows out.

mod fold;
mod rows;

use std::collections::BTreeSet;

use bus::flow::{Batch, Unit};
use bus::{Row, Store, Stream};
use bytes::Bytes;
use chassis::trace::Work;
use model::{Digest, PlacementKey, Release};
use placement::Explanation;

use crate::gates::Gates;
use crate::metrics::{Metrics, Unreadable};
use crate::pending::Pending;

/// The state of the service, for the loop; the simulation and `verify` drive it too.
#[derive(Debug)]
pub struct View {
    domain: placement::View,
    pending: Pending,
    metrics: Metrics,
    /// From when a change was taken in to when what was decided on it is stored.
    work: Work<Unit>,
    /// `None`: nobody is asked, as where only what is stored counts.
    gates: Option<Gates>,
}

impl View {
    /// Knows nothing yet.
    pub fn new(metrics: Metrics) -> Self {
        let encode = |release: &Release| wire::encode_release(release).into();
        Self {
            domain: placement::View::new(encode),
            pending: Pending::default(),
            metrics,
            work: Work::default(),
            gates: None,
        }
    }

    /// With somebody who asks.
    pub(crate) fn with_gates(self, gates: Gates) -> Self {
        Self { gates: Some(gates), ..self }
    }

    /// Why a location is, or is not, chosen by a placement.
    pub fn explain(&self, placement: &PlacementKey, location: &str) -> Explanation {
        self.domain.explain(placement, location)
    }
}

impl bus::flow::View for View {
    fn follows(&self) -> BTreeSet<Stream> {
        [Stream::Intent, Stream::Locations, Stream::Decision, Stream::Summary, Stream::Partial].into()
    }

    /// What regions report feeds back; without their tables there is no feedback, but decisions go on.
    fn ensures(&self) -> BTreeSet<Stream> {
        [Stream::Summary, Stream::Partial].into()
    }

    fn fold(&mut self, row: Row) {
        self.fold_row(row);
    }

    fn reset(&mut self, stream: &Stream) {
        match stream {
            Stream::Intent => {
                self.domain.forget_intent();
                self.pending.clear();
                self.hold();
            }
            Stream::Locations => self.domain.forget_locations(),
            Stream::Decision => self.domain.forget_decisions(),
            // What was counted once stays counted.
            _ => {}
        }
    }

    fn wants(&mut self) -> Vec<(Store, Digest)> {
        self.pending.wants().into_iter().map(|digest| (Store::Release, digest)).collect()
    }

    fn content(&mut self, _store: Store, digest: Digest, bytes: Option<Bytes>) {
        let Some(manifest) = bytes else {
            tracing::warn!(%digest, "the manifest of an object is not there; its space has to wait");
            return;
        };
        for arrived in self.pending.arrive(digest, &manifest) {
            match arrived.resource {
                Ok(resource) => {
                    self.domain.set_resource(&arrived.key, Some(resource), arrived.trace.as_deref());
                }
                Err(error) => self.unreadable(Unreadable::manifest, &error),
            }
        }
        self.hold();
    }

    fn tick(&mut self, now_ms: u64) {
        self.pending.tick(now_ms);
        if let Some(gates) = &mut self.gates {
            gates.hear(&mut self.domain);
        }
        // The next one comes soon enough.
        self.domain.wake(now_ms);
    }

    fn units(&self) -> BTreeSet<Unit> {
        (0..model::UNITS).map(|unit| Unit { stream: Stream::Decision, name: unit.to_string() }).collect()
    }

    fn watermarks(&self) -> BTreeSet<Stream> {
        [Stream::Intent, Stream::Locations].into()
    }

    fn layout(&self) -> u32 {
        model::UNITS
    }

    fn writes(&mut self, unit: &Unit, limit: usize, now_ms: u64) -> Batch {
        let Ok(number) = unit.name.parse() else { return Batch::default() };
        let outcome = self.domain.place(number, limit, now_ms);
        self.metrics.compared.inc_by(outcome.compared as u64);
        if let Some(gates) = &mut self.gates {
            gates.ask(&self.domain, number, now_ms);
        }
        rows::batch(outcome, unit, &mut self.work)
    }

    fn stored(&mut self, unit: &Unit) {
        self.work.stored(unit);
    }

    fn rejected(&mut self, unit: &Unit) {
        self.work.rejected(unit);
        if let Ok(number) = unit.name.parse() {
            self.domain.rejected(number);
        }
    }
}
