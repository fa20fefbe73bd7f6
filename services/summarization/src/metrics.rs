//! The metrics of the service: names, help, and who counts them.

use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;

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
    /// Counts for `/metrics`.
    pub fn registered(registry: &chassis::Registry) -> Self {
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
        });
        metrics
    }

    /// Counts something of no use.
    pub fn drop(&self, reason: Dropped) {
        self.dropped.get_or_create(&Reason { reason }).inc();
    }
}
