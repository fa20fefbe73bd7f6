//! One location's end of a link.

use std::sync::Arc;

use bytes::Bytes;
use model::{Digest, PlacementKey};
use tokio::sync::SemaphorePermit;

use super::ears::Ears;
use super::slot::Slot;
use super::{Inbound, Link, Reply};
use crate::api::TIMEOUT;
use crate::follow::Task;
use crate::{Error, Key, Store, Stream, Write};

/// One location on a link. Dropped, it no longer listens.
#[derive(Debug)]
pub struct Attachment {
    link: Link,
    region: String,
    location: String,
    number: u64,
    slot: Arc<Slot>,
    ears: Arc<Ears>,
    /// Until it listens.
    joining: Option<Task>,
}

impl Attachment {
    pub(super) fn new(link: Link, region: &str, location: &str) -> Self {
        let (slot, number) = (Arc::<Slot>::default(), link.number());
        let ears = link.ears(region, location);
        let joining = join(&link, &ears, location, number, &slot);
        let (region, location) = (region.to_owned(), location.to_owned());
        Self { link, region, location, number, slot, ears, joining: Some(joining) }
    }

    /// The next thing that reaches this agent. May be cancelled without losing anything.
    pub async fn next(&mut self) -> Inbound {
        let inbound = self.slot.next().await;
        // What has ended still takes memory.
        self.joining = self.joining.take().filter(|_| inbound != Inbound::Connected);
        inbound
    }

    /// The location's document as the server has it; `None`: there is none, which says nothing about what should run.
    pub async fn get_desired(&self) -> Result<Option<Bytes>, Error> {
        let stream = Stream::Desired(self.region.clone());
        let key = Key::Desired { region: self.region.clone(), location: self.location.clone() };
        let _permit = self.permit().await;
        self.link.inner.connection.direct_get(&stream, &key).await
    }

    /// The location as users declared it, which tells its region; `None`: it is not declared.
    pub async fn get_location(&self) -> Result<Option<Bytes>, Error> {
        let key = Key::Location(self.location.clone());
        let _permit = self.permit().await;
        self.link.inner.connection.direct_get(&Stream::Locations, &key).await
    }

    /// Rendered content, verified; `None`: it is not there.
    pub async fn get_blob(&self, digest: Digest) -> Result<Option<Bytes>, Error> {
        let _permit = self.permit().await;
        self.link.inner.connection.get_content(Store::Blob, digest).await
    }

    /// Stores a report, if the key's newest sequence is `expected` (0: if there is none yet); returns its sequence.
    /// [`Error::Conflict`] carries the current one: another agent has reported for this location, or an answer was lost.
    pub async fn put_status(
        &self,
        placement: &PlacementKey,
        payload: Bytes,
        expected: Option<u64>,
    ) -> Result<u64, Error> {
        let (region, location) = (self.region.clone(), self.location.clone());
        let key = Key::Status { region, location, placement: placement.clone() };
        let _permit = self.permit().await;
        self.link.inner.connection.put(Write { expected, ..Write::new(key, payload) }).await
    }

    /// This location's stored report of a placement: whose it is shows why one's own was refused.
    pub async fn get_status(&self, placement: &PlacementKey) -> Result<Option<Bytes>, Error> {
        let (region, location) = (self.region.clone(), self.location.clone());
        let stream = Stream::Status(region.clone());
        let key = Key::Status { region, location, placement: placement.clone() };
        let _permit = self.permit().await;
        self.link.inner.connection.direct_get(&stream, &key).await
    }

    /// Sends a heartbeat. Nobody confirms it.
    pub async fn alive(&self, payload: Bytes) -> Result<(), Error> {
        let key = Key::Alive { region: self.region.clone(), location: self.location.clone() };
        self.say(key.subject(), payload).await
    }

    /// Answers a question.
    pub async fn answer(&self, reply: Reply, payload: Bytes) -> Result<(), Error> {
        self.say(reply.0, payload).await
    }

    /// Listens, reads and reports in another region from now on. What waited from the old one is dropped;
    /// [`Inbound::Connected`] comes when the new subscriptions stand.
    pub async fn move_to(&mut self, region: &str) {
        self.part();
        self.slot.clear();
        region.clone_into(&mut self.region);
        self.ears = self.link.ears(region, &self.location);
        self.joining = Some(join(&self.link, &self.ears, &self.location, self.number, &self.slot));
    }

    async fn say(&self, subject: String, payload: Bytes) -> Result<(), Error> {
        let connection = &self.link.inner.connection;
        if !connection.is_up() {
            return Err(Error::Disconnected);
        }
        let sent = connection.client.publish(subject.clone(), payload);
        match tokio::time::timeout(TIMEOUT, sent).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(Error::Invalid(format!("sending to {subject}: {error}"))),
            Err(_) => Err(Error::Timeout { operation: "sending", subject, seconds: TIMEOUT.as_secs() }),
        }
    }

    async fn permit(&self) -> Option<SemaphorePermit<'_>> {
        // Never closed.
        self.link.inner.permits.acquire().await.ok()
    }

    fn part(&self) {
        self.link.inner.attached.leave(self.number);
        self.ears.leave(&self.location, self.number);
    }
}

impl Drop for Attachment {
    fn drop(&mut self) {
        self.part();
    }
}

/// Listens at once, and tells of the connection once the subscriptions stand: what is read after that misses nothing.
fn join(link: &Link, ears: &Arc<Ears>, location: &str, number: u64, slot: &Arc<Slot>) -> Task {
    ears.join(location, number, slot);
    let (ears, slot) = (ears.clone(), slot.clone());
    let (attached, session) = (link.inner.attached.clone(), link.inner.connection.session());
    Task::spawn(async move {
        ears.stand().await;
        attached.join(number, &slot, &session);
    })
}
