//! What is stored and since when: for whoever deletes content that nobody needs. The content itself is not read.

use std::collections::BTreeMap;

use async_nats::jetstream::{self, consumer};
use async_nats::{Message, Subscriber};
use bytes::Bytes;
use futures::StreamExt as _;
use model::Digest;
use serde_json::{Value, json};

use crate::api::{TIMEOUT, from_value};
use crate::{Bus, Error, Key, Store, Stream};

/// Messages asked for at once: without their content they are small.
const PAGE: usize = 1000;
/// The server forgets the consumer after this time without a question.
const INACTIVE_NS: u64 = 30_000_000_000;
/// Why a message could not be deleted, as the server says it: it is not there any more; no such sequence was ever stored.
const GONE: [&str; 2] = ["no message found", "stream store EOF"];

/// All pieces of content in a store.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// The server's time when the listing began, in milliseconds since the Unix epoch.
    pub now_ms: u64,
    pub pieces: Vec<Piece>,
}

/// A message with a piece of content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    pub digest: Digest,
    pub chunk: u32,
    /// Of the message: if the piece is stored again, it has another one.
    pub seq: u64,
    /// By the server's clock, in milliseconds since the Unix epoch.
    pub stored_ms: u64,
    /// Of the message's payload.
    pub bytes: u64,
}

impl Bus {
    /// Lists what a store holds. Fails if its stream does not exist.
    pub async fn list_content(&self, store: Store) -> Result<Listing, Error> {
        let stream = store.stream();
        let name = format!("l{:016x}", rand::random::<u64>());
        let body = json!({ "stream_name": stream.name(), "config": {
            "name": name,
            "deliver_policy": "all",
            "ack_policy": "none",
            "replay_policy": "instant",
            "max_deliver": 1,
            "headers_only": true,
            "mem_storage": true,
            "num_replicas": 1,
            "inactive_threshold": INACTIVE_NS,
        }});
        let made = self.api("listing", format!("CONSUMER.CREATE.{stream}.{name}"), &body).await?;
        let info: consumer::Info =
            from_value(&name, made.ok_or_else(|| unavailable(&stream, "no such stream"))?)?;
        let pieces = if info.num_pending == 0 { Ok(Vec::new()) } else { self.pages(&stream, &name).await };
        // A consumer that stays is forgotten by the server soon.
        self.api("listing", format!("CONSUMER.DELETE.{stream}.{name}"), &Value::Null).await.ok();
        Ok(Listing { now_ms: millis(info.created.unix_timestamp_nanos()), pieces: pieces? })
    }

    /// Deletes one message of a store; whether it was still there.
    pub async fn delete_content(&self, store: Store, seq: u64) -> Result<bool, Error> {
        let stream = store.stream();
        // Not overwritten on the disk: content is no secret of its writer.
        let body = json!({ "seq": seq, "no_erase": true });
        match self.api("deleting", format!("STREAM.MSG.DELETE.{stream}"), &body).await {
            Ok(answer) => Ok(answer.is_some()),
            Err(Error::Refused { reason, .. }) if GONE.contains(&reason.as_str()) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The streams of documents that exist, and the last sequence of each.
    pub async fn ends_of_documents(&self) -> Result<BTreeMap<Stream, u64>, Error> {
        let mut ends = BTreeMap::new();
        for name in self.stream_names("trib.v1.desired.>").await? {
            let Some(stream @ Stream::Desired(_)) = Stream::from_name(&name) else { continue };
            let info = self.info(&name).await?.ok_or_else(|| unavailable(&stream, "it has just vanished"))?;
            ends.insert(stream, info.state.last_sequence);
        }
        Ok(ends)
    }

    async fn pages(&self, stream: &Stream, name: &str) -> Result<Vec<Piece>, Error> {
        let client = &self.connection.client;
        let inbox = client.new_inbox();
        let invalid = |error: String| Error::Invalid(format!("listing of {stream}: {error}"));
        let mut answers =
            client.subscribe(inbox.clone()).await.map_err(|error| invalid(error.to_string()))?;
        let question = Bytes::from(json!({ "batch": PAGE, "no_wait": true }).to_string());
        let subject = format!("$JS.API.CONSUMER.MSG.NEXT.{stream}.{name}");
        let mut pieces = Vec::new();
        loop {
            let asked = client.publish_with_reply(subject.clone(), inbox.clone(), question.clone());
            asked.await.map_err(|error| invalid(error.to_string()))?;
            let page = self.page(stream, &mut answers, &mut pieces);
            let ended = tokio::time::timeout(TIMEOUT, page).await.map_err(|_| Error::Timeout {
                operation: "listing",
                subject: stream.name(),
                seconds: TIMEOUT.as_secs(),
            })??;
            if ended {
                return Ok(pieces);
            }
        }
    }

    /// The answers to one question; whether nothing is left after them.
    async fn page(
        &self,
        stream: &Stream,
        answers: &mut Subscriber,
        pieces: &mut Vec<Piece>,
    ) -> Result<bool, Error> {
        for _ in 0..PAGE {
            let message = answers.next().await.ok_or(Error::Disconnected)?;
            match message.status {
                None => {}
                // There were fewer: a deletion may have taken the rest.
                Some(async_nats::StatusCode::NOT_FOUND) => return Ok(true),
                Some(status) => return Err(unavailable(stream, &status.to_string())),
            }
            let (piece, pending) = self.piece(stream, message)?;
            pieces.extend(piece);
            if pending == 0 {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// What a message is, if it is a piece of content, and how many follow.
    fn piece(&self, stream: &Stream, message: Message) -> Result<(Option<Piece>, u64), Error> {
        let key = Key::parse(&message.subject);
        let size = message.headers.as_ref().and_then(|headers| headers.get("Nats-Msg-Size"));
        let bytes = size.and_then(|size| size.as_str().parse().ok()).unwrap_or_default();
        let context = jetstream::new(self.connection.client.clone());
        let message = jetstream::Message { message, context };
        let info = message.info().map_err(|error| unavailable(stream, &error.to_string()))?;
        let (seq, stored_ms) = (info.stream_sequence, millis(info.published.unix_timestamp_nanos()));
        let piece = match key {
            Ok(Key::Blob { digest, chunk } | Key::Release { digest, chunk }) => {
                Some(Piece { digest, chunk, seq, stored_ms, bytes })
            }
            _ => None,
        };
        Ok((piece, info.pending))
    }
}

fn millis(nanos: i128) -> u64 {
    u64::try_from(nanos / 1_000_000).unwrap_or_default()
}

fn unavailable(stream: &Stream, reason: &str) -> Error {
    Error::Unavailable { operation: "listing", subject: stream.name(), reason: reason.to_owned() }
}
