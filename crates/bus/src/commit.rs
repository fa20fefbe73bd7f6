//! Writes: single rows, and atomic batches under a fence.
//!
//! A batch (ADR-50) is a run of messages with one identifier; the server stores all of them or none, when the last one
//! says so. The fence is a condition of the first message on *another* key, the lease: a writer whose lease was taken
//! stores nothing, however late its messages arrive.

use std::collections::BTreeMap;
use std::time::Duration;

use async_nats::HeaderMap;
use async_nats::header::{
    HeaderName, NATS_BATCH_COMMIT, NATS_BATCH_COMMIT_FINAL, NATS_BATCH_ID, NATS_BATCH_SEQUENCE,
    NATS_EXPECTED_LAST_SUBJECT_SEQUENCE,
};
use bytes::Bytes;
use rand::distr::{Alphanumeric, SampleString as _};
use serde_json::Value;

use crate::connection::Connection;
use crate::exchange::Request;
use crate::{Bus, Error, Fence, Key, Write, api, topology};

/// What the server takes in one batch.
pub(crate) const MAX_BATCH: usize = 1000;
/// Bytes of a batch: the server holds it in memory until it is complete.
const MAX_BATCH_BYTES: usize = 16 * 1024 * 1024;
/// Characters of a batch's identifier, which the server keeps with each row. It tells apart the few batches that are open in a
/// stream at a time, fifty at most.
const BATCH_ID: usize = 8;
/// Past 4,073 bytes the server closes the connection.
const MAX_SUBJECT: usize = 3900;
/// Of a batch of a few megabytes on a busy disk; by then a lease has long been lost.
const COMMIT_TIMEOUT: Duration = Duration::from_secs(10);

pub(crate) const TRACE: HeaderName = HeaderName::from_static("traceparent");
const FENCE_SUBJECT: HeaderName = HeaderName::from_static("Nats-Expected-Last-Subject-Sequence-Subject");

impl Bus {
    /// Stores one row; returns its sequence.
    pub async fn put(&self, write: Write) -> Result<u64, Error> {
        self.connection.put(write).await
    }

    /// Stores all of `writes` or none of them, at most 1,000 and all in one stream; returns the sequence of each.
    ///
    /// With a fence, one write must be unconditional: it goes first, and carries the fence in place of a condition
    /// of its own. [`Error::Fenced`]: the lease has changed. [`Error::Conflict`]: a key has, and it says which.
    pub async fn commit(&self, writes: Vec<Write>, fence: Option<Fence>) -> Result<Vec<u64>, Error> {
        check(&writes, fence.as_ref())?;
        let order = order(&writes, fence.is_some())?;
        match self.send(&writes, &order, fence.as_ref()).await {
            Ok(last) => Ok(sequences(&order, last)),
            Err(Error::Conflict { .. }) => Err(self.blame(&writes, fence.as_ref()).await?),
            Err(error) => Err(error),
        }
    }

    async fn send(&self, writes: &[Write], order: &[usize], fence: Option<&Fence>) -> Result<u64, Error> {
        let id = Alphanumeric.sample_string(&mut rand::rng(), BATCH_ID);
        let last = order.len() - 1;
        for (position, &index) in order.iter().enumerate() {
            let write = &writes[index];
            let mut headers = headers(write);
            if let Some(fence) = fence.filter(|_| position == 0) {
                headers.insert(NATS_EXPECTED_LAST_SUBJECT_SEQUENCE, fence.seq.to_string());
                headers.insert(FENCE_SUBJECT, fence.key.subject().as_str());
            }
            // A batch costs the server several milliseconds of staging on disk, which a single row does not need.
            if last > 0 {
                headers.insert(NATS_BATCH_ID, id.as_str());
                headers.insert(NATS_BATCH_SEQUENCE, (position + 1).to_string());
            }
            if position == last {
                if last > 0 {
                    headers.insert(NATS_BATCH_COMMIT, NATS_BATCH_COMMIT_FINAL);
                }
                return self.connection.store("committing", write, headers, COMMIT_TIMEOUT).await;
            }
            self.publish(write, headers).await?;
        }
        Err(Error::Invalid("a batch without rows".to_owned()))
    }

