//! The metrics of the service: names, help, and who counts them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bus::flow::Stats;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeLabelValue, EncodeMetric as _};
use prometheus_client::metrics::counter::{ConstCounter, Counter};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::ConstGauge;

/// Why something that arrived was of no use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelValue)]
#[allow(non_camel_case_types, reason = "label values are written as they are named here")]
pub enum Dropped {
    /// It could not be decoded.
    malformed,
    /// A report that is older than the known one.
    outdated,
    /// It is of a region that this process does not summarize.
    elsewhere,
}

/// The label of [`Metrics::dropped`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct Reason {
    pub reason: Dropped,
}

/// Handles on the counters; clones count together.
#[derive(Clone, Debug, Default)]
pub struct Metrics {
    /// Reports that changed something.
    pub reports: Counter,
    pub heartbeats: Counter,
    pub queries: Counter,
    /// Agents asked to send their reports again.
    pub asks: Counter,
    dropped: Family<Reason, Counter>,
}

impl Metrics {
    /// Counts for `/metrics`, together with the counters of the loop.
    pub fn registered(registry: &chassis::Registry, stats: &Arc<Stats>) -> Self {
        let metrics = Self::default();
        let name = |what: &str| format!("tributary_summarization_{what}");
        registry.register(|r| {
            r.register(
                name("reports"),
                "Reports that changed a count or its detail",
                metrics.reports.clone(),
            );
            r.register(name("heartbeats"), "Heartbeats taken in", metrics.heartbeats.clone());
            r.register(name("queries"), "Questions answered", metrics.queries.clone());
            r.register(name("asks"), "Agents asked to report again", metrics.asks.clone());
            r.register(name("dropped"), "Rows and messages of no use, by reason", metrics.dropped.clone());
            r.register_collector(Box::new(Loop(stats.clone())));
        });
        metrics
    }

    /// Counts something of no use.
    pub fn drop(&self, reason: Dropped) {
        self.dropped.get_or_create(&Reason { reason }).inc();
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
