//! The gateway's part in the loop: it follows, folds, and writes nothing.

use std::collections::BTreeSet;

use bus::flow::{Batch, Unit, View};
use bus::{Row, Stream};

use crate::state::Shared;

/// Folds the tables into the shared state.
#[derive(Debug)]
pub(crate) struct Follower(pub(crate) Shared);

impl View for Follower {
    fn follows(&self) -> BTreeSet<Stream> {
        [Stream::Intent, Stream::Locations, Stream::Decision, Stream::Summary, Stream::Partial].into()
    }

    /// So that the gateway starts on a hub where no service has run yet.
    fn ensures(&self) -> BTreeSet<Stream> {
        [Stream::Summary, Stream::Partial].into()
    }

    fn fold(&mut self, row: Row) {
        self.0.change(|state| state.fold(row));
    }

    fn reset(&mut self, stream: &Stream) {
        self.0.change(|state| state.reset(stream));
    }

    fn writes(&mut self, _unit: &Unit, _limit: usize, _now_ms: u64) -> Batch {
        Batch::default()
    }
}
