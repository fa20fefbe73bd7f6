//! The trace of what changed a row goes on in the row that is written because of it, and becomes visible where something
//! has become true.
//!
//! While a change spreads over a region, its partial is written again and again. Only the first one that says "healthy
//! everywhere" is a span, and so is the first such summary: one for each trace, rollout and region, however many
//! locations there are. A span begins when the last report that it waited for was taken in, below that report's own; see
//! [`edge`]. What is not told here is passed on as it came.
//!
//! Told by the replica that leads alone, and of what it has taken in while it leads: a takeover may lose a span and never
//! doubles one, and reading tables again at a start tells nothing.

mod edge;

use std::collections::BTreeMap;
use std::time::{Instant, SystemTime};

use bus::flow::Unit;
use chassis::trace::{Work, id, is_sampled};
use model::{Partial, PlacementKey, Summary};

pub(crate) use edge::Edge;
use edge::Edges;

/// A summarized region, empty for the hub, and a placement.
type Subject = (String, PlacementKey);

/// What is being followed, by region and placement.
#[derive(Debug, Default)]
pub(crate) struct Traces {
    /// Until the row is written.
    noted: BTreeMap<Subject, Noted>,
    /// What the batches on their way were written because of, and whether they tell its span.
    flying: BTreeMap<Unit, Vec<(Subject, Noted, bool)>>,
    edges: BTreeMap<Subject, Edges>,
    /// What was told last: once for each trace and rollout.
    told: BTreeMap<Subject, (String, u64)>,
    work: Work<Unit>,
}

/// Why a row is written.
#[derive(Clone, Debug, Default)]
struct Noted {
    decided: Option<Cause>,
    reported: Option<Cause>,
}

#[derive(Clone, Debug)]
struct Cause {
    trace: String,
    seen: SystemTime,
    /// The same by the clock that nobody sets.
    at: Instant,
    told: Told,
}

/// Whether spans may follow from it: not from what is read at a start, nor by those who stand by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    Here,
    Elsewhere,
}

/// What a row says: whether all is as decided, of which rollout.
pub(crate) struct Reached {
    rollout: u64,
    everywhere: bool,
}

impl Traces {
    /// A decision has changed what is known of the placement.
    pub(crate) fn decided(&mut self, region: &str, placement: &PlacementKey, trace: &str, told: Told) {
        if let Some(cause) = Cause::new(trace, told) {
            self.noted.entry((region.to_owned(), placement.clone())).or_default().decided = Some(cause);
        }
    }

    /// A report of a location or a partial of a region below has.
    pub(crate) fn counted(&mut self, region: &str, placement: &PlacementKey, trace: &str, told: Told) {
        if let Some(cause) = Cause::new(trace, told) {
            self.noted.entry((region.to_owned(), placement.clone())).or_default().reported = Some(cause);
        }
    }

    /// A location has reported. What comes after all had become true is no part of how it did.
    pub(crate) fn reported(&mut self, region: &str, placement: &PlacementKey, edge: Edge) {
        let subject = (region.to_owned(), placement.clone());
        if self.told.get(&subject) != Some(&edge.of()) {
            self.edges.entry(subject).or_default().report(region, placement, edge);
        }
    }

    /// The trace of the row of `unit` that is written now; empty: none.
    pub(crate) fn write(
        &mut self,
        unit: &Unit,
        (region, placement): (&str, &PlacementKey),
        reached: &Reached,
    ) -> String {
        let subject = (region.to_owned(), placement.clone());
        let Some(noted) = self.noted.remove(&subject) else { return String::new() };
        let Some(cause) = noted.cause().cloned() else { return String::new() };
        let told = (id(&cause.trace).to_owned(), reached.rollout);
        let tells = reached.everywhere
            && cause.told == Told::Here
            && is_sampled(&cause.trace)
            && self.told.get(&subject) != Some(&told);
        self.flying.entry(unit.clone()).or_default().push((subject.clone(), noted, tells));
        if !tells {
            return cause.trace;
        }
        let edge = self.edges.get_mut(&subject).and_then(|edges| edges.last(region, placement, &cause.trace));
        self.told.insert(subject, told);
        let name = if region.is_empty() { "summarization hub" } else { "summarization region" };
        let parent = edge.unwrap_or_else(|| cause.trace.clone());
        let about = ("tributary.placement", &*placement.to_string());
        self.work.carry_since(unit, name, about, &parent, cause.seen).unwrap_or(cause.trace)
    }

    pub(crate) fn stored(&mut self, unit: &Unit) {
        self.flying.remove(unit);
        self.work.stored(unit);
    }

    /// The rows of `unit` are written again, for the same reasons unless there are newer ones.
    pub(crate) fn rejected(&mut self, unit: &Unit) {
        self.work.rejected(unit);
        for (subject, noted, tells) in self.flying.remove(unit).into_iter().flatten() {
            if tells {
                self.told.remove(&subject);
            }
            let newer = self.noted.entry(subject).or_default();
            newer.decided = newer.decided.take().or(noted.decided);
            newer.reported = newer.reported.take().or(noted.reported);
        }
    }
}

impl Cause {
    fn new(trace: &str, told: Told) -> Option<Self> {
        (!trace.is_empty()).then(|| Self {
            trace: trace.to_owned(),
            seen: SystemTime::now(),
            at: Instant::now(),
            told,
        })
    }
}

impl Noted {
    /// What was reported follows from what was decided, whichever is taken in first; but not from the decision of
    /// another trace that came later.
    fn cause(&self) -> Option<&Cause> {
        let (decided, reported) = (self.decided.as_ref(), self.reported.as_ref());
        let newer = |decided: &&Cause| {
            reported.is_some_and(|it| decided.at > it.at && id(&decided.trace) != id(&it.trace))
        };
        decided.filter(newer).or(reported).or(decided)
    }
}

impl From<&Partial> for Reached {
    fn from(partial: &Partial) -> Self {
        let healthy = partial.regions.values().all(|counts| counts.healthy == counts.expected);
        Self { rollout: partial.rollout, everywhere: healthy && partial.withdrawing == 0 }
    }
}

impl From<&Summary> for Reached {
    fn from(summary: &Summary) -> Self {
        let healthy = summary.total.healthy == summary.total.expected && summary.behind.is_empty();
        Self { rollout: summary.partial.rollout, everywhere: healthy && summary.partial.withdrawing == 0 }
    }
}
