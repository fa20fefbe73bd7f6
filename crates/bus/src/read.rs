//! Reads of single rows, and what a stored message means.

use async_nats::HeaderMap;
use async_nats::jetstream::message::StreamMessage;
use async_nats::jetstream::stream::RawMessage;
use bytes::Bytes;
use serde_json::json;

use crate::commit::TRACE;
use crate::follow::{Follower, Told};
use crate::{Bus, Error, Key, Row, Stream, api};

impl Bus {
    /// The newest value of `key`, read from the stream's leader: it includes all acknowledged writes.
    pub async fn get(&self, key: &Key) -> Result<Option<Row>, Error> {
        let subject = key.subject();
        let stream = key.stream().ok_or_else(|| Error::Invalid(format!("{subject} is in no stream")))?;
        let body = json!({ "last_by_subj": subject });
        let Some(mut answer) = self.api("reading", format!("STREAM.MSG.GET.{stream}"), &body).await? else {
            return Ok(None);
        };
        let raw: RawMessage = api::from_value(&subject, answer["message"].take())?;
        let message = StreamMessage::try_from(raw).map_err(|error| Error::Refused {
            operation: "reading",
            subject: subject.clone(),
            code: 0,
            reason: error.to_string(),
        })?;
        Ok(Some(row(key.clone(), message.sequence, Some(&message.headers), message.payload)))
    }

    /// The newest row of every key of a stream, deleted ones left out. Fails if the stream does not exist.
    pub async fn read_all(&self, stream: &Stream) -> Result<Vec<Row>, Error> {
        if self.info(&stream.name()).await?.is_none() {
            let subject = stream.name();
            return Err(Error::Unavailable {
                operation: "reading",
                subject,
                reason: "no such stream".to_owned(),
            });
        }
        let mut follower = Follower::start(self, stream);
        let mut rows = std::collections::BTreeMap::new();
        loop {
            match follower.next().await {
                Told::Born { .. } => rows.clear(),
                Told::Row { row, .. } => drop(rows.insert(row.key.clone(), row)),
                Told::CaughtUp => return Ok(rows.into_values().filter(|row| row.value.is_some()).collect()),
                Told::Unreadable { .. } | Told::Again(_) | Told::Tail { .. } => {}
                Told::Missing => {
                    let subject = stream.name();
                    let reason = "the stream has just vanished".to_owned();
                    return Err(Error::Unavailable { operation: "reading", subject, reason });
                }
            }
        }
    }
}

/// A stored message as a row; deletions of key-value clients included.
pub(crate) fn row(key: Key, seq: u64, headers: Option<&HeaderMap>, payload: Bytes) -> Row {
    let header = |name| headers.and_then(|headers| headers.get(name)).map(|value| value.as_str());
    let deleted = matches!(header("KV-Operation"), Some("DEL" | "PURGE"));
    let trace = headers.and_then(|headers| headers.get(TRACE)).map(|value| value.as_str().to_owned());
    Row { key, value: (!deleted).then_some(payload), seq, trace }
}
