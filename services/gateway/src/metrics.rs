//! The gateway's metrics: names, help, and who counts them.

use std::sync::Arc;

use bus::flow::Stats;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use tonic::Code;

/// A call and how it ended.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Call {
    method: &'static str,
    code: &'static str,
}

/// Handles on the counters; clones count together.
#[derive(Clone, Debug, Default)]
pub struct Metrics {
    calls: Family<Call, Counter>,
    /// Rows that could not be decoded and changed nothing.
    pub unreadable: Counter,
}

impl Metrics {
    /// Counts for `/metrics`, together with what the loop counts.
    pub fn registered(registry: &chassis::Registry, stats: &Arc<Stats>) -> Self {
        let metrics = Self::default();
        registry.register(|r| {
            let calls = "Calls that have been answered, by method and code; a stream counts when it begins";
            r.register("tributary_gateway_calls", calls, metrics.calls.clone());
            let unreadable = "Rows that could not be decoded and changed nothing";
            r.register("tributary_gateway_rows_unreadable", unreadable, metrics.unreadable.clone());
        });
        ::service::Loop::register(registry, stats);
        metrics
    }

    pub(crate) fn called(&self, method: &'static str, code: Code) {
        self.calls.get_or_create(&Call { method, code: name(code) }).inc();
    }
}

/// The codes that [`crate::error::Error`] becomes.
fn name(code: Code) -> &'static str {
    match code {
        Code::Ok => "ok",
        Code::InvalidArgument => "invalid_argument",
        Code::NotFound => "not_found",
        Code::FailedPrecondition => "failed_precondition",
        Code::Aborted => "aborted",
        Code::Unavailable => "unavailable",
        Code::DeadlineExceeded => "deadline_exceeded",
        Code::DataLoss => "data_loss",
        _ => "internal",
    }
}
