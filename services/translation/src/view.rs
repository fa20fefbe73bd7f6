//! Between the loop and the domain: rows and content in, documents and blobs out.

mod births;
mod desk;
mod fold;

use std::collections::{BTreeMap, BTreeSet};

use bus::flow::{Batch, Unit};
use bus::{Key, Row, Store, Stream, Write};
use bytes::Bytes;
use chassis::trace::Work;
use model::{Desired, Digest, Own, Patch, Rendered};
use tokio::sync::mpsc;
use translation::{Codec, Want, Written};

use crate::metrics::{Dropped, Metrics};
use births::Births;
use desk::Desk;
pub use desk::{Answer, Question};

/// Between two looks for content that was not there, and for releases that nobody names any more.
const TIDY_MS: u64 = 5_000;
/// Bytes of a patch in a document: where it takes more, fetching the content costs less than what all documents carry.
const MAX_PATCH: usize = 1024;
/// How bundles travel.
pub const CODEC: Codec =
    Codec { encode: |bundle| wire::encode_bundle(bundle).into(), patch, frame: wire::content::make_frame };
/// A region is one unit: at most 250,000 locations.
const UNIT: &str = "0";

/// The state of the service, for the loop; the simulation and `verify` drive it too.
#[derive(Debug)]
pub struct View {
    domain: translation::View,
    metrics: Metrics,
    /// Declared, or with locations; a region that is gone is still followed, as its documents are still there.
    regions: BTreeSet<String>,
    births: Births,
    /// What the content that has been asked for is wanted as.
    asked: BTreeMap<Digest, BTreeSet<Want>>,
    tidied_ms: u64,
    desk: Desk,
    /// For so long, in milliseconds, content that was stored need not be stored again before it is named again.
    content_holds_ms: u64,
    /// From when a decision was taken in to when documents that follow from it are stored.
    work: Work<Unit>,
}

impl View {
    /// Knows nothing yet.
    pub fn new(metrics: Metrics) -> Self {
        Self {
            domain: translation::View::new(CODEC),
            metrics,
            regions: BTreeSet::new(),
            births: Births::default(),
            asked: BTreeMap::new(),
            tidied_ms: 0,
            desk: Desk::default(),
            content_holds_ms: u64::MAX,
            work: Work::default(),
        }
    }

    /// The same, which answers what is asked through `questions`, and stores content again before it names it when it has
    /// known for `content_holds_ms` that it is stored.
    pub fn answering(mut self, questions: mpsc::Receiver<Question>, content_holds_ms: u64) -> Self {
        self.domain = self.domain.renewing_after(content_holds_ms);
        self.desk = Desk::of(questions);
        Self { content_holds_ms, ..self }
    }

    /// The streams of documents.
    fn documents(&self) -> impl Iterator<Item = Stream> {
        self.regions.iter().cloned().map(Stream::Desired)
    }

    fn add_region(&mut self, name: &str) {
        if !name.is_empty() && self.regions.insert(name.to_owned()) {
            self.tell_epoch(name);
        }
    }

    /// Only while the epoch row knows the stream as it is may documents be written.
    fn tell_epoch(&mut self, region: &str) {
        self.domain.set_epoch(region, self.births.epoch(region));
    }

    fn tell_epochs(&mut self) {
        self.domain.set_blobs_epoch(self.births.blobs_epoch());
        for region in self.regions.clone() {
            self.tell_epoch(&region);
        }
    }

    fn take_release(&mut self, digest: Digest, bytes: &[u8]) {
        let release = wire::decode_release(bytes).map_err(|error| {
            self.metrics.drop(Dropped::release);
            tracing::error!(release = %digest, %error, "a release cannot be decoded: its placement stays as it is");
            error.to_string()
        });
        self.domain.set_release(digest, release);
    }

    fn take_source(&mut self, digest: Digest, bytes: &[u8]) {
        let manifest = serde_json::from_slice(bytes).unwrap_or_else(|error| {
            self.metrics.drop(Dropped::source);
            tracing::error!(source = %digest, %error, "a manifest cannot be decoded: its object is withheld");
            serde_json::Value::Null
        });
        self.domain.set_source(digest, manifest);
    }

    fn write(&mut self, unit: &Unit, region: &str, row: Written) -> Write {
        self.metrics.documents.inc();
        self.metrics.withheld.inc_by(withheld(&row.desired));
        let key = Key::Desired { region: region.to_owned(), location: row.location.to_string() };
        let about = ("tributary.region", region);
        let trace = self.work.carry(unit, "translation write", about, row.trace.as_deref());
        let value = wire::encode_desired(&row.desired, trace.as_deref().unwrap_or_default());
        Write::new(key, value).traced(trace)
    }
}

