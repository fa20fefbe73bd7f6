//! A connection, and requests over it: many at once, but no more than help.

use std::time::Duration;

use anyhow::{Context as _, bail};
use async_nats::header::NATS_EXPECTED_LAST_SUBJECT_SEQUENCE;
use async_nats::{Client, ConnectOptions, Event, HeaderMap, Message, StatusCode};
use bytes::Bytes;
use serde::Deserialize;
use tokio::sync::{Semaphore, mpsc};

/// Requests in flight on one connection.
const IN_FLIGHT: usize = 1000;
/// Messages of a subscription that wait: those of a whole region.
const WAITING: usize = 256 * 1024;
/// On a machine that is busy with a hundred thousand of them.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Where tasks tell what went wrong; the first one ends it all.
pub type Failures = mpsc::Sender<anyhow::Error>;

/// A connection.
#[derive(Debug)]
pub struct Link {
    pub client: Client,
    permits: Semaphore,
}

/// JetStream's answer to a write.
#[derive(Debug, Deserialize)]
struct Acknowledged {
    #[serde(default)]
    seq: u64,
    error: Option<serde_json::Value>,
}

impl Link {
    pub async fn connect(url: &str, name: &str, failures: &Failures) -> anyhow::Result<Self> {
        let failures = failures.clone();
        let client = ConnectOptions::new()
            .name(name)
            .subscription_capacity(WAITING)
            .request_timeout(Some(TIMEOUT))
            .event_callback(move |event| {
                let failures = failures.clone();
                async move { watch(&event, &failures) }
            })
            .connect(url)
            .await?;
        Ok(Self { client, permits: Semaphore::new(IN_FLIGHT) })
    }

    /// Content by direct get.
    pub async fn get(&self, subject: &str) -> anyhow::Result<Bytes> {
        let answer = self.ask(subject, HeaderMap::new(), Bytes::new()).await?;
        match answer.status {
            None | Some(StatusCode::OK) => Ok(answer.payload),
            Some(status) => bail!("{subject}: {status}"),
        }
    }

    /// Stores a row if the newest one of its subject has this sequence (0: there is none); returns its own.
    pub async fn put(&self, subject: &str, expected: u64, row: Bytes) -> anyhow::Result<u64> {
        let mut headers = HeaderMap::new();
        headers.insert(NATS_EXPECTED_LAST_SUBJECT_SEQUENCE, expected.to_string());
        self.store(subject, headers, row).await
    }

    /// Stores a message and returns its sequence.
    pub async fn store(&self, subject: &str, headers: HeaderMap, payload: Bytes) -> anyhow::Result<u64> {
        let answer = self.ask(subject, headers, payload).await?;
        let acknowledged: Acknowledged = serde_json::from_slice(&answer.payload)?;
        match acknowledged.error {
            None => Ok(acknowledged.seq),
            Some(error) => bail!("{subject}: {error}"),
        }
    }

    async fn ask(&self, subject: &str, headers: HeaderMap, payload: Bytes) -> anyhow::Result<Message> {
        let _permit = self.permits.acquire().await?;
        let subject = subject.to_owned();
        let asked = if headers.is_empty() {
            self.client.request(subject.clone(), payload).await
        } else {
            self.client.request_with_headers(subject.clone(), headers, payload).await
        };
        asked.with_context(|| format!("asking {subject}"))
    }
}

/// Whatever is lost here is waited for in vain.
fn watch(event: &Event, failures: &Failures) {
    if matches!(event, Event::SlowConsumer(_) | Event::Disconnected | Event::ServerError(_)) {
        // Nobody listens after the end, and one failure is enough.
        failures.try_send(anyhow::anyhow!("the client says: {event}")).ok();
    }
}
