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

/// Why an agent was not asked to report again, although it should.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelValue)]
#[allow(non_camel_case_types, reason = "label values are written as they are named here")]
pub enum PutOff {
    /// It will be, as soon as those before it have been.
    waiting,
    /// It was a moment ago.
    too_soon,
}

/// The label of [`Metrics::put_off`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Why {
    reason: PutOff,
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
    put_off: Family<Why, Counter>,
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
            let put_off = "Agents not asked to report again although they should, by reason";
            r.register(name("asks_put_off"), put_off, metrics.put_off.clone());
            r.register(name("dropped"), "Rows and messages of no use, by reason", metrics.dropped.clone());
        });
        metrics
    }

    /// Counts an ask that does not go now.
    pub fn put_off(&self, reason: PutOff) {
        self.put_off.get_or_create(&Why { reason }).inc();
    }

    /// Counts something of no use.
    pub fn drop(&self, reason: Dropped) {
        self.dropped.get_or_create(&Reason { reason }).inc();
    }
}
