//! The documents of all locations, kept up to date: rows go in, the rows that differ come out.
//!
//! ```text
//!   set_location ---> sites --------.
//!   set_decision ---> decisions ----+--> target(location) --differs?--> writes(region) --> rows + blobs
//!   set_release, set_source ------> releases (compiled once)  |
//!   set_desired  ---> documents ----------------------------- '
//! ```
//!
//! A row may not list a location any more because the location has moved, and that may not have been read here yet.
//! So it withdraws only when the mark is there that ends placement's pass, which tells up to where locations are
//! accounted for, and when locations have been read as far as that.
//!
//! Nothing is withdrawn because something is absent. An entry goes only when the decision row that would list the
//! location is there and does not. A release that has not been read yet, a decision row that is missing, a location
//! that is unknown: what is written stays. See [`target`] for the rules.

mod decisions;
mod documents;
mod named;
mod progress;
mod regions;
mod releases;
mod remake;
mod sites;
mod target;
mod writes;

use std::collections::BTreeMap;
use std::sync::Arc;

use model::{Decision, Desired, Digest, Location, PlacementKey, Release};
use serde_json::Value;

use crate::bundle::Codec;
use decisions::{Decisions, Row};
use documents::{Document, Heads};
use progress::Progress;
use regions::{Region, Trace};
use releases::Releases;
use sites::Sites;

pub use named::{Named, Unknown};
pub use progress::Mark;
pub use releases::Want;
pub use writes::{Outcome, Written};

/// A location's or a region's name, shared by all that mention it.
type Name = Arc<str>;

/// What is known, and what follows from it.
#[derive(Debug)]
pub struct View {
    sites: Sites,
    decisions: Decisions,
    releases: Releases,
    regions: BTreeMap<Name, Region>,
    heads: Heads,
    progress: Progress,
    /// Documents of an earlier epoch name blobs that are gone.
    blobs_epoch: u64,
    now_ms: u64,
    /// Blobs that were stored longer ago are stored again before they are named.
    renew_after_ms: u64,
}

/// How much there is of what somebody may have to look into.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Documents that are stored.
    pub documents: usize,
    /// Locations to look at again.
    pub dirty: usize,
    /// Releases that have not been read completely.
    pub releases_waiting: usize,
    /// Releases that cannot be decoded: their placements stay as they are.
    pub releases_broken: usize,
    /// Objects rendered for locations since the start; what is shared is rendered once for a release.
    pub rendered: u64,
}

impl View {
    /// Knows nothing.
    pub fn new(codec: Codec) -> Self {
        Self {
            sites: Sites::default(),
            decisions: Decisions::default(),
            releases: Releases::new(codec),
            regions: BTreeMap::new(),
            heads: Heads::default(),
            progress: Progress::default(),
            blobs_epoch: 0,
            now_ms: 0,
            renew_after_ms: u64::MAX,
        }
    }

    /// The same, which stores blobs again before it names them when it stored them longer ago than this: whoever
    /// collects them may take them for unused soon.
    pub fn renewing_after(self, renew_after_ms: u64) -> Self {
        Self { renew_after_ms, ..self }
    }

    /// The time, by a clock that only goes forward. It decides nothing but whether blobs are stored once more.
    pub fn set_time(&mut self, now_ms: u64) {
        self.now_ms = now_ms;
    }

    /// A location as the row with sequence `seq` tells it; `None`: the row was deleted, and nothing is written for it
    /// any more.
    pub fn set_location(&mut self, name: &str, location: Option<Location>, seq: u64, trace: Option<&str>) {
        let Some(change) = self.sites.set_location(name, location, seq) else { return };
        let trace = trace.map(Arc::from);
        for region in change.regions {
            self.mark(&region, change.name.clone(), &trace);
        }
    }

    /// A row of the locations' table that tells of no location has been read.
    pub fn see_locations(&mut self, seq: u64) {
        self.sites.see(seq);
    }

    /// The row of a bucket, with its sequence; `None`: it was deleted, so nothing is known of the bucket.
    pub fn set_decision(
        &mut self,
        (region, bucket, placement): (&str, u32, &PlacementKey),
        decision: Option<&Decision>,
        seq: u64,
        trace: Option<&str>,
    ) {
        let region = self.region_name(region);
        let trace: Trace = trace.map(Arc::from);
        let row = decision.map(|decision| Row::of(decision, seq, &mut self.sites));
        let change = self.decisions.set(&region, bucket, placement, row);
        change.releases_used.iter().for_each(|release| self.releases.use_one_more(*release));
        change.releases_unused.iter().for_each(|release| self.releases.use_one_less(release));
        self.sites.list(&region, &change.placement, &change.listed, &change.unlisted);
        for name in change.differing {
            self.mark(&region, name, &trace);
        }
    }

    /// What a release is, or why its content cannot be decoded.
    pub fn set_release(&mut self, digest: Digest, release: Result<Release, String>) {
        let ready = self.releases.set_release(digest, release);
        self.mark_all(ready);
    }

