//! Requests and their answers, over one inbox.
//!
//! The client's own multiplexer keeps an entry for each request that is never answered
//! (<https://github.com/nats-io/nats.rs/issues/1617>); a fleet asks too often for that. Here an entry goes when its
//! request does, and all go when the link breaks, so that nobody waits for an answer that cannot come. Delete this
//! module when the client does the same.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use async_nats::{Client, HeaderMap, Message, StatusCode, SubscribeError, Subscriber};
use bytes::Bytes;
use futures::StreamExt as _;
use tokio::sync::oneshot;
use tokio::task::AbortHandle;

use crate::Error;

type Waiting = BTreeMap<u64, oneshot::Sender<Message>>;

/// The requests that wait for an answer.
#[derive(Debug, Default)]
pub(crate) struct Exchange {
    waiting: Mutex<Waiting>,
    next: AtomicU64,
    inbox: OnceLock<Inbox>,
}

#[derive(Debug)]
struct Inbox {
    prefix: String,
    reader: AbortHandle,
}

/// What is asked of whom.
#[derive(Debug)]
pub(crate) struct Request {
    /// For errors.
    pub operation: &'static str,
    pub subject: String,
    pub headers: HeaderMap,
    pub payload: Bytes,
    pub timeout: Duration,
}

/// The entry of one request, gone with it.
struct Ticket<'a> {
    exchange: &'a Exchange,
    number: u64,
}

impl Exchange {
    /// Subscribes the inbox; once.
    pub async fn listen(self: &std::sync::Arc<Self>, client: &Client) -> Result<(), SubscribeError> {
        let prefix = client.new_inbox();
        let subscriber = client.subscribe(format!("{prefix}.*")).await?;
        let reader = tokio::spawn(read(std::sync::Arc::downgrade(self), subscriber)).abort_handle();
        if let Err(second) = self.inbox.set(Inbox { prefix, reader }) {
            second.reader.abort();
        }
        Ok(())
    }

    /// Asks, and waits for the first answer.
    pub async fn request(&self, client: &Client, request: Request) -> Result<Message, Error> {
        let Request { operation, subject, headers, payload, timeout } = request;
        let (ticket, reply, answer) = self.ticket();
        let asked = async {
            let sent = if headers.is_empty() {
                client.publish_with_reply(subject.clone(), reply, payload).await
            } else {
                client.publish_with_reply_and_headers(subject.clone(), reply, headers, payload).await
            };
            sent.map_err(|error| Error::Invalid(format!("{operation} of {subject}: {error}")))?;
            answer.await.map_err(|_| Error::Disconnected)
        };
        let answered = tokio::time::timeout(timeout, asked).await;
        drop(ticket);
        let message = answered.map_err(|_| Error::Timeout {
            operation,
            subject: subject.clone(),
            seconds: timeout.as_secs(),
        })??;
        if message.status == Some(StatusCode::NO_RESPONDERS) {
            return Err(Error::Unavailable { operation, subject, reason: "nobody answers".to_owned() });
        }
        Ok(message)
    }

    /// Ends all requests that wait: the link broke.
    pub fn forget_all(&self) {
        self.waiting().clear();
    }

    fn ticket(&self) -> (Ticket<'_>, String, oneshot::Receiver<Message>) {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let (sender, receiver) = oneshot::channel();
        self.waiting().insert(number, sender);
        let prefix = self.inbox.get().map_or("_INBOX", |inbox| &inbox.prefix);
        (Ticket { exchange: self, number }, format!("{prefix}.{number}"), receiver)
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        // A map of senders has no state that a panic could leave half changed.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn read(exchange: std::sync::Weak<Exchange>, mut subscriber: Subscriber) {
    while let Some(message) = subscriber.next().await {
        let Some(exchange) = exchange.upgrade() else { return };
        let number = message.subject.rsplit('.').next().and_then(|number| number.parse().ok());
        let sender = number.and_then(|number: u64| exchange.waiting().remove(&number));
        if let Some(sender) = sender {
            // The asker may have given up in this moment; then the answer is nobody's.
            drop(sender.send(message));
        }
    }
}

impl Drop for Ticket<'_> {
    fn drop(&mut self) {
        self.exchange.waiting().remove(&self.number);
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        if let Some(inbox) = self.inbox.get() {
            inbox.reader.abort();
        }
    }
}
