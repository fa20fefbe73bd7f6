//! What happened at the edge, as spans: agents have no exporter, so their times travel in their reports and are told here.
//!
//! ```text
//!   edge         |<------------ received until the report was taken in here ------------>|
//!     edge fetch |<--->|
//!     edge apply       |<---->|
//!     edge report             |<--------- healthy, sent, stored, taken in -------------->|
//! ```
//!
//! Only durations are taken from the edge, and are counted back from when the report was taken in: a clock at the edge may
//! be wrong by years, and would put the work before its cause. Of each region, trace and rollout two locations are told,
//! the first that reports all its objects as healthy (or gone) and the last: the one that everything waited for.

use std::time::{Duration, SystemTime};

use chassis::trace::{Kind, Span, id, is_sampled};
use model::{PlacementKey, Status};

use super::Told;

/// One location's way from the document to the report.
#[derive(Debug)]
pub(crate) struct Edge {
    location: String,
    /// Of the document.
    trace: String,
    rollout: u64,
    done: bool,
    taken_in: SystemTime,
    fetch: Duration,
    apply: Duration,
    /// From the document's arrival until the report was sent.
    total: Duration,
}

/// The locations of a region that are told of one trace.
#[derive(Debug, Default)]
pub(super) struct Edges {
    /// Trace and rollout.
    of: (String, u64),
    last: Option<Edge>,
    /// The span that was told last.
    told: Option<String>,
}

impl Edge {
    /// `None`: nobody will see it.
    pub(crate) fn new(location: &str, status: &Status, trace: &str, told: Told) -> Option<Self> {
        if told == Told::Elsewhere || !is_sampled(trace) {
            return None;
        }
        let (fetch, apply) = (micros(status.fetch_us.into()), micros(status.apply_us.into()));
        Some(Self {
            location: location.to_owned(),
            trace: trace.to_owned(),
            rollout: status.rollout,
            done: status.unhealthy.is_empty(),
            taken_in: SystemTime::now(),
            fetch,
            apply,
            total: micros(status.report_us).max(fetch + apply),
        })
    }

    /// Its trace and rollout.
    pub(super) fn of(&self) -> (String, u64) {
        (id(&self.trace).to_owned(), self.rollout)
    }

    /// The `traceparent` of its span; `None`: nothing is recorded.
    fn tell(self, region: &str, placement: &PlacementKey) -> Option<String> {
        let received = self.taken_in.checked_sub(self.total)?;
        let (fetched, applied) = (received + self.fetch, received + self.fetch + self.apply);
        let span = Span::begun("edge", Kind::Consumer, Some(&self.trace), received);
        let told = span.traceparent().filter(|_| span.is_recording())?;
        span.set("messaging.system", "nats");
        span.set("tributary.region", region.to_owned());
        span.set("tributary.location", self.location);
        span.set("tributary.placement", placement.to_string());
        span.set("tributary.rollout", i64::try_from(self.rollout).unwrap_or(i64::MAX));
        let parts = [("edge fetch", received, fetched), ("edge apply", fetched, applied)];
        for (name, start, end) in parts.into_iter().chain([("edge report", applied, self.taken_in)]) {
            Span::begun(name, Kind::Internal, Some(&told), start).end_at(end);
        }
        span.end_at(self.taken_in);
        Some(told)
    }
}

impl Edges {
    /// A location has reported. The first one that is done is told at once.
    pub(super) fn report(&mut self, region: &str, placement: &PlacementKey, edge: Edge) {
        let of = edge.of();
        if self.of != of {
            *self = Self { of, ..Self::default() };
        }
        if !edge.done {
            return;
        }
        match self.told {
            None => self.told = edge.tell(region, placement),
            Some(_) => self.last = Some(edge),
        }
    }

    /// The span of the last location that was waited for in the trace of `cause`.
    pub(super) fn last(&mut self, region: &str, placement: &PlacementKey, cause: &str) -> Option<String> {
        if self.of.0 != id(cause) {
            return None;
        }
        if let Some(told) = self.last.take().and_then(|edge| edge.tell(region, placement)) {
            self.told = Some(told);
        }
        self.told.clone()
    }
}

fn micros(micros: u64) -> Duration {
    // A week is longer than any document is waited for, and far from what a clock cannot hold.
    Duration::from_micros(micros).min(Duration::from_secs(7 * 24 * 3600))
}
