//! The gateway's part in the loop: it follows, folds, and writes nothing.

use std::collections::BTreeSet;

use bus::flow::{Batch, Unit, View};
use bus::{Row, Stream};

use crate::{metrics::Metrics, state::Shared};

/// Folds the tables into the shared state.
#[derive(Debug)]
pub(crate) struct Follower {
    pub shared: Shared,
    pub metrics: Metrics,
}

impl View for Follower {
    fn follows(&self) -> BTreeSet<Stream> {
        [Stream::Intent, Stream::Locations, Stream::Decision, Stream::Summary, Stream::Partial].into()
    }

    /// So that the gateway starts on a hub where no service has run yet.
    fn ensures(&self) -> BTreeSet<Stream> {
        [Stream::Summary, Stream::Partial].into()
    }

    fn fold(&mut self, row: Row) {
        let key = row.key.clone();
        let mut folded = Ok(());
        self.shared.change(|state| folded = state.fold(row));
        if let Err(error) = folded {
            self.metrics.unreadable.inc();
            tracing::warn!(subject = key.subject(), error = %error, "a row cannot be decoded; what was known before stays");
        }
    }

    fn reset(&mut self, stream: &Stream) {
        self.shared.change(|state| state.reset(stream));
    }

    fn writes(&mut self, _unit: &Unit, _limit: usize, _now_ms: u64) -> Batch {
        Batch::default()
    }
}
