//! What waits for one agent: bounded, newest first.

use std::collections::VecDeque;
use std::sync::Mutex;

use bytes::Bytes;
use tokio::sync::Notify;

use super::lock;

/// Questions that wait; an asker whose question was dropped asks again.
const ASKS: usize = 16;

/// What reaches an agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inbound {
    /// The newest document; older ones that were not taken in time are skipped.
    Document(Bytes),
    /// A question; the answer goes to [`super::Attachment::answer`]. Without `reply`, nobody waits for one.
    Ask {
        payload: Bytes,
        reply: Option<Reply>,
    },
    /// The link is up, at the start, after each reconnect and each move, and after messages were dropped: read the document, a
    /// newer one may have come meanwhile.
    Connected,
    Disconnected,
}

/// Where an answer goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply(pub(super) String);

/// The mailbox of one attachment.
#[derive(Debug, Default)]
pub(super) struct Slot {
    waiting: Mutex<Waiting>,
    notify: Notify,
}

#[derive(Debug, Default)]
struct Waiting {
    /// The newest change of the link, if it has not been told.
    connection: Option<bool>,
    asks: VecDeque<(Bytes, Option<Reply>)>,
    document: Option<Bytes>,
}

impl Slot {
    pub fn connection(&self, up: bool) {
        self.put(|waiting| waiting.connection = Some(up));
    }

    pub fn document(&self, document: Bytes) {
        self.put(|waiting| waiting.document = Some(document));
    }

    pub fn ask(&self, payload: Bytes, reply: Option<Reply>) {
        self.put(|waiting| {
            if waiting.asks.len() == ASKS {
                waiting.asks.pop_front();
            }
            waiting.asks.push_back((payload, reply));
        });
    }

    /// Forgets documents and questions of a region that was left.
    pub fn clear(&self) {
        *lock(&self.waiting) = Waiting::default();
    }

    /// The next thing that waits; may be cancelled without losing anything.
    pub async fn next(&self) -> Inbound {
        loop {
            let notified = self.notify.notified();
            if let Some(inbound) = lock(&self.waiting).take() {
                return inbound;
            }
            notified.await;
        }
    }

    fn put(&self, change: impl FnOnce(&mut Waiting)) {
        change(&mut lock(&self.waiting));
        self.notify.notify_one();
    }
}

impl Waiting {
    fn take(&mut self) -> Option<Inbound> {
        if let Some(up) = self.connection.take() {
            return Some(if up { Inbound::Connected } else { Inbound::Disconnected });
        }
        if let Some((payload, reply)) = self.asks.pop_front() {
            return Some(Inbound::Ask { payload, reply });
        }
        self.document.take().map(Inbound::Document)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_newest_document_wins_and_only_the_last_questions_wait() {
        let slot = Slot::default();
        for n in 0..100u8 {
            slot.document(Bytes::copy_from_slice(&[n]));
            slot.ask(Bytes::copy_from_slice(&[n]), Some(Reply(n.to_string())));
        }
        slot.connection(false);
        slot.connection(true);
        assert_eq!(slot.next().await, Inbound::Connected);
        for n in 84..100u8 {
            let payload = Bytes::copy_from_slice(&[n]);
            assert_eq!(slot.next().await, Inbound::Ask { payload, reply: Some(Reply(n.to_string())) });
        }
        assert_eq!(slot.next().await, Inbound::Document(Bytes::from_static(&[99])));
    }
}
