//! The metrics of the service: names, help, and who counts them.

use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use translation::{Counts, Piece};

/// What could not be read. It is as if it were not there: what is known stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelValue)]
#[allow(non_camel_case_types, reason = "label values are written as they are named here")]
pub enum Dropped {
    row,
    release,
    source,
}

/// Why nothing was collected in one look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelValue)]
#[allow(non_camel_case_types, reason = "label values are written as they are named here")]
pub enum Skipped {
    /// Documents were being written too fast to be read to their end.
    behind,
    /// Documents of a region have not all been written in the epoch of now.
    incomplete,
    /// A bundle that is named cannot be read, or a document cannot be decoded: what they name is not known.
    unreadable,
    /// The server did not answer as it should.
    failed,
}

/// The label of a look without effect.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Why {
    reason: Skipped,
}

/// The label of dropped content.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct What {
    what: Dropped,
}

/// Handles on the metrics; clones count together.
#[derive(Clone, Debug, Default)]
pub struct Metrics {
    /// Documents handed to the loop.
    pub documents: Counter,
    /// Placements' objects withheld in these documents.
    pub withheld: Counter,
    /// Objects rendered for locations.
    rendered: Counter,
    /// Content that was named and not there (yet).
    pub missing: Counter,
    /// Content that was stored again because it was named and gone.
    pub repaired: Counter,
    collected: Counter,
    collected_bytes: Counter,
    skipped: Family<Why, Counter>,
    young: Gauge,
    lost: Gauge,
    dropped: Family<What, Counter>,
    known: Gauge,
    dirty: Gauge,
    releases_waiting: Gauge,
    releases_broken: Gauge,
}

impl Metrics {
    /// Counts for `/metrics`.
    pub fn registered(registry: &chassis::Registry) -> Self {
        let it = Self::default();
        let name = |what: &str| format!("tributary_translation_{what}");
        registry.register(|r| {
            r.register(name("documents"), "Documents to be written", it.documents.clone());
            r.register(name("withheld_objects"), "Objects withheld in these", it.withheld.clone());
            r.register(name("rendered_objects"), "Objects rendered for locations", it.rendered.clone());
            r.register(name("missing"), "Content that was named and not there", it.missing.clone());
            r.register(name("dropped"), "What could not be decoded, by kind", it.dropped.clone());
            r.register(
                name("blobs_collected"),
                "Messages of content deleted as unused",
                it.collected.clone(),
            );
            r.register(name("blobs_collected_bytes"), "Bytes of these", it.collected_bytes.clone());
            r.register(
                name("blobs_repaired"),
                "Content that was named, gone, and stored again",
                it.repaired.clone(),
            );
            r.register(
                name("blob_collections_skipped"),
                "Looks for unused content that came to nothing, by reason",
                it.skipped.clone(),
            );
            r.register(
                name("blobs_young"),
                "Content that nothing names, not old enough to go",
                it.young.clone(),
            );
            r.register(
                name("blobs_lost"),
                "Content that is named, gone, and cannot be made now",
                it.lost.clone(),
            );
            r.register(name("known_documents"), "Documents in the tables", it.known.clone());
            r.register(name("dirty_locations"), "Locations to be looked at again", it.dirty.clone());
            r.register(name("releases_waiting"), "Releases not read completely", it.releases_waiting.clone());
            r.register(
                name("releases_broken"),
                "Releases that cannot be decoded",
                it.releases_broken.clone(),
            );
        });
        it
    }

    /// Counts what could not be decoded.
    pub fn drop(&self, what: Dropped) {
        self.dropped.get_or_create(&What { what }).inc();
    }

    /// Counts a look for unused content that came to nothing.
    pub fn skip(&self, reason: Skipped) {
        self.skipped.get_or_create(&Why { reason }).inc();
    }

    /// Counts a message that was to be deleted; one that was not there any more has been stored again.
    pub fn collect(&self, deleted: bool, piece: Piece) {
        if deleted {
            self.collected.inc();
            self.collected_bytes.inc_by(piece.bytes);
        }
    }

    /// Tells what a look has found.
    pub fn set_found(&self, young: usize, lost: usize) {
        self.young.set(i64::try_from(young).unwrap_or(i64::MAX));
        self.lost.set(i64::try_from(lost).unwrap_or(i64::MAX));
    }

    /// Tells how much there is.
    pub fn set_counts(&self, counts: Counts) {
        self.rendered.inc_by(counts.rendered.saturating_sub(self.rendered.get()));
        let gauges = [
            (&self.known, counts.documents),
            (&self.dirty, counts.dirty),
            (&self.releases_waiting, counts.releases_waiting),
            (&self.releases_broken, counts.releases_broken),
        ];
        for (gauge, value) in gauges {
            gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
        }
    }
}
