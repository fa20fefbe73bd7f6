//! The followed streams: their followers, and how far each has been folded.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::mpsc;

use super::rules::Progress;
use crate::follow::{self, Task, Told};
use crate::{Bus, Key, Stream};

/// Rows of all streams that wait to be folded; what is beyond waits in the followers, then at the server.
const QUEUE: usize = 4096;

/// One followed stream.
#[derive(Debug)]
pub(super) struct Input {
    _follower: Task,
    /// The highest sequence stored by this process; shared with the follower.
    acknowledged: Arc<AtomicU64>,
    pub progress: Progress,
    /// Rows stored and not told yet.
    pub pending: u64,
    /// The connection on which it was last compared with what had been read and written.
    pub session: u64,
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

    pub fn progress(&self, stream: &Stream) -> Option<&Progress> {
        self.inputs.get(stream).map(|input| &input.progress)
    }

    pub fn get_mut(&mut self, stream: &Stream) -> Option<&mut Input> {
        self.inputs.get_mut(stream)
    }

    /// Everything stored has been told once.
    pub fn caught_up(&self) -> bool {
        self.inputs.values().all(|input| input.progress.is_caught_up())
    }

    /// The streams that have not been read to their ends, or not been looked at since the connection came back.
    pub fn lacks(&self, session: u64) -> BTreeSet<String> {
        let lacking = |input: &Input| !input.progress.is_caught_up() || input.session != session;
        let streams = self.inputs.iter().filter(|(_, input)| lacking(input));
        streams.map(|(stream, _)| stream.name()).collect()
    }

    /// No stream is in the middle of a batch.
    pub fn whole(&self) -> bool {
        self.inputs.values().all(|input| input.progress.is_whole())
    }

    /// On this connection each stream has been found to be the one that was read and written, and to have lost nothing.
    pub fn compared(&self, session: u64) -> bool {
        self.inputs.values().all(|input| input.session == session)
    }

    pub fn lag(&self) -> u64 {
        self.inputs.values().map(|input| input.pending).sum()
    }
}

impl Input {
    fn new(follower: Task, acknowledged: Arc<AtomicU64>) -> Self {
        Self { _follower: follower, acknowledged, progress: Progress::default(), pending: 0, session: 0 }
    }

    /// A row was stored here.
    pub fn stored(&mut self, key: &Key, seq: u64) {
        self.acknowledged.fetch_max(seq, Ordering::AcqRel);
        self.progress.stored(key, seq);
    }
}
