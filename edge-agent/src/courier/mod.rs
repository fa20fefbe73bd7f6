//! Between a site and its hub: reads the document, fetches blobs, sends statuses and heartbeats, passes questions on.
//!
//! The courier decides nothing about objects. No answer from the hub is ever an instruction: not found and timeouts are
//! passed on as what they are, or tried again.

mod beat;
mod fetch;
mod ledger;
mod read;
mod rest;
mod send;

use std::time::Duration;

use bus::link::{Attachment, Inbound, Reply};
use bytes::Bytes;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, sleep_until};

use self::fetch::Fetches;
use self::ledger::Ledger;
pub use self::rest::Rest;
use crate::agent::{Event, Periods};
use crate::{Outbox, site, timing};

/// Between attempts at what has failed; longer with each attempt.
const AGAIN: Duration = Duration::from_secs(1);
const AGAIN_LONGEST: Duration = Duration::from_secs(60);
/// How long a question may wait for a site that is busy with its disk.
const ANSWER: Duration = Duration::from_secs(5);

/// A site's connection.
pub struct Courier {
    attachment: Attachment,
    outbox: watch::Receiver<Outbox>,
    site: mpsc::Sender<Box<Event>>,
    periods: Periods,
    /// The region that the attachment is in.
    region: String,
    connected: bool,
    /// Who wants to know of the first connection.
    attached: Option<oneshot::Sender<()>>,
    ledger: Ledger,
    fetches: Fetches,
    heartbeat: Instant,
    /// When the document is read again without being announced.
    read: Instant,
    /// Attempts to read the document that have failed in a row.
    read_failures: u32,
    /// When statuses that could not be sent are sent again.
    send: Option<Instant>,
    send_failures: u32,
    /// How long nothing has to happen until the site is asked whether it could rest.
    patience: Option<Duration>,
    /// When it is asked.
    rest: Option<Instant>,
}

impl Courier {
    /// `attachment` is in the outbox's region.
    pub fn new(
        attachment: Attachment,
        outbox: watch::Receiver<Outbox>,
        site: mpsc::Sender<Box<Event>>,
        (periods, attached): (Periods, Option<oneshot::Sender<()>>),
    ) -> Self {
        let now = Instant::now();
        let region = outbox.borrow().region.clone();
        Self {
            attachment,
            outbox,
            site,
            periods,
            region,
            connected: false,
            attached,
            ledger: Ledger::default(),
            fetches: Fetches::default(),
            heartbeat: beat::next(&periods),
            read: now + timing::jittered(periods.anti_entropy),
            read_failures: 0,
            send: None,
            send_failures: 0,
            patience: None,
            rest: None,
        }
    }

    /// Proposes to the site to rest when nothing has happened for so long.
    pub fn propose_rest(&mut self, patience: Duration) {
        self.patience = Some(patience);
        self.stir();
    }

    /// Goes on with the same site, which has new channels.
    pub fn join(&mut self, outbox: watch::Receiver<Outbox>, site: mpsc::Sender<Box<Event>>) {
        self.outbox = outbox;
        self.site = site;
        self.stir();
    }

    /// Something happens.
    fn stir(&mut self) {
        self.rest = self.patience.map(|patience| Instant::now() + patience);
    }

    /// Runs until the site has ended, and sends what stands last.
    pub async fn run(&mut self) {
        loop {
            let due = self.due();
            tokio::select! {
                // What is rare is boxed: an agent waits most of its life, and there may be many in a process.
                inbound = self.attachment.next() => {
                    self.stir();
                    Box::pin(self.inbound(inbound)).await;
                }
                changed = self.outbox.changed() => {
                    let over = changed.is_err();
                    self.stir();
                    Box::pin(self.news()).await;
                    if over {
                        return;
                    }
                }
                () = sleep_until(due) => Box::pin(self.tick()).await,
            }
        }
    }

    fn due(&self) -> Instant {
        // Without a connection nothing is due but the heartbeat, which then only counts on.
        let connected =
            [Some(self.read), self.send, self.fetches.due()].into_iter().filter(|_| self.connected);
        let always = [Some(self.heartbeat), self.rest];
        connected.chain(always).flatten().min().unwrap_or(self.heartbeat)
    }

    /// Takes what has reached this agent.
    pub async fn inbound(&mut self, inbound: Inbound) {
        match inbound {
            Inbound::Connected => {
                tracing::info!(region = self.region, "connected");
                self.connected = true;
                self.arrive().await;
            }
            Inbound::Disconnected => {
                tracing::warn!(region = self.region, "disconnected; going on from disk");
                self.connected = false;
            }
            Inbound::Document(bytes) => {
                if self.outbox.borrow().order == model::Order::default() {
                    self.introduce().await;
                }
                self.deliver(bytes).await;
            }
            Inbound::Ask { payload, reply } => self.ask(payload, reply).await,
        }
    }

    /// On a new connection or in a new region: the subscription stands, so whatever changes from now on is announced,
    /// and what changed before is read. The newer of the two wins at the site.
    async fn arrive(&mut self) {
        self.read_document().await;
        self.fetches.retry_now();
        self.fetch().await;
        self.send_statuses().await;
        self.beat().await;
        if let Some(attached) = self.attached.take() {
            // Who does not wait any more does not have to know.
            attached.send(()).ok();
        }
    }

    /// The outbox has changed.
    async fn news(&mut self) {
        let region = self.outbox.borrow_and_update().region.clone();
        if region != self.region {
            tracing::info!(from = self.region, to = region, "attaching to another region");
            self.attachment.move_to(&region).await;
            self.region = region;
            self.ledger.forget();
            // The attachment tells when it listens there.
            self.connected = false;
        }
        if self.connected {
            self.fetch().await;
            self.send_statuses().await;
        }
    }

    async fn tick(&mut self) {
        let now = Instant::now();
        if self.heartbeat <= now {
            self.beat().await;
        }
        if self.rest.is_some_and(|due| due <= now) {
            self.stir();
            self.tell(Event::Rest).await;
        }
        if self.connected && self.read <= now {
            self.read_document().await;
        }
        if self.connected && self.send.is_some_and(|due| due <= now) {
            self.send_statuses().await;
        }
        if self.connected {
            self.fetch().await;
        }
    }

    async fn deliver(&mut self, bytes: Bytes) {
        self.tell(Event::Document { region: self.region.clone(), bytes }).await;
    }

    /// What a site that has ended has missed is read again, should there be another.
    async fn tell(&mut self, event: Event) {
        if self.site.send(Box::new(event)).await.is_err() {
            self.read = Instant::now();
        }
    }

    /// Summarization asks for reports without waiting for an answer: the reports are the answer.
    async fn ask(&mut self, payload: Bytes, reply: Option<Reply>) {
        if site::is_resend(&payload) {
            self.ledger.resend();
            // Whoever asks is there.
            self.send_failures = 0;
            self.send_statuses().await;
        }
        let Some(reply) = reply else { return };
        let (sender, answer) = oneshot::channel();
        self.tell(Event::Ask { payload, answer: sender }).await;
        let Ok(Ok(answer)) = tokio::time::timeout(ANSWER, answer).await else { return };
        if let Err(error) = self.attachment.answer(reply, answer).await {
            tracing::debug!(%error, "answer cannot be sent");
        }
    }
}
