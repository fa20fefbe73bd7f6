//! Carries the trace of what changed a row to the row that is written because of it.

use std::collections::BTreeMap;

use model::{PlacementKey, Status};

/// The newest trace by summarized region and placement, until the row is written; the hub's region is empty.
#[derive(Clone, Debug, Default)]
pub(crate) struct Traces {
    newest: BTreeMap<(String, PlacementKey), String>,
}

impl Traces {
    /// `trace` has changed what is known of the placement.
    pub(crate) fn note(&mut self, region: &str, placement: &PlacementKey, trace: &str) {
        if !trace.is_empty() {
            self.newest.insert((region.to_owned(), placement.clone()), trace.to_owned());
        }
    }

    /// The trace of the row that is written now; empty: none.
    pub(crate) fn take(&mut self, region: &str, placement: &PlacementKey) -> String {
        self.newest.remove(&(region.to_owned(), placement.clone())).unwrap_or_default()
    }
}

/// The trace flag of those who want to be recorded.
const SAMPLED: &str = "-01";

/// Tells a trace what its document cost at the edge, where there is no exporter: the agent's own durations are attributes
/// of a span that is as long as this call.
pub(crate) fn tell_edge(location: &str, placement: &PlacementKey, status: &Status, trace: &str) {
    if trace.ends_with(SAMPLED) {
        let span = tracing::info_span!(
            "apply at the edge",
            location,
            placement = %placement,
            rollout = status.rollout,
            fetch_us = status.fetch_us,
            apply_us = status.apply_us,
            received_time_ms = status.received_time,
        );
        chassis::trace::set_parent(&span, trace);
        span.in_scope(|| tracing::debug!("a report was taken in"));
    }
}
