//! What the tables hold after the fact: by the server's own times, and without disturbing what is measured.

use anyhow::Context as _;
use async_nats::jetstream::consumer::DeliverPolicy;
use async_nats::jetstream::consumer::pull::{Ordered, OrderedConfig};
use async_nats::jetstream::stream::LastRawMessageErrorKind;
use bytes::Bytes;
use futures::StreamExt as _;
use futures::stream::BoxStream;
use model::PlacementKey;
use std::collections::BTreeMap;
use std::time::Duration;
use wire::{Key, Stream, token};

use crate::clock::Moment;

/// A row as it is stored, and since when.
#[derive(Clone, Debug)]
pub struct Stored {
    pub key: Key,
    pub value: Bytes,
    pub time: Moment,
}

/// How much a stream holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    pub bytes: u64,
    pub messages: u64,
    /// Counts everything that was ever stored.
    pub last: u64,
}

/// By the streams' names.
pub type Sizes = BTreeMap<String, Size>;

/// What is read by the bare client: the crates of ours that read tables do not tell times.
#[derive(Clone, Debug)]
pub struct Tables {
    client: async_nats::Client,
    jetstream: async_nats::jetstream::Context,
}

impl Tables {
    pub async fn connect(nats_url: &str) -> anyhow::Result<Self> {
        let client = async_nats::ConnectOptions::new().name("loadtest").connect(nats_url).await?;
        Ok(Self { jetstream: async_nats::jetstream::new(client.clone()), client })
    }

    /// Every row of a stream. What is no row of a table (leases, marks) is left out.
    pub async fn read(&self, stream: &Stream) -> anyhow::Result<Vec<Stored>> {
        self.read_filtered(stream, String::new()).await
    }

    /// The rows of a region's reports of one placement.
    pub async fn read_reports(&self, region: &str, placement: &PlacementKey) -> anyhow::Result<Vec<Stored>> {
        self.read_filtered(&Stream::Status(region.to_owned()), reports(region, placement)).await
    }

    /// The rows of one placement's decisions.
    pub async fn read_decisions(&self, placement: &PlacementKey) -> anyhow::Result<Vec<Stored>> {
        self.read_filtered(&Stream::Decision, decisions(placement)).await
    }

    /// One row of a stream; `None`: it was never stored.
    pub async fn last(&self, stream: &Stream, key: &Key) -> anyhow::Result<Option<Stored>> {
        let name = stream.name();
        let found =
            self.jetstream.get_stream_no_info(&name).await.with_context(|| format!("stream {name}"))?;
        match found.get_last_raw_message_by_subject(&key.subject()).await {
            Ok(message) => {
                let nanos = message.time.unix_timestamp_nanos();
                let time = Duration::from_nanos(u64::try_from(nanos).unwrap_or_default());
                Ok(Some(Stored { key: key.clone(), value: message.payload, time }))
            }
            Err(error) if error.kind() == LastRawMessageErrorKind::NoMessageFound => Ok(None),
            Err(error) => Err(error).with_context(|| format!("stream {name}")),
        }
    }

    /// Reports of one placement of a region, as agents send them from now on.
    pub async fn follow_reports(
        &self,
        region: &str,
        placement: &PlacementKey,
    ) -> anyhow::Result<BoxStream<'static, (Key, Bytes)>> {
        let follower = self.client.subscribe(reports(region, placement)).await?;
        // Also at the server.
        self.client.flush().await?;
        let read =
            async |message: async_nats::Message| Some((Key::parse(&message.subject).ok()?, message.payload));
        Ok(follower.filter_map(read).boxed())
    }

    async fn read_filtered(&self, stream: &Stream, filter_subject: String) -> anyhow::Result<Vec<Stored>> {
        let name = stream.name();
        let found = self.jetstream.get_stream(&name).await.with_context(|| format!("stream {name}"))?;
        let deliver_policy = DeliverPolicy::All;
        let config = OrderedConfig { deliver_policy, filter_subject, ..OrderedConfig::default() };
        let consumer = found.create_consumer(config).await?;
        let id = consumer.cached_info().name.clone();
        let rows = if consumer.cached_info().num_pending > 0 {
            rows(consumer.messages().await?).await
        } else {
            Ok(vec![])
        };
        // The server keeps those that nobody reads for minutes, and no more than a thousand.
        found.delete_consumer(&id).await.ok();
        rows.with_context(|| format!("stream {name}"))
    }

    /// Of every stream.
    pub async fn sizes(&self) -> anyhow::Result<Sizes> {
        let mut sizes = Sizes::new();
        let mut streams = self.jetstream.streams();
        while let Some(info) = streams.next().await {
            let info = info?;
            let state = info.state;
            let size = Size { bytes: state.bytes, messages: state.messages, last: state.last_sequence };
            sizes.insert(info.config.name, size);
        }
        Ok(sizes)
    }
}

/// All that there is now.
async fn rows(mut messages: Ordered) -> anyhow::Result<Vec<Stored>> {
    let mut rows = Vec::new();
    while let Some(message) = messages.next().await {
        let message = message?;
        let info = message.info().map_err(|error| anyhow::anyhow!("{error}"))?;
        let (pending, nanos) = (info.pending, info.published.unix_timestamp_nanos());
        if let Ok(key) = Key::parse(&message.subject) {
            let time = Duration::from_nanos(u64::try_from(nanos).unwrap_or_default());
            rows.push(Stored { key, value: message.message.payload, time });
        }
        if pending == 0 {
            break;
        }
    }
    Ok(rows)
}

/// The subjects of all decisions of a placement.
fn decisions(placement: &PlacementKey) -> String {
    format!("trib.v1.decision.*.*.{}.{}", token::encode(&placement.space), token::encode(&placement.name))
}

/// The subjects of all locations' reports of a placement.
fn reports(region: &str, placement: &PlacementKey) -> String {
    let token = |name: &str| token::encode(name);
    format!("trib.v1.status.{}.*.{}.{}", token(region), token(&placement.space), token(&placement.name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_decisions_of_a_placement_are_those_of_any_region_and_bucket() {
        let placement = PlacementKey { space: "default".into(), name: "Load 1".into() };
        let key = Key::Decision { region: "r0".into(), bucket: 7, placement: placement.clone() };
        assert_eq!(decisions(&placement).replacen('*', "r0", 1).replacen('*', "7", 1), key.subject());
    }

    #[test]
    fn the_reports_of_a_placement_are_those_of_any_location() {
        let placement = PlacementKey { space: "default".into(), name: "Load 1".into() };
        let key = Key::Status { region: "r0".into(), location: "here".into(), placement: placement.clone() };
        assert_eq!(reports("r0", &placement).replace('*', "here"), key.subject());
    }
}
