//! Carries the trace of what changed a row to the row that is written because of it.

use std::collections::BTreeMap;

use model::PlacementKey;

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
