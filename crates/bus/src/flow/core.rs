//! Core messages: what the view listens to, answers and asks.

use std::collections::{BTreeMap, BTreeSet};

use async_nats::{Client, Message, Subject};
use bytes::Bytes;
use futures::StreamExt as _;
use tokio::sync::mpsc;

use crate::Bus;
use crate::follow::Task;

/// Messages that wait to be given to the view; what is beyond waits in the subscriptions.
const HEARD: usize = 4096;
/// Messages that wait to be sent; what is beyond is dropped: heartbeats and questions come again.
const SAID: usize = 8192;

/// Subscriptions, and an outbox that never blocks the loop.
#[derive(Debug)]
pub(super) struct Core {
    ears: BTreeMap<String, Task>,
    sender: mpsc::Sender<Message>,
    pub heard: mpsc::Receiver<Message>,
    outbox: mpsc::Sender<(Subject, Bytes)>,
    _mouth: Task,
}

impl Core {
    pub fn new(bus: &Bus) -> Self {
        let (sender, heard) = mpsc::channel(HEARD);
        let (outbox, said) = mpsc::channel(SAID);
        let mouth = Task::spawn(send(bus.connection.client.clone(), said));
        Self { ears: BTreeMap::new(), sender, heard, outbox, _mouth: mouth }
    }

    /// Listens to exactly `patterns`. Of requests one replica takes each: `group` names the replicas.
    pub fn listen(&mut self, bus: &Bus, patterns: &BTreeSet<String>, group: &str) {
        self.ears.retain(|pattern, _| patterns.contains(pattern));
        for pattern in patterns {
            if !self.ears.contains_key(pattern) {
                let group = pattern.starts_with("trib.v1.query.").then(|| group.to_owned());
                let hear = hear(bus.connection.client.clone(), pattern.clone(), group, self.sender.clone());
                self.ears.insert(pattern.clone(), Task::spawn(hear));
            }
        }
    }

    /// Sends a message, or drops it if the link has been away for long; false: dropped.
    pub fn say(&self, subject: impl Into<Subject>, payload: Bytes) -> bool {
        self.outbox.try_send((subject.into(), payload)).is_ok()
    }
}

async fn hear(client: Client, pattern: String, group: Option<String>, sender: mpsc::Sender<Message>) {
    let subscribed = match group {
        Some(group) => client.queue_subscribe(pattern.clone(), group).await,
        None => client.subscribe(pattern.clone()).await,
    };
    let mut subscriber = match subscribed {
        Ok(subscriber) => subscriber,
        Err(error) => return tracing::error!(%error, subject = pattern, "a subscription is not possible"),
    };
    while let Some(message) = subscriber.next().await {
        if sender.send(message).await.is_err() {
            return;
        }
    }
}

async fn send(client: Client, mut said: mpsc::Receiver<(Subject, Bytes)>) {
    while let Some((subject, payload)) = said.recv().await {
        if let Err(error) = client.publish(subject, payload).await {
            tracing::debug!(%error, "a message could not be sent");
        }
    }
}
