//! Reads of many rows at once: one question, an answer for each key that has a value, and a last one that says so.

use async_nats::header::{NATS_SEQUENCE, NATS_SUBJECT};
use async_nats::{Message, StatusCode, Subscriber};
use bytes::Bytes;
use futures::StreamExt as _;
use serde_json::json;

use crate::api::TIMEOUT;
use crate::read::row;
use crate::{Bus, Error, Key, Row, Stream};

/// Keys in one question; the server refuses more than 1,024.
const AT_ONCE: usize = 1000;
/// The status of the last answer.
const END: u16 = 204;

impl Bus {
    /// The newest rows of these keys of one stream, in no order; keys without a row are left out. Any replica of the stream
    /// may answer, so that a row may be older than what was acknowledged lately.
    pub async fn get_many(&self, stream: &Stream, keys: &[Key]) -> Result<Vec<Row>, Error> {
        let mut rows = Vec::with_capacity(keys.len());
        for keys in keys.chunks(AT_ONCE) {
            let read = self.read_many(stream, keys, &mut rows);
            tokio::time::timeout(TIMEOUT, read).await.map_err(|_| Error::Timeout {
                operation: "reading",
                subject: stream.name(),
                seconds: TIMEOUT.as_secs(),
            })??;
        }
        Ok(rows)
    }

    async fn read_many(&self, stream: &Stream, keys: &[Key], rows: &mut Vec<Row>) -> Result<(), Error> {
        let subjects: Vec<String> = keys.iter().map(Key::subject).collect();
        let mut answers = self.ask_many(stream, &subjects).await?;
        while let Some(answer) = answers.next().await {
            match answer.status {
                None | Some(StatusCode::OK) => rows.push(found(answer)?),
                Some(StatusCode::NOT_FOUND) => return Ok(()),
                Some(status) if status.as_u16() == END => return Ok(()),
                Some(status) => {
                    let reason = answer.description.unwrap_or_else(|| status.to_string());
                    return Err(Error::Unavailable { operation: "reading", subject: stream.name(), reason });
                }
            }
        }
        Err(Error::Disconnected)
    }

    async fn ask_many(&self, stream: &Stream, subjects: &[String]) -> Result<Subscriber, Error> {
        let client = &self.connection.client;
        let invalid = |error: String| Error::Invalid(format!("reading of {stream}: {error}"));
        let inbox = client.new_inbox();
        let answers = client.subscribe(inbox.clone()).await.map_err(|error| invalid(error.to_string()))?;
        let question = json!({ "multi_last": subjects, "batch": subjects.len() }).to_string();
        let asked =
            client.publish_with_reply(format!("$JS.API.DIRECT.GET.{stream}"), inbox, Bytes::from(question));
        asked.await.map_err(|error| invalid(error.to_string()))?;
        Ok(answers)
    }
}

fn found(answer: Message) -> Result<Row, Error> {
    let header = |name| answer.headers.as_ref().and_then(|headers| headers.get(name)).map(|it| it.as_str());
    let named = header(NATS_SUBJECT).zip(header(NATS_SEQUENCE).and_then(|seq| seq.parse().ok()));
    let (subject, seq) = named.ok_or_else(|| Error::Unavailable {
        operation: "reading",
        subject: answer.subject.to_string(),
        reason: "the answer does not say what it is".to_owned(),
    })?;
    let key = Key::parse(subject).map_err(|source| Error::Wire { subject: subject.to_owned(), source })?;
    Ok(row(key, seq, answer.headers.as_ref(), answer.payload))
}