    /// A source manifest that a release names.
    pub fn set_source(&mut self, digest: Digest, manifest: Value) {
        let ready = self.releases.set_source(digest, manifest);
        self.mark_all(ready);
    }

    /// The content was not there; it is wanted again after the next [`View::tidy`].
    pub fn set_missing(&mut self, want: Want) {
        self.releases.set_missing(want);
    }

    /// Forgets releases that no decision names, and wants again what was not there. Called now and then.
    pub fn tidy(&mut self) {
        self.releases.tidy();
    }

    /// Content that is needed, each once until it is set or missing.
    pub fn wants(&mut self) -> Vec<Want> {
        self.releases.wants()
    }

    /// What is written for a location; `None`: its document was deleted.
    pub fn set_desired(&mut self, region: &str, location: &str, desired: Option<&Desired>) {
        let region = self.region_name(region);
        let name = self.sites.name(location);
        let document = desired.map(|desired| Document::of(desired, &mut self.heads));
        let to = document.as_ref().and_then(|document| document.moved.clone());
        let outcome = self.region(&region).set_document(&name, document);
        if outcome.differs_from_sent {
            self.mark(&region, name.clone(), &None);
        }
        // Where it is sent may have to send it back.
        if let Some(to) = to.filter(|to| *to != region) {
            self.mark(&to, name.clone(), &None);
        }
        // What a region lets go of is what another may be waiting for.
        if let Some(home) = self.sites.region_of(&name).filter(|home| *home != region) {
            self.mark(&home, name, &None);
        }
    }

    /// The epoch that documents of a region are written in; `None`: its stream may have been created anew, and nothing
    /// is written until it is known which epoch that began.
    pub fn set_epoch(&mut self, region: &str, epoch: Option<u64>) {
        let region = self.region_name(region);
        self.region(&region).epoch = epoch;
    }

    /// The epoch that began when the stream of blobs was created. Documents of an earlier one name blobs that are gone:
    /// they are written once more, with their blobs.
    pub fn set_blobs_epoch(&mut self, epoch: u64) {
        if epoch <= self.blobs_epoch {
            return;
        }
        self.blobs_epoch = epoch;
        self.releases.unpublish();
        // What the last writes stored is gone, too.
        self.regions.values_mut().for_each(|region| region.staged.clear());
        let of_region = |(region, state): (&Name, &Region)| {
            state.documents.keys().map(|name| (region.clone(), name.clone())).collect::<Vec<_>>()
        };
        let documents: Vec<_> = self.regions.iter().flat_map(of_region).collect();
        self.mark_all(documents);
    }

    /// The newest mark of a unit of placement; `None`: there is none, or it is about other units.
    pub fn set_complete(&mut self, unit: u32, mark: Option<Mark>) {
        let freed = self.progress.set(unit, mark);
        self.mark_all(freed);
    }

    /// The epoch of the newest mark that all documents of a region are written; `None`: there is no such mark.
    pub fn set_written(&mut self, region: &str, epoch: Option<u64>) {
        let region = self.region_name(region);
        self.region(&region).complete = epoch;
    }

    /// Nothing of the last writes of `region` was stored.
    pub fn rejected(&mut self, region: &str) {
        if let Some(region) = self.regions.get_mut(region) {
            region.rejected();
        }
    }

    /// Forgets all locations: they are read again.
    pub fn reset_locations(&mut self) {
        self.sites.forget_locations();
    }

    /// Forgets all decisions and how far placement is: they are read again.
    pub fn reset_decisions(&mut self) {
        self.decisions = Decisions::default();
        self.sites.unlist_all();
        self.releases.unuse_all();
        self.progress.reset();
    }

    /// Forgets what is written for a region: its stream is new, or read again.
    pub fn reset_desired(&mut self, region: &str) {
        let region = self.region_name(region);
        self.region(&region).reset();
        for name in self.sites.of_region(&region) {
            self.mark(&region, name, &None);
        }
    }

    /// How much there is.
    pub fn counts(&self) -> Counts {
        let (releases_waiting, releases_broken) = self.releases.unready();
        Counts {
            documents: self.regions.values().map(|region| region.documents.len()).sum(),
            dirty: self.regions.values().map(|region| region.dirty.len()).sum(),
            releases_waiting,
            releases_broken,
            rendered: self.releases.rendered(),
        }
    }

    fn mark_all(&mut self, locations: impl IntoIterator<Item = (Name, Name)>) {
        for (region, name) in locations {
            self.mark(&region, name, &None);
        }
    }

    /// A trace once known is not overwritten by a cause without one.
    fn mark(&mut self, region: &Name, name: Name, trace: &Trace) {
        let state = self.region(region);
        let waited = state.causes.remove(&name);
        let marked = state.dirty.entry(name).or_default();
        if let Some(cause) = trace.clone().or(waited) {
            *marked = Some(cause);
        }
    }

    fn region(&mut self, name: &Name) -> &mut Region {
        self.regions.entry(name.clone()).or_default()
    }

    fn region_name(&self, name: &str) -> Name {
        self.regions.get_key_value(name).map_or_else(|| name.into(), |(name, _)| name.clone())
    }
}
