//! The metrics of the service: names, help, and who counts them.

use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use translation::Counts;

/// What could not be read. It is as if it were not there: what is known stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelValue)]
#[allow(non_camel_case_types, reason = "label values are written as they are named here")]
pub enum Dropped {
    row,
    release,
    source,
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
    /// Content that was named and not there (yet).
    pub missing: Counter,
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
            r.register(name("missing"), "Content that was named and not there", it.missing.clone());
            r.register(name("dropped"), "What could not be decoded, by kind", it.dropped.clone());
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

    /// Tells how much there is.
    pub fn set_counts(&self, counts: Counts) {
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