fn patch(base: &[u8], content: &[u8]) -> Option<Patch> {
    wire::content::make_patch(base, content, MAX_PATCH)
}

/// Objects withheld at one location alone.
fn withheld(desired: &Desired) -> u64 {
    let objects = desired.placements.iter().flat_map(|entry| match &entry.own {
        Own::Inline(bundle) => bundle.objects.as_slice(),
        // In a frame nothing is withheld.
        Own::None | Own::Framed(_) | Own::Blob(_) => &[],
    });
    objects.map(|object| u64::from(matches!(object.content, Rendered::Withheld(_)))).sum()
}

impl bus::flow::View for View {
    fn follows(&self) -> BTreeSet<Stream> {
        [Stream::Locations, Stream::Decision].into_iter().chain(self.documents()).collect()
    }

    fn ensures(&self) -> BTreeSet<Stream> {
        self.documents().chain([Stream::Blob]).collect()
    }

    fn fold(&mut self, row: Row) {
        self.fold_row(row);
    }

    fn reset(&mut self, stream: &Stream) {
        match stream {
            Stream::Locations => self.domain.reset_locations(),
            Stream::Decision => {
                self.domain.reset_decisions();
                self.births.forget_epoch();
                self.tell_epochs();
            }
            Stream::Desired(region) => {
                self.domain.reset_desired(region);
                self.desk.forget(region);
            }
            _ => {}
        }
    }

    fn born(&mut self, stream: &Stream, created_ns: u64) {
        if let Stream::Desired(region) = stream {
            self.births.set_birth(region, created_ns);
            self.tell_epoch(region);
        }
    }

    fn wants(&mut self) -> Vec<(Store, Digest)> {
        let mut digests = Vec::new();
        for want in self.domain.wants() {
            let (Want::Release(digest) | Want::Source(digest)) = want;
            self.asked.entry(digest).or_default().insert(want);
            digests.push((Store::Release, digest));
        }
        digests
    }

    fn content(&mut self, _store: Store, digest: Digest, bytes: Option<Bytes>) {
        for want in self.asked.remove(&digest).unwrap_or_default() {
            match (want, &bytes) {
                (_, None) => {
                    self.metrics.missing.inc();
                    self.domain.set_missing(want);
                }
                (Want::Release(_), Some(bytes)) => self.take_release(digest, bytes),
                (Want::Source(_), Some(bytes)) => self.take_source(digest, bytes),
            }
        }
    }

    fn tick(&mut self, now_ms: u64) {
        if now_ms.saturating_sub(self.tidied_ms) >= TIDY_MS {
            self.tidied_ms = now_ms;
            self.domain.tidy();
            self.metrics.set_counts(self.domain.counts());
        }
    }

    fn units(&self) -> BTreeSet<Unit> {
        self.documents().map(|stream| Unit { stream, name: UNIT.to_owned() }).collect()
    }

    fn watermarks(&self) -> BTreeSet<Stream> {
        [Stream::Locations, Stream::Decision].into()
    }

    fn epoch(&self, unit: &Unit) -> u64 {
        match &unit.stream {
            Stream::Desired(region) => self.births.epoch(region).unwrap_or_default(),
            _ => 0,
        }
    }

    fn content_holds_ms(&self) -> u64 {
        self.content_holds_ms
    }

    fn writes(&mut self, unit: &Unit, limit: usize, now_ms: u64) -> Batch {
        let Stream::Desired(region) = &unit.stream else { return Batch::default() };
        // Whoever holds the first region's lease, and has read everything, speaks for all.
        if self.regions.first() == Some(region) {
            self.answer();
        }
        self.domain.set_time(now_ms);
        let outcome = self.domain.writes(region, limit);
        let content = |(digest, content)| (Store::Blob, digest, Bytes::from_owner(content));
        Batch {
            contents: outcome.blobs.into_iter().map(content).collect(),
            rows: outcome.rows.into_iter().map(|row| self.write(unit, region, row)).collect(),
            more: outcome.more,
            ..Batch::default()
        }
    }

    fn stored(&mut self, unit: &Unit) {
        self.work.stored(unit);
    }

    fn rejected(&mut self, unit: &Unit) {
        self.work.rejected(unit);
        if let Stream::Desired(region) = &unit.stream {
            self.domain.rejected(region);
        }
    }
}
