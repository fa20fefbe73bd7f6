//! The metrics of the service: names, help, and who counts them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bus::flow::Stats;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeLabelValue, EncodeMetric as _};
use prometheus_client::metrics::counter::{ConstCounter, Counter};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::{ConstGauge, Gauge};

/// What could not be decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelValue)]
#[allow(non_camel_case_types, reason = "label values are written as they are named here")]
pub enum Unreadable {
    intent,
    locations,
    decision,
    rollout,
    summary,
    /// A large object's content.
    manifest,
}

/// The label of unreadable rows.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Table {
    table: Unreadable,
}

/// Handles on the counters; clones count together.
#[derive(Clone, Debug, Default)]
pub struct Metrics {
    /// Rows computed and compared with what is stored.
    pub compared: Counter,
    /// Objects whose manifest has still to be read.
    pub waiting: Gauge,
    unreadable: Family<Table, Counter>,
}

impl Metrics {
    /// Counts for `/metrics`, together with the counters of the loop.
    pub fn registered(registry: &chassis::Registry, stats: &Arc<Stats>) -> Self {
        let metrics = Self::default();
        let name = |what: &str| format!("tributary_placement_{what}");
        registry.register(|r| {
            let compared = "Decision rows computed and compared with what is stored";
            r.register(name("rows_compared"), compared, metrics.compared.clone());
            let waiting = "Large objects whose manifest has still to be read; their spaces wait";
            r.register(name("objects_waiting"), waiting, metrics.waiting.clone());
            let unreadable = "Rows that could not be decoded and changed nothing, by table";
            r.register(name("rows_unreadable"), unreadable, metrics.unreadable.clone());
            r.register_collector(Box::new(Loop(stats.clone())));
        });
        metrics
    }

    /// Counts a row that cannot be read.
    pub fn unreadable(&self, table: Unreadable) {
        self.unreadable.get_or_create(&Table { table }).inc();
    }
}

/// The loop's counters, read when asked for.
#[derive(Debug)]
struct Loop(Arc<Stats>);

impl Collector for Loop {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> std::fmt::Result {
        let stats = &self.0;
        let counters: [(&str, &str, &AtomicU64); 8] = [
            ("rows_folded", "Rows taken in", &stats.rows_folded),
            ("batches", "Batches stored", &stats.batches),
            ("rows_written", "Rows stored", &stats.rows_written),
            ("rejected", "Batches refused because something had changed", &stats.rejected),
            ("failed", "Batches that failed and are tried again", &stats.failed),
            ("contents_stored", "Pieces of content stored", &stats.contents_stored),
            ("unreadable", "Rows and messages that could not be read", &stats.unreadable),
            ("resets", "Streams read again from the beginning", &stats.resets),
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
