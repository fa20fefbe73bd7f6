//! What a service tells the loop: the state that it folds rows into, and the rows that follow from it.

use std::collections::BTreeSet;

use bytes::Bytes;
use model::Digest;

use crate::{Key, Row, Store, Stream, Write};

/// What one lease covers: a part of the rows of a stream.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Unit {
    /// The stream that it writes, and where its lease is.
    pub stream: Stream,
    pub name: String,
}

/// What a view wants stored for one unit.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// Stored before the rows, so that no row names content that is not there.
    pub contents: Vec<(Store, Digest, Bytes)>,
    /// All or none of them are stored.
    pub rows: Vec<Write>,
    /// There is more to write; ask again at once.
    pub more: bool,
    /// The view has stopped for others to have their turn: ask again as soon as they had it, also if there are no rows.
    pub again: bool,
}

/// The state of a service. The loop owns it and calls it from one task only; no call may block.
pub trait View: Send + 'static {
    /// The streams to read and follow. Asked again after folds; it may grow.
    fn follows(&self) -> BTreeSet<Stream>;

    /// Takes in a row of a followed stream; leases and marks of completeness are among them. A row may come twice.
    fn fold(&mut self, row: Row);

    /// Forgets all rows of `stream`: it was re-created or is read again from its beginning.
    fn reset(&mut self, stream: &Stream);

    /// Called before the first row of a stream, and again after each re-creation.
    fn born(&mut self, _stream: &Stream, _created_ns: u64) {}

    /// Derived streams that the loop creates where they are missing.
    fn ensures(&self) -> BTreeSet<Stream> {
        BTreeSet::new()
    }

    /// Content that the view lacks; drained. The loop answers each by [`View::content`].
    fn wants(&mut self) -> Vec<(Store, Digest)> {
        Vec::new()
    }

    /// Wanted content; `None`: it is not there (now). Not asked for again unless wanted again.
    fn content(&mut self, _store: Store, _digest: Digest, _bytes: Option<Bytes>) {}

    /// For so long, in milliseconds, content that was stored need not be stored again before it is named again. Whoever
    /// deletes content that nobody names waits much longer.
    fn content_holds_ms(&self) -> u64 {
        10 * 60 * 1000
    }

    /// Core subjects to listen to, wildcards allowed. Requests (`trib.v1.query.>`) reach one replica only.
    fn subscriptions(&self) -> BTreeSet<String> {
        BTreeSet::new()
    }

    /// Takes in a core message; what it returns is the reply, if one was asked for.
    fn message(&mut self, _key: Key, _payload: &[u8], _now_ms: u64) -> Option<Bytes> {
        None
    }

    /// Core messages to send; drained.
    fn asks(&mut self) -> Vec<(Key, Bytes)> {
        Vec::new()
    }

    /// Called every 100 ms.
    fn tick(&mut self, _now_ms: u64) {}

    /// All units of this service, held here or elsewhere.
    fn units(&self) -> BTreeSet<Unit> {
        BTreeSet::new()
    }

    /// The inputs whose progress each unit's mark of completeness tells.
    fn watermarks(&self) -> BTreeSet<Stream> {
        BTreeSet::new()
    }

    /// A number that changes when rows are cut differently.
    fn layout(&self) -> u32 {
        1
    }

    /// The epoch that the mark of completeness of `unit` carries.
    fn epoch(&self, _unit: &Unit) -> u64 {
        0
    }

    /// The rows that `unit` lacks, at most `limit`. Asked only while the unit's lease is held, everything has caught up
    /// and no batch of a source is half folded.
    fn writes(&mut self, unit: &Unit, limit: usize, now_ms: u64) -> Batch;

    /// The rows of the last batch of `unit` are stored, with their sequences. They will be followed too.
    fn committed(&mut self, unit: &Unit, rows: &[Row]) {
        self.stored(unit);
        rows.iter().for_each(|row| self.fold(row.clone()));
    }

    /// The last batch of `unit` is stored; its rows are folded next.
    fn stored(&mut self, _unit: &Unit) {}

    /// Nothing of the last batch of `unit` was stored: its keys are dirty again.
    fn rejected(&mut self, _unit: &Unit) {}
}
