//! The metrics of the service: names, help, and who counts them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bus::flow::Stats;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeLabelValue, EncodeMetric as _};
use prometheus_client::metrics::counter::{ConstCounter, Counter};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::{ConstGauge, Gauge};
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
    /// Counts for `/metrics`, together with the counters of the loop.
    pub fn registered(registry: &chassis::Registry, stats: &Arc<Stats>) -> Self {
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
            r.register_collector(Box::new(Loop(stats.clone())));
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

/// The loop's counters, read when asked for.
#[derive(Debug)]
struct Loop(Arc<Stats>);

impl Collector for Loop {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> std::fmt::Result {
        let stats = &self.0;
        let counters: [(&str, &str, &AtomicU64); 9] = [
            ("rows_folded", "Rows taken in", &stats.rows_folded),
            ("batches", "Batches stored", &stats.batches),
            ("rows_written", "Rows stored", &stats.rows_written),
            ("rejected", "Batches refused because something had changed", &stats.rejected),
            ("failed", "Batches that failed and are tried again", &stats.failed),
            ("contents_stored", "Pieces of content stored", &stats.contents_stored),
            ("unreadable", "Rows and messages that could not be read", &stats.unreadable),
            ("resets", "Streams read again from the beginning", &stats.resets),
            ("messages", "Core messages taken in", &stats.messages),
        ];
        for (name, help, value) in counters {
            let value = ConstCounter::new(value.load(Ordering::Relaxed));
            let name = format!("tributary_flow_{name}");
            value.encode(encoder.encode_descriptor(&name, help, None, value.metric_type())?)?;
        }
        let gauges = [
            ("lag_rows", "Rows stored and not taken in yet", &stats.lag),
            ("leases", "Leases held", &stats.leases),
        ];
        for (name, help, value) in gauges {
            let value = ConstGauge::new(i64::try_from(value.load(Ordering::Relaxed)).unwrap_or(i64::MAX));
            let name = format!("tributary_flow_{name}");
            value.encode(encoder.encode_descriptor(&name, help, None, value.metric_type())?)?;
        }
        Ok(())
    }
}
