//! The gateway's metrics: names, help, and who counts them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bus::flow::Stats;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric as _};
use prometheus_client::metrics::counter::{ConstCounter, Counter};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::ConstGauge;
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
            r.register_collector(Box::new(Loop(stats.clone())));
        });
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

/// What the loop counts of a view that only reads; looked at when asked for.
#[derive(Debug)]
struct Loop(Arc<Stats>);

impl Collector for Loop {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> std::fmt::Result {
        let stats = &self.0;
        let counters: [(&str, &str, &AtomicU64); 3] = [
            ("tributary_flow_rows_folded", "Rows taken in", &stats.rows_folded),
            ("tributary_flow_unreadable", "Rows and messages that could not be read", &stats.unreadable),
            ("tributary_flow_resets", "Streams read again from the beginning", &stats.resets),
        ];
        for (name, help, value) in counters {
            let value = ConstCounter::new(value.load(Ordering::Relaxed));
            value.encode(encoder.encode_descriptor(name, help, None, value.metric_type())?)?;
        }
        let lag = ConstGauge::new(i64::try_from(stats.lag.load(Ordering::Relaxed)).unwrap_or(i64::MAX));
        let help = "Rows stored and not taken in yet";
        lag.encode(encoder.encode_descriptor("tributary_flow_lag_rows", help, None, lag.metric_type())?)
    }
}
