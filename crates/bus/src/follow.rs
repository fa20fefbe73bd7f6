//! Reads a stream from its beginning and then follows it, for as long as somebody listens.
//!
//! ```text
//!   Missing -> Born, Row*, CaughtUp, Row*, ...          the stream appears, is read, is followed
//!                          reconnect: Row*              goes on after the last row
//!              Born, Row*, CaughtUp, ...                re-created, or fallen behind what was seen: read again
//! ```
//!
//! The consumer is ephemeral and ours: the client's ordered consumers take 14 to 19 s to resume after a restart of the
//! server, and go on silently in a stream that was re-created. Here each connection gets a new consumer at once, after
//! the stream's creation time and last sequence have been compared with what was seen.

mod consumer;
mod cursor;
#[cfg(test)]
mod overrun;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::AbortHandle;

use crate::backoff::jitter;
use crate::{Bus, Error, Interruption, Row, Stream};
use cursor::Cursor;

/// Rows between a follower and its reader; what is beyond waits at the server (flow control).
const QUEUE: usize = 1024;
/// Between attempts while a stream is missing or cannot be followed, doubled each time: what comes back is noticed soon,
/// and a server in trouble is not asked in a tight loop.
const BACKOFF: std::ops::Range<Duration> = Duration::from_millis(50)..Duration::from_secs(1);

/// What a follower tells.
#[derive(Debug)]
pub(crate) enum Told {
    /// The stream does not exist (any more); it is waited for.
    Missing,
    /// The stream is read from its beginning: what was told of it before is void.
    Born { created_ns: u64 },
    /// `pending` more are stored; `whole`: not in the middle of a batch.
    Row { row: Row, pending: u64, whole: bool },
    /// Following goes on after the last row, or from the beginning: then [`Told::Born`] comes next.
    Again(Interruption),
    /// A message that is no row.
    Unreadable { subject: String, seq: u64 },
    /// All that was stored when the reading began, or was resumed, has been told.
    CaughtUp,
    /// The last sequence of the stream, told after each (re)connect, once it is known that nothing of it was lost, and
    /// now and then. `session`: of the connection that it was told on.
    Tail { last: u64, session: u64 },
}

/// A follower of one stream, with a channel of its own.
#[derive(Debug)]
pub(crate) struct Follower {
    told: mpsc::Receiver<(Stream, Told)>,
    _task: Task,
}

/// A task that ends with its owner.
#[derive(Debug)]
pub(crate) struct Task(AbortHandle);

impl Task {
    pub fn spawn(future: impl Future<Output = ()> + Send + 'static) -> Self {
        Self(tokio::spawn(future).abort_handle())
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Follower {
    pub fn start(bus: &Bus, stream: &Stream) -> Self {
        let (sender, told) = mpsc::channel(QUEUE);
        Self { told, _task: spawn(bus, stream, Arc::default(), sender) }
    }

    /// The next thing it tells.
    pub async fn next(&mut self) -> Told {
        match self.told.recv().await {
            Some((_, told)) => told,
            // The task ends only when `self` is gone, or with the runtime.
            None => std::future::pending().await,
        }
    }
}

/// Follows `stream` into a channel that several followers share. `acknowledged`: the highest sequence that this process
/// has written there; a stream that ends before it has lost rows and is read again.
pub(crate) fn spawn(
    bus: &Bus,
    stream: &Stream,
    acknowledged: Arc<AtomicU64>,
    sender: mpsc::Sender<(Stream, Told)>,
) -> Task {
    let teller = Teller { stream: stream.clone(), sender };
    Task::spawn(follow(bus.clone(), teller, acknowledged))
}

/// Nobody listens any more.
#[derive(Debug)]
struct Unheard;

#[derive(Debug)]
struct Teller {
    stream: Stream,
    sender: mpsc::Sender<(Stream, Told)>,
}

impl Teller {
    async fn tell(&self, told: Told) -> Result<(), Unheard> {
        self.sender.send((self.stream.clone(), told)).await.map_err(|_| Unheard)
    }
}

/// Why following has to start over.
#[derive(Debug)]
enum End {
    Unheard,
    /// Go on after the last row.
    Again(Interruption),
    Missing,
}

impl End {
    /// What the reader is told; `None`: there is none.
    fn told(self) -> Option<Told> {
        match self {
            Self::Unheard => None,
            Self::Again(why) => Some(Told::Again(why)),
            Self::Missing => Some(Told::Missing),
        }
    }
}

impl From<Unheard> for End {
    fn from(_: Unheard) -> Self {
        Self::Unheard
    }
}

impl From<Error> for End {
    fn from(error: Error) -> Self {
        tracing::debug!(%error, "following is interrupted");
        Self::Again(match error {
            Error::Disconnected => Interruption::Reconnected,
            _ => Interruption::Refused,
        })
    }
}

async fn follow(mut bus: Bus, teller: Teller, acknowledged: Arc<AtomicU64>) {
    let mut cursor = Cursor::default();
    let mut backoff = BACKOFF.start;
    let mut missing = false;
    loop {
        bus.connection.up().await;
        let before = cursor.last;
        let Err(end) = attempt(&bus, &teller, &mut cursor, &acknowledged).await;
        let (known, told) = (missing, end.told());
        missing = matches!(told, Some(Told::Missing));
        // A new connection has been waited for already, and who gets on loses no time.
        let at_once = cursor.last > before || matches!(told, Some(Told::Again(Interruption::Reconnected)));
        let Some(told) = told else { return };
        if !(known && missing) && teller.tell(told).await.is_err() {
            return;
        }
        if at_once {
            backoff = BACKOFF.start;
            continue;
        }
        tokio::time::sleep(jitter(backoff)).await;
        backoff = (backoff * 2).min(BACKOFF.end);
    }
}

/// Follows until something ends it.
async fn attempt(
    bus: &Bus,
    teller: &Teller,
    cursor: &mut Cursor,
    acknowledged: &AtomicU64,
) -> Result<std::convert::Infallible, End> {
    let session = bus.session();
    let number = session.borrow().number;
    let Some(info) = bus.info(&teller.stream.name()).await? else { return Err(End::Missing) };
    let (created_ns, last) = (crate::provision::birth(&info).created_ns, info.state.last_sequence);
    if cursor.is_void(created_ns, last, acknowledged.load(Ordering::Acquire)) {
        acknowledged.store(0, Ordering::Release);
        *cursor = Cursor::new(created_ns);
        teller.tell(Told::Born { created_ns }).await?;
    }
    teller.tell(Told::Tail { last, session: number }).await?;
    consumer::consume(bus, teller, cursor, (session, number), acknowledged).await
}
