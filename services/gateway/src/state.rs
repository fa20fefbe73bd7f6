//! What this replica knows: written by the loop alone, read by every call.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use bus::{Row, Stream};
use bytes::Bytes;
use tokio::sync::watch;
use tokio::time::Instant;
use wire::Key;

use crate::{decided::Decided, declared::Declared, error::Error, feedback::Feedback, folded::Folded};

/// The tables as far as they have been folded.
#[derive(Debug, Default)]
pub(crate) struct State {
    pub declared: Declared,
    pub decided: Decided,
    pub feedback: Feedback,
    folded: Folded,
    /// Caught up at least once since the tables of truth were read from their beginning.
    ready: bool,
    /// How often a table of declarations had to be read again.
    reading: u64,
}

impl State {
    pub(crate) fn fold(&mut self, row: Row) -> Result<(), wire::Error> {
        let Row { key, value, seq, .. } = row;
        let stream = key.stream();
        let result = self.take_in(key, value, seq);
        if let Some(stream) = stream {
            self.folded.reach(stream, seq);
        }
        result
    }

    fn take_in(&mut self, key: Key, value: Option<Bytes>, seq: u64) -> Result<(), wire::Error> {
        match key {
            Key::Intent(_) | Key::Location(_) | Key::Region(_) => {
                self.declared.fold(key, value, seq);
                Ok(())
            }
            Key::Decision { .. } | Key::Rollout(_) | Key::Complete { .. } => {
                self.decided.fold(key, value, seq)
            }
            _ => self.feedback.fold(key, value),
        }
    }

    /// Forgets a stream that is read again. While that is one of truth, what is not there (yet) must not be taken for
    /// deleted, or for never decided: nothing is read until it has caught up.
    pub(crate) fn reset(&mut self, stream: &Stream) {
        self.folded.forget(stream);
        match stream {
            Stream::Intent | Stream::Locations => {
                self.declared.reset(stream);
                self.ready = false;
                self.reading += 1;
            }
            Stream::Decision => {
                self.decided = Decided::default();
                self.ready = false;
            }
            Stream::Summary => self.feedback.reset_summaries(),
            _ => self.feedback.reset_presence(),
        }
    }

    /// Changes when sequences that were seen may mean something else now.
    pub(crate) fn reading(&self) -> u64 {
        self.reading
    }

    /// Whether a stream is folded up to `seq`.
    pub(crate) fn has(&self, stream: &Stream, seq: u64) -> bool {
        self.folded.last(stream) >= seq
    }

    /// The sequences up to which the two tables of declarations are folded.
    pub(crate) fn watermark(&self) -> BTreeMap<String, u64> {
        let folded =
            [Stream::Intent, Stream::Locations].map(|stream| (stream.name(), self.folded.last(&stream)));
        folded.into_iter().filter(|(_, last)| *last > 0).collect()
    }
}

impl State {
    /// What a state must account for to be of now: what was asked about, and all intent that this replica knows. Not all
    /// changes of locations: these may never pause.
    pub(crate) fn horizon(&self, asked: &BTreeMap<String, u64>) -> BTreeMap<String, u64> {
        let mut horizon = asked.clone();
        let intent = self.folded.last(&Stream::Intent);
        let known = horizon.entry(Stream::Intent.name()).or_default();
        *known = intent.max(*known);
        horizon
    }
}

/// The state, shared between the loop and the calls.
#[derive(Clone, Debug)]
pub(crate) struct Shared {
    state: Arc<RwLock<State>>,
    moved: watch::Sender<()>,
}

impl Shared {
    pub(crate) fn new() -> Self {
        Self { state: Arc::default(), moved: watch::Sender::new(()) }
    }

    /// Looks at the state; refused before it has caught up, and while it reads a table of truth again.
    pub(crate) fn read<T>(&self, look: impl FnOnce(&State) -> T) -> Result<T, Error> {
        let found = self.peek(look);
        found.ok_or_else(|| {
            Error::Unavailable("the gateway is still reading its tables; try again".to_owned())
        })
    }

    /// The same; `None`: not now.
    pub(crate) fn peek<T>(&self, look: impl FnOnce(&State) -> T) -> Option<T> {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        state.ready.then(|| look(&state))
    }

    /// Changes the state; for the loop.
    pub(crate) fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state.write().unwrap_or_else(PoisonError::into_inner));
        self.moved.send_replace(());
    }

    /// For the loop, when it has caught up. That it only lags later is no reason to refuse reads.
    pub(crate) fn caught_up(&self) {
        self.change(|state| state.ready = true);
    }

    /// Tells of every change from now on, several at once as one.
    pub(crate) fn moves(&self) -> watch::Receiver<()> {
        self.moved.subscribe()
    }

    /// Waits until `look` finds something; `None`: not before `deadline`. Refused if nothing can be read by then.
    pub(crate) async fn until<T>(
        &self,
        deadline: Instant,
        mut look: impl FnMut(&State) -> Option<T>,
    ) -> Result<Option<T>, Error> {
        let mut moves = self.moves();
        loop {
            moves.borrow_and_update();
            if let Some(found) = self.peek(&mut look).flatten() {
                return Ok(Some(found));
            }
            if !matches!(tokio::time::timeout_at(deadline, moves.changed()).await, Ok(Ok(()))) {
                return self.read(|_| None);
            }
        }
    }

    /// Waits until this replica has folded what was just stored.
    pub(crate) async fn catch_up(&self, stream: &Stream, seq: u64) -> Result<(), Error> {
        // Generous: a stored row comes back within a millisecond unless the server is in trouble.
        let deadline = Instant::now() + Duration::from_secs(10);
        let reached = self.state.write().unwrap_or_else(PoisonError::into_inner).folded.wait(stream, seq);
        if let Some(reached) = reached {
            // What became of it is looked at next.
            drop(tokio::time::timeout_at(deadline, reached).await);
        }
        let found = self.until(deadline, |state| state.has(stream, seq).then_some(())).await?;
        found.ok_or_else(|| {
            Error::Unavailable(format!(
                "stored at sequence {seq} of {stream}, but this replica has not seen it yet"
            ))
        })
    }
}
