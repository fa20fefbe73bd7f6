//! How far each followed stream has been folded.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::mpsc;

use crate::follow::{self, Task, Told};
use crate::{Bus, Key, Row, Stream};

/// Rows of all streams that wait to be folded; what is beyond waits in the followers, then at the server.
const QUEUE: usize = 4096;

/// One followed stream.
#[derive(Debug)]
pub(super) struct Input {
    _follower: Task,
    /// The highest sequence stored by this process; shared with the follower.
    acknowledged: Arc<AtomicU64>,
    /// It has been read from the beginning once.
    pub born: bool,
    pub caught_up: bool,
    /// The last row did not end in the middle of a batch.
    pub whole: bool,
    /// The last sequence told.
    pub folded: u64,
    /// The last sequence of a row that is neither lease, member nor mark of completeness.
    pub watermark: u64,
    /// The last sequence that the server told of, and when that was.
    pub tail: (u64, u64),
    pub pending: u64,
    /// The connection on which it was last compared with what had been read and written.
    pub session: u64,
    /// Rows that were stored here, and whose echo has not come: what is older than them is void.
    echoes: BTreeMap<Key, u64>,
}

/// All of them, and the channel that they tell into.
#[derive(Debug)]
pub(super) struct Inputs {
    inputs: BTreeMap<Stream, Input>,
    sender: mpsc::Sender<(Stream, Told)>,
    pub told: mpsc::Receiver<(Stream, Told)>,
}

impl Inputs {
    pub fn new() -> Self {
        let (sender, told) = mpsc::channel(QUEUE);
        Self { inputs: BTreeMap::new(), sender, told }
    }

    /// Follows what is not followed yet. What was followed once stays: its rows are in the view.
    pub fn follow(&mut self, bus: &Bus, streams: BTreeSet<Stream>) {
        for stream in streams {
            let sender = &self.sender;
            self.inputs.entry(stream).or_insert_with_key(|stream| {
                let acknowledged = Arc::<AtomicU64>::default();
                let follower = follow::spawn(bus, stream, acknowledged.clone(), sender.clone());
                Input::new(follower, acknowledged)
            });
        }
    }

    pub fn get(&self, stream: &Stream) -> Option<&Input> {
        self.inputs.get(stream)
    }

    pub fn get_mut(&mut self, stream: &Stream) -> Option<&mut Input> {
        self.inputs.get_mut(stream)
    }

    /// Everything stored has been told once.
    pub fn caught_up(&self) -> bool {
        self.inputs.values().all(|input| input.caught_up)
    }

    /// No stream is in the middle of a batch.
    pub fn whole(&self) -> bool {
        self.inputs.values().all(|input| input.whole)
    }

    /// On this connection each stream has been found to be the one that was read and written, and to have lost nothing.
    pub fn compared(&self, session: u64) -> bool {
        self.inputs.values().all(|input| input.session == session)
    }

    pub fn lag(&self) -> u64 {
        self.inputs.values().map(|input| input.pending).sum()
    }

    /// The watermarks of `streams`, by name.
    pub fn watermarks(&self, streams: &BTreeSet<Stream>) -> BTreeMap<String, u64> {
        let watermark = |stream: &Stream| self.get(stream).map_or(0, |input| input.watermark);
        streams.iter().map(|stream| (stream.name(), watermark(stream))).collect()
    }

    /// Whether what `complete` accounts for has been folded here too. A stream that ends before the mark, as told after
    /// `since`, has been re-created since; waiting for it would never end.
    pub fn includes(&self, complete: &wire::Complete, since: u64) -> bool {
        complete.watermark.iter().all(|(name, mark)| {
            let input = Stream::from_name(name).and_then(|stream| self.inputs.get(&stream));
            input.is_none_or(|input| {
                input.folded >= *mark
                    || (input.tail.1 > since && input.tail.0 < *mark && input.folded >= input.tail.0)
            })
        })
    }
}

impl Input {
    fn new(follower: Task, acknowledged: Arc<AtomicU64>) -> Self {
        Self {
            _follower: follower,
            acknowledged,
            born: false,
            caught_up: false,
            whole: true,
            folded: 0,
            watermark: 0,
            tail: (0, 0),
            pending: 0,
            session: 0,
            echoes: BTreeMap::new(),
        }
    }

    /// The stream is read from its beginning; true: once more.
    pub fn begin(&mut self) -> bool {
        let again = std::mem::replace(&mut self.born, true);
        (self.caught_up, self.whole) = (false, true);
        (self.folded, self.watermark, self.pending) = (0, 0, 0);
        self.echoes.clear();
        again
    }

    /// A row was told; false: a newer one of its key was stored here, and the view has it.
    pub fn take(&mut self, row: &Row, pending: u64, whole: bool) -> bool {
        (self.folded, self.pending, self.whole) = (row.seq, pending, whole);
        if !is_control(&row.key) {
            self.watermark = row.seq;
        }
        match self.echoes.get(&row.key) {
            Some(&seq) if row.seq < seq => false,
            Some(_) => {
                self.echoes.remove(&row.key);
                true
            }
            None => true,
        }
    }

    /// A row was stored here.
    pub fn stored(&mut self, key: &Key, seq: u64) {
        self.acknowledged.fetch_max(seq, Ordering::AcqRel);
        if self.folded < seq {
            self.echoes.insert(key.clone(), seq);
        }
    }
}

/// Rows about rows: they move no watermark.
pub(super) fn is_control(key: &Key) -> bool {
    matches!(key, Key::Lease { .. } | Key::Member { .. } | Key::Complete { .. })
}
