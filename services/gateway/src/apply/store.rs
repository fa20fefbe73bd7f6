//! Storing what an apply or a deletion changes.
//!
//! One change of `intent` is one atomic batch of at most [`MAX_ROWS`] rows: more is refused, because placement must
//! never see half of an apply. Locations do not refer to each other, so a change of more of them is stored as several
//! batches, regions first; each is atomic, and what had been stored before a failure stays.

use bus::{Store, Stream};
use wire::Key;

use super::plan::Write;
use crate::{
    error::Error,
    service::Service,
    writer::{MAX_BYTES, MAX_ROWS},
};

/// Stores `writes`; returns when this replica has folded them. A conflict may have stored the rows of locations.
pub(crate) async fn store(hub: &Service, writes: Vec<Write>) -> Result<(), Error> {
    let (intent, mut locations): (Vec<Write>, Vec<Write>) =
        writes.into_iter().partition(|write| matches!(write.row.key, Key::Intent(_)));
    check(&intent)?;
    for (digest, content) in intent.iter().filter_map(|write| write.content.clone()) {
        hub.bus.put_content(Store::Release, digest, content).await?;
    }
    locations.sort_by_key(|write| !matches!(write.row.key, Key::Region(_)));
    for batch in batches(locations) {
        commit(hub, Stream::Locations, batch).await?;
    }
    commit(hub, Stream::Intent, intent).await
}

fn check(intent: &[Write]) -> Result<(), Error> {
    let bytes: usize = intent.iter().map(|write| write.row.value.len()).sum();
    if intent.len() <= MAX_ROWS && bytes <= MAX_BYTES {
        return Ok(());
    }
    Err(Error::Invalid(format!(
        "one apply changes {} documents of {bytes} bytes; an atomic change has at most {MAX_ROWS} and {} MiB \
         (locations are not counted); apply them in parts",
        intent.len(),
        MAX_BYTES >> 20
    )))
}

fn batches(writes: Vec<Write>) -> Vec<Vec<Write>> {
    let mut batches: Vec<Vec<Write>> = Vec::new();
    let mut bytes = 0;
    for write in writes {
        bytes += write.row.value.len();
        match batches.last_mut() {
            Some(batch) if batch.len() < MAX_ROWS && bytes <= MAX_BYTES => batch.push(write),
            _ => {
                bytes = write.row.value.len();
                batches.push(vec![write]);
            }
        }
    }
    batches
}

async fn commit(hub: &Service, stream: Stream, writes: Vec<Write>) -> Result<(), Error> {
    if writes.is_empty() {
        return Ok(());
    }
    let trace = chassis::trace::current();
    let rows = writes.into_iter().map(|write| write.row.traced(trace.clone())).collect();
    let stored = hub.writer.commit(&stream, rows).await?;
    hub.shared.catch_up(&stream, stored).await
}
