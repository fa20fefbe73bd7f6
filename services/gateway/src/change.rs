//! Carrying out a change of what is declared: batch by batch, again where others changed the same rows meanwhile.
//!
//! ```text
//!   plan(state, stored) --rows--> batches --store--> tables --fold--> the next batch
//!         ^                                   |
//!         '-------- changed meanwhile --------'
//! ```
//!
//! The server takes a thousand rows as one atomic batch. A change that fits is seen whole or not at all. A larger one
//! is several batches in an order in which each intermediate state is a declaration of its own (see [`batches`]); what
//! had been stored before a failure stays, the answer says how much that is, and since nothing is stored twice, the
//! same call again completes it. Rejected: an identifier that all batches share and that placement waits out. It makes
//! every reader wait for a writer that may have died, and then needs somebody who decides that it has.

mod batches;

pub(crate) use batches::Direction;

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bus::{Store, Stream};
use bytes::Bytes;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use model::Digest;
use tokio::time::Instant;
use wire::Key;

use crate::{
    error::Error,
    names,
    service::Service,
    state::{Shared, State},
};

/// Attempts at one batch while others keep changing its rows.
const ATTEMPTS: u32 = 8;
/// For this replica to see what made a write fail.
const CATCH_UP: Duration = Duration::from_secs(2);
/// Large manifests that are stored at once.
const IN_FLIGHT: usize = 8;

/// A row to be stored, and the content that it names.
#[derive(Clone, Debug)]
pub(crate) struct Write {
    pub row: bus::Write,
    pub content: Option<(Digest, Bytes)>,
    pub direction: Direction,
}

/// The rows that a change has stored so far, with their sequences.
pub(crate) type Stored = BTreeMap<Key, u64>;

/// Stores what `plan` says is left to be stored, until nothing is; returns when this replica has folded all of it.
///
/// `plan` is asked again when a row was changed by somebody else; it leaves out what is stored already.
pub(crate) async fn carry_out(
    hub: &Service,
    mut plan: impl FnMut(&State, &Stored) -> Result<Vec<Write>, Error> + Send,
) -> Result<Stored, Error> {
    let mut progress = Progress::default();
    let mut attempt = 1;
    loop {
        let planned = hub.shared.read(|state| plan(state, &progress.stored)).flatten();
        let writes = planned.map_err(|error| progress.explain(error))?;
        progress.total = progress.total.max(progress.stored.len() + writes.len());
        let before = progress.stored.len();
        match store(hub, batches::batches(writes), &mut progress).await {
            Ok(()) => return Ok(progress.stored),
            Err(error) if is_conflict(&error) && attempt < ATTEMPTS => {
                attempt = if progress.stored.len() > before { 1 } else { attempt + 1 };
                see(&hub.shared, &error).await.map_err(|error| progress.explain(error))?;
            }
            Err(error) => return Err(progress.explain(error)),
        }
    }
}

/// How far a change has come.
#[derive(Debug, Default)]
struct Progress {
    stored: Stored,
    total: usize,
    /// The first row of the batch that is being stored.
    next: Option<Key>,
}

impl Progress {
    /// An error after a part has been stored says so.
    fn explain(&self, error: Error) -> Error {
        if self.stored.is_empty() {
            return error;
        }
        let next = self.next.as_ref().map(names::text).unwrap_or_default();
        Error::Partly { stored: self.stored.len(), total: self.total, next, source: Box::new(error) }
    }
}

async fn store(hub: &Service, batches: Vec<Vec<Write>>, progress: &mut Progress) -> Result<(), Error> {
    for batch in batches {
        progress.next = batch.first().map(|write| write.row.key.clone());
        let Some(stream) = progress.next.as_ref().and_then(Key::stream) else { continue };
        let contents = batch.iter().filter_map(|write| write.content.clone());
        put_contents(hub, contents.collect()).await?;
        let last = commit(hub, &stream, batch, &mut progress.stored).await?;
        hub.shared.catch_up(&stream, last).await?;
    }
    Ok(())
}

async fn put_contents(hub: &Service, contents: Vec<(Digest, Bytes)>) -> Result<(), Error> {
    let put = |(digest, content)| hub.bus.put_content(Store::Release, digest, content);
    Ok(stream::iter(contents).map(put).buffer_unordered(IN_FLIGHT).try_collect().await?)
}

/// Stores one batch; returns the highest sequence in it.
async fn commit(
    hub: &Service,
    stream: &Stream,
    batch: Vec<Write>,
    stored: &mut Stored,
) -> Result<u64, Error> {
    let trace = chassis::trace::current();
    let keys: Vec<Key> = batch.iter().map(|write| write.row.key.clone()).collect();
    let rows = batch.into_iter().map(|write| write.row.traced(trace.clone())).collect();
    let sequences = hub.writer.commit(stream, rows).await?;
    let last = sequences.iter().copied().max().unwrap_or(0);
    stored.extend(keys.into_iter().zip(sequences));
    Ok(last)
}

fn is_conflict(error: &Error) -> bool {
    matches!(error, Error::Bus(bus::Error::Conflict { .. }))
}

/// Waits until this replica sees what made a write fail: only then another attempt can decide otherwise.
async fn see(shared: &Shared, conflict: &Error) -> Result<(), Error> {
    let Error::Bus(bus::Error::Conflict { subject, current: Some(seq) }) = conflict else { return Ok(()) };
    let Some(stream) = Key::parse(subject).ok().and_then(|key| key.stream()) else { return Ok(()) };
    let seen = |state: &State| state.has(&stream, *seq).then_some(());
    // Not having seen it is no error: the next attempt finds out.
    shared.until(Instant::now() + CATCH_UP, seen).await.map(|_| ())
}

/// The time of a change, in milliseconds since the Unix epoch.
pub(crate) fn now_ms() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(now.as_millis()).unwrap_or(u64::MAX)
}