    async fn publish(&self, write: &Write, headers: HeaderMap) -> Result<(), Error> {
        if !self.connection.is_up() {
            return Err(Error::Disconnected);
        }
        let subject = write.key.subject();
        let sent = self.connection.client.publish_with_headers(subject.clone(), headers, write.value.clone());
        match tokio::time::timeout(COMMIT_TIMEOUT, sent).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(Error::Invalid(format!("committing {subject}: {error}"))),
            Err(_) => {
                Err(Error::Timeout { operation: "committing", subject, seconds: COMMIT_TIMEOUT.as_secs() })
            }
        }
    }

    /// Which condition failed: the server only says that one did.
    async fn blame(&self, writes: &[Write], fence: Option<&Fence>) -> Result<Error, Error> {
        if let Some(fence) = fence {
            let current = self.get(&fence.key).await?.map_or(0, |row| row.seq);
            if current != fence.seq {
                return Ok(Error::Fenced { lease: fence.key.subject() });
            }
        }
        let conditional = writes.iter().filter_map(|write| Some((&write.key, write.expected?)));
        let expected: BTreeMap<Key, u64> = conditional.map(|(key, seq)| (key.clone(), seq)).collect();
        // None: it has changed back meanwhile, or was deleted; deciding anew is right all the same.
        let (subject, current) = self.differing(&expected).await?.unzip();
        Ok(Error::Conflict { subject: subject.unwrap_or_else(|| "one of the keys".to_owned()), current })
    }

    /// A key whose row is not as expected, and its sequence; 0: it is gone. A replica that lags shows older rows, so that a
    /// newer one is named before all others.
    async fn differing(&self, expected: &BTreeMap<Key, u64>) -> Result<Option<(String, u64)>, Error> {
        let keys: Vec<Key> = expected.keys().cloned().collect();
        let Some(stream) = keys.first().and_then(Key::stream) else { return Ok(None) };
        let rows = self.get_many(&stream, &keys).await?;
        let there: BTreeMap<Key, u64> = rows.into_iter().map(|row| (row.key, row.seq)).collect();
        let current = |key| there.get(key).copied().unwrap_or(0);
        let differing = expected.iter().map(|(key, known)| (key, *known, current(key)));
        let differing = differing.filter(|(_, known, current)| current != known);
        let named = differing.max_by_key(|(_, known, current)| current > known);
        Ok(named.map(|(key, _, current)| (key.subject(), current)))
    }
}

impl Connection {
    /// Stores one row; returns its sequence.
    pub async fn put(&self, write: Write) -> Result<u64, Error> {
        check(std::slice::from_ref(&write), None)?;
        self.store("storing", &write, headers(&write), api::TIMEOUT).await
    }

    async fn store(
        &self,
        operation: &'static str,
        write: &Write,
        headers: HeaderMap,
        timeout: Duration,
    ) -> Result<u64, Error> {
        let subject = write.key.subject();
        let payload: Bytes = write.value.clone();
        let request = Request { operation, subject: subject.clone(), headers, payload, timeout };
        let answer = self.ask(request).await?.payload;
        let value = api::decode(operation, &subject, &answer)?.unwrap_or(Value::Null);
        value["seq"].as_u64().ok_or_else(|| Error::Unavailable {
            operation,
            subject,
            reason: "the answer has no sequence".to_owned(),
        })
    }
}

fn headers(write: &Write) -> HeaderMap {
    let mut headers = HeaderMap::new();
    if let Some(expected) = write.expected {
        headers.insert(NATS_EXPECTED_LAST_SUBJECT_SEQUENCE, expected.to_string());
    }
    if let Some(trace) = &write.trace {
        headers.insert(TRACE, trace.as_str());
    }
    if write.is_deletion() {
        headers.insert("KV-Operation", "DEL");
    }
    headers
}

