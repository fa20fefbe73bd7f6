//! Follows a stream, as services do: one ordered consumer that the server pushes to.

use anyhow::Context as _;
use async_nats::jetstream;
use async_nats::jetstream::consumer::DeliverPolicy;
use async_nats::jetstream::consumer::push::{Ordered, OrderedConfig};
use futures::StreamExt as _;

use super::client::Link;

/// A consumer of what is stored from now on.
pub struct Reader {
    messages: Ordered,
    /// Rows of one round.
    rows: usize,
}

impl Reader {
    pub async fn open(link: &Link, stream: &str, rows: usize) -> anyhow::Result<Self> {
        let config = OrderedConfig {
            deliver_subject: link.client.new_inbox(),
            deliver_policy: DeliverPolicy::New,
            ..OrderedConfig::default()
        };
        let found = jetstream::new(link.client.clone()).get_stream(stream).await?;
        let messages = found.create_consumer(config).await?.messages().await?;
        Ok(Self { messages, rows })
    }

    /// Reads all rows of a round. None is replaced before it is read, because the next round has not begun.
    pub async fn read(&mut self) -> anyhow::Result<()> {
        for _ in 0..self.rows {
            self.messages.next().await.context("the consumer has ended")??;
        }
        Ok(())
    }
}
