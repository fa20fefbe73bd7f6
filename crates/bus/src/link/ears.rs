//! Subscriptions to documents and questions, and who gets what of them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_nats::{Client, Message, Subscriber};
use futures::StreamExt as _;
use futures::stream::select;
use tokio::sync::watch;

use super::lock;
use super::slot::{Reply, Slot};
use crate::Key;
use crate::follow::Task;

/// A flush that was on the way when the link broke is never answered.
const FLUSH: Duration = Duration::from_secs(2);

type Slots = Arc<Mutex<BTreeMap<String, (u64, Arc<Slot>)>>>;

/// The subscriptions of one location, or of all locations of a region that are hosted here.
#[derive(Debug)]
pub(super) struct Ears {
    slots: Slots,
    standing: watch::Receiver<bool>,
    _task: Task,
}

impl Ears {
    /// Exactly what an agent is allowed.
    pub fn exact(client: &Client, region: &str, location: &str) -> Self {
        let (region, location) = (region.to_owned(), location.to_owned());
        let down = Key::Down { region: region.clone(), location: location.clone() };
        Self::open(client, [down.subject(), Key::Ask { region, location }.subject()])
    }

    /// All locations of a region.
    pub fn hosting(client: &Client, region: &str) -> Self {
        let region = wire::token::encode(region);
        Self::open(client, [format!("trib.v1.dn.{region}.*"), format!("trib.v1.ask.{region}.*")])
    }

    fn open(client: &Client, subjects: [String; 2]) -> Self {
        let (sender, standing) = watch::channel(false);
        let slots = Slots::default();
        let task = Task::spawn(listen(client.clone(), subjects, sender, slots.clone()));
        Self { slots, standing, _task: task }
    }

    /// Waits until the server knows the subscriptions.
    pub async fn stand(&self) {
        let mut standing = self.standing.clone();
        drop(standing.wait_for(|standing| *standing).await);
    }

    /// `slot` gets what is for `location`; whoever had it before gets nothing more.
    pub fn join(&self, location: &str, number: u64, slot: &Arc<Slot>) {
        lock(&self.slots).insert(location.to_owned(), (number, slot.clone()));
    }

    pub fn leave(&self, location: &str, number: u64) {
        let mut slots = lock(&self.slots);
        if slots.get(location).is_some_and(|(holder, _)| *holder == number) {
            slots.remove(location);
        }
    }
}

async fn listen(client: Client, subjects: [String; 2], standing: watch::Sender<bool>, slots: Slots) {
    let [down, ask] = &subjects;
    let (Some(documents), Some(questions)) = (subscribe(&client, down).await, subscribe(&client, ask).await)
    else {
        return;
    };
    while !matches!(tokio::time::timeout(FLUSH, client.flush()).await, Ok(Ok(()))) {}
    standing.send_replace(true);
    let mut messages = select(documents, questions);
    while let Some(message) = messages.next().await {
        deliver(&slots, message);
    }
}

async fn subscribe(client: &Client, subject: &str) -> Option<Subscriber> {
    match client.subscribe(subject.to_owned()).await {
        Ok(subscriber) => Some(subscriber),
        Err(error) => {
            tracing::error!(%error, subject, "a subscription is not possible");
            None
        }
    }
}

fn deliver(slots: &Slots, message: Message) {
    let Ok(key) = Key::parse(&message.subject) else { return };
    let slot = |location: &str| lock(slots).get(location).map(|(_, slot)| slot.clone());
    match key {
        Key::Down { location, .. } => {
            if let Some(slot) = slot(&location) {
                slot.document(message.payload);
            }
        }
        Key::Ask { location, .. } => {
            if let Some(slot) = slot(&location) {
                slot.ask(message.payload, message.reply.map(|reply| Reply(reply.to_string())));
            }
        }
        _ => {}
    }
}