/// Refuses what the server would answer with silence, or not at all.
fn check(writes: &[Write], fence: Option<&Fence>) -> Result<(), Error> {
    let refuse = |reason: String| Err(Error::Invalid(reason));
    let Some(stream) = writes.first().and_then(|write| write.key.stream()) else {
        return refuse("nothing to store, or on a subject that no stream holds".to_owned());
    };
    if writes.len() > MAX_BATCH {
        return refuse(format!("{} rows in one batch; at most {MAX_BATCH} are possible", writes.len()));
    }
    if fence.is_some_and(|fence| fence.seq == 0 || fence.key.stream().as_ref() != Some(&stream)) {
        return refuse("a fence must be a lease that is held, in the stream that is written".to_owned());
    }
    let max = topology::shape(&stream).max_message;
    let max = usize::try_from(max).expect("the topology's sizes are positive");
    for write in writes {
        let subject = write.key.subject();
        if write.key.stream().as_ref() != Some(&stream) {
            return refuse(format!("{subject} is not in stream {stream}, as the rest of the batch is"));
        }
        if subject.len() > MAX_SUBJECT {
            return refuse(format!("a key of {} bytes; at most {MAX_SUBJECT} are possible", subject.len()));
        }
        if write.value.len() > max {
            return refuse(format!("{subject} has {} bytes; {stream} takes {max}", write.value.len()));
        }
    }
    let total: usize = writes.iter().map(|write| write.value.len()).sum();
    if total > MAX_BATCH_BYTES {
        return refuse(format!("{total} bytes in one batch; at most {MAX_BATCH_BYTES} are possible"));
    }
    Ok(())
}

/// The order of sending: under a fence, an unconditional write first.
fn order(writes: &[Write], fenced: bool) -> Result<Vec<usize>, Error> {
    let mut order: Vec<usize> = (0..writes.len()).collect();
    if fenced {
        let first = writes.iter().position(|write| write.expected.is_none());
        let first = first.ok_or_else(|| {
            Error::Invalid("a fenced batch needs a row without a condition to carry the fence".to_owned())
        })?;
        order[..=first].rotate_right(1);
    }
    Ok(order)
}

/// The sequences of a batch follow each other; `last` is the one that the server tells.
fn sequences(order: &[usize], last: u64) -> Vec<u64> {
    let mut sequences = vec![0; order.len()];
    let first = last + 1 - order.len() as u64;
    for (seq, &index) in (first..).zip(order) {
        sequences[index] = seq;
    }
    sequences
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Key;

    fn write(expected: Option<u64>) -> Write {
        Write { expected, ..Write::new(Key::Location("here".into()), "") }
    }

    proptest! {
        #[test]
        fn the_fence_travels_on_an_unconditional_row_and_sequences_find_their_rows(
            expected in prop::collection::vec(prop::option::of(0u64..3), 1..20),
        ) {
            let writes: Vec<_> = expected.iter().copied().map(write).collect();
            match order(&writes, true) {
                Err(_) => prop_assert!(expected.iter().all(Option::is_some)),
                Ok(order) => {
                    prop_assert!(writes[order[0]].expected.is_none());
                    let sequences = sequences(&order, 100);
                    for (position, &index) in order.iter().enumerate() {
                        prop_assert_eq!(sequences[index], 101 - order.len() as u64 + position as u64);
                    }
                }
            }
        }
    }

    #[test]
    fn what_the_server_would_not_answer_is_refused_here() {
        let long = Write::new(Key::Location("x".repeat(4000)), "");
        let big = Write::new(Key::Location("x".into()), vec![0; 1 << 20]);
        let core = Write::new(Key::Query { region: "eu".into() }, "");
        let elsewhere = vec![write(None), Write::new(Key::Epoch, "")];
        for writes in [vec![], vec![long], vec![big], vec![core], elsewhere, vec![write(None); 1001]] {
            assert!(matches!(check(&writes, None), Err(Error::Invalid(_))));
        }
        let fence = Fence { key: Key::Location("lease".into()), seq: 0 };
        assert!(check(&[write(None)], Some(&fence)).is_err());
    }
}
