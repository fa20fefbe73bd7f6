//! The metrics of the service: names, help, and who counts them.

use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;

/// What could not be decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelValue)]
#[allow(non_camel_case_types, reason = "label values are written as they are named here")]
pub enum Unreadable {
    intent,
    locations,
    decision,
    rollout,
    summary,
    presence,
    progress,
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
    /// Counts for `/metrics`.
    pub fn registered(registry: &chassis::Registry) -> Self {
        let metrics = Self::default();
        let name = |what: &str| format!("tributary_placement_{what}");
        registry.register(|r| {
            let compared = "Decision rows computed and compared with what is stored";
            r.register(name("rows_compared"), compared, metrics.compared.clone());
            let waiting = "Large objects whose manifest has still to be read; their spaces wait";
            r.register(name("objects_waiting"), waiting, metrics.waiting.clone());
            let unreadable = "Rows that could not be decoded and changed nothing, by table";
            r.register(name("rows_unreadable"), unreadable, metrics.unreadable.clone());
        });
        metrics
    }

    /// Counts a row that cannot be read.
    pub fn unreadable(&self, table: Unreadable) {
        self.unreadable.get_or_create(&Table { table }).inc();
    }
}
