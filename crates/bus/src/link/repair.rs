//! What a link that was overrun has lost is read again.
//!
//! A subscription that is full drops what comes, and nobody can tell which location's document that was: the newest one
//! of a location has no successor that would show the gap. So all who are attached read theirs again; a few at a time,
//! since the process was too slow a moment ago.

use std::sync::{Arc, Weak};
use std::time::Duration;

use super::slot::Slot;
use super::{Attached, lock};
use crate::backoff::jitter;
use crate::connection::Connection;

/// After the first loss: one overrun drops many messages in a short time.
const REST: Duration = Duration::from_secs(1);
/// Who reads again at once, and the pause before the next: 10,000 a second, a small part of what a server serves.
const AT_ONCE: usize = 1000;
const APART: Duration = Duration::from_millis(100);

/// Waits for losses for as long as somebody holds it.
pub(super) async fn run(connection: Connection, attached: Arc<Attached>) {
    let mut dropped = connection.dropped();
    while dropped.changed().await.is_ok() {
        tokio::time::sleep(jitter(REST)).await;
        // What is dropped from here on is repaired in the next round.
        let total = *dropped.borrow_and_update();
        tracing::info!(dropped = total, "messages were lost: documents are read again");
        for slots in attached.all().chunks(AT_ONCE) {
            // While the link is away there is nothing to tell: all are told when it comes back.
            slots
                .iter()
                .filter_map(Weak::upgrade)
                .filter(|_| connection.is_up())
                .for_each(|slot| slot.connection(true));
            tokio::time::sleep(jitter(APART)).await;
        }
    }
}

impl Attached {
    fn all(&self) -> Vec<Weak<Slot>> {
        lock(&self.0).values().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use testbed::Nats;

    use super::super::{HABIT, Inbound, Link, Mode};
    use crate::connection::Habit;
    use crate::{Bus, Key, Options, Stream, Write};

    const SOON: Duration = Duration::from_secs(20);
    const LOCATIONS: usize = 1000;

    use super::*;

    fn write(n: usize, value: &str) -> Write {
        let key = Key::Desired { region: "eu".into(), location: format!("l{n}") };
        Write::new(key, value.to_owned())
    }

    /// Everyone's newest document, as each comes to know it: told, or read when it is told to read.
    async fn learn(mut agent: super::super::Attachment, wanted: &str) {
        let mut known = None;
        while known.as_deref() != Some(wanted.as_bytes()) {
            known = match agent.next().await {
                Inbound::Document(document) => Some(document),
                Inbound::Connected => agent.get_desired().await.unwrap(),
                _ => known,
            };
        }
    }

    #[tokio::test]
    async fn agents_whose_documents_were_dropped_by_a_full_subscription_read_them() {
        let nats = Nats::start().await.unwrap();
        let options = || Options { url: nats.url(), name: "test".to_owned() };
        let bus = Bus::connect(options()).await.unwrap();
        bus.init(1).await.unwrap();
        bus.ensure(&Stream::Desired("eu".into())).await.unwrap();
        // Far less than one batch of documents.
        let habit = Habit { capacity: 16, ..HABIT };
        let link = Link::open(options(), Mode::Hosting, habit).await.unwrap();
        let mut agents: BTreeMap<usize, _> =
            (0..LOCATIONS).map(|n| (n, link.attach("eu", &format!("l{n}")))).collect();
        for agent in agents.values_mut() {
            assert_eq!(agent.next().await, Inbound::Connected);
        }
        bus.commit((0..LOCATIONS).map(|n| write(n, "new")).collect(), None).await.unwrap();
        // One after the other: a link whose subscriptions hold little loses answers, too.
        for (n, agent) in agents {
            let learned = tokio::time::timeout(SOON, learn(agent, "new")).await;
            assert!(learned.is_ok(), "l{n} never came to know its document");
        }
        assert!(link.dropped() > 0, "nothing was dropped, so nothing was shown");
    }
}
