//! An agent at work: a site and a courier, side by side in one task.
//!
//! ```text
//!   hub --documents, blobs, questions--> Courier --Event--> site --steps--> sink
//!   hub <--statuses, heartbeats--------- Courier <--Outbox-- site <--changes-- sink
//! ```
//!
//! Neither waits for the other: with the hub away the site goes on, and while the disk is slow heartbeats go out.

use std::time::Duration;

use bus::link::Attachment;
use bytes::Bytes;
use model::{Digest, PlacementKey};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, sleep_until};

use crate::courier::Courier;
use crate::sink::Sink;
use crate::site::Site;
use crate::{Outbox, timing};

/// Periods, each kept within a fifth.
#[derive(Clone, Copy, Debug)]
pub struct Periods {
    pub heartbeat: Duration,
    /// Between reads of the document that no message announced.
    pub anti_entropy: Duration,
    /// Between comparisons of everything with what is there.
    pub resync: Duration,
}

/// Between an agent and its process.
#[derive(Debug)]
pub struct Signals {
    /// Turns true when the agent is to stop.
    pub shutdown: watch::Receiver<bool>,
    /// Told once, when the agent is connected and has asked for its document.
    pub attached: Option<oneshot::Sender<()>>,
}

/// What a courier brings to its site.
#[derive(Debug)]
pub enum Event {
    Document {
        region: String,
        bytes: Bytes,
    },
    /// The location is declared in this region, and the document that should have said so is lost.
    Located(String),
    /// `None`: the hub does not have it.
    Blob(Digest, Option<Bytes>),
    Ask {
        payload: Bytes,
        answer: oneshot::Sender<Bytes>,
    },
    /// The tombstone of this placement is stored.
    Withdrawn(PlacementKey),
    /// Status rows of this location carry this start number, which is not below ours.
    Boot(u64),
}

/// Enough for the blobs of one fetch; the courier waits when the site is behind.
const EVENTS: usize = 16;
/// The least time between two corrections of drift, so that a program that fights the agent does not keep it busy.
const REST: Duration = Duration::from_millis(200);

/// For the last statuses.
const FAREWELL: Duration = Duration::from_secs(2);

/// Runs until the shutdown signal. What is being applied is finished, what stands is sent.
pub async fn run<S: Sink>(site: Site<S>, attachment: Attachment, periods: Periods, signals: Signals) {
    let (events, inbox) = mpsc::channel(EVENTS);
    let (sender, outbox) = watch::channel(site.outbox());
    let courier = Courier::new(attachment, outbox, events, (periods, signals.attached));
    let mut courier = std::pin::pin!(courier.run());
    tokio::select! {
        () = work(site, inbox, sender, periods.resync, signals.shutdown) => {}
        () = &mut courier => return,
    }
    // The outbox is dropped with the site, which ends the courier after it has sent what is in there. A hub that does
    // not answer does not hold anybody up: what stands is sent again after the next start.
    tokio::time::timeout(FAREWELL, courier).await.ok();
}

async fn work<S: Sink>(
    mut site: Site<S>,
    mut inbox: mpsc::Receiver<Box<Event>>,
    outbox: watch::Sender<Outbox>,
    resync: Duration,
    mut shutdown: watch::Receiver<bool>,
) {
    let mut corrected = Instant::now();
    let mut news = false;
    loop {
        // Boxed, as all that is rare: an agent waits most of its life, and there may be many in a process.
        if news {
            Box::pin(site.follow_up()).await;
        } else {
            Box::pin(site.reconcile()).await;
        }
        publish(&site, &outbox);
        let again = Instant::now() + timing::jittered(resync);
        let due = site.due().map_or(again, |due| due.min(again));
        news = false;
        tokio::select! {
            biased;
            () = stopped(&mut shutdown) => return,
            Some(event) = inbox.recv() => {
                news = true;
                Box::pin(handle(&mut site, *event)).await;
                while let Ok(event) = inbox.try_recv() {
                    Box::pin(handle(&mut site, *event)).await;
                }
            }
            () = drifted(&mut site, corrected + REST) => corrected = Instant::now(),
            () = sleep_until(due) => {}
        }
    }
}

/// Told to stop, or whoever could have done so has gone.
async fn stopped(shutdown: &mut watch::Receiver<bool>) {
    shutdown.wait_for(|stop| *stop).await.ok();
}

async fn drifted<S: Sink>(site: &mut Site<S>, earliest: Instant) {
    sleep_until(earliest).await;
    site.changed().await;
}

fn publish<S: Sink>(site: &Site<S>, outbox: &watch::Sender<Outbox>) {
    let next = site.outbox();
    outbox.send_if_modified(|current| {
        let changed = *current != next;
        *current = next;
        changed
    });
}

async fn handle<S: Sink>(site: &mut Site<S>, event: Event) {
    match event {
        Event::Document { region, bytes } => match site.receive(&region, bytes) {
            Ok(true) => tracing::debug!("document taken"),
            Ok(false) => tracing::debug!("document is not newer"),
            Err(error) => tracing::error!(%error, "document is ignored"),
        },
        Event::Located(region) => site.locate(region),
        Event::Blob(digest, bytes) => site.supply(digest, bytes),
        Event::Withdrawn(placement) => site.confirm_withdrawn(&placement),
        Event::Boot(boot) => site.raise_boot(boot),
        Event::Ask { payload, answer } => {
            let bytes = site.answer(&payload).await;
            // Whoever asked may have given up.
            answer.send(bytes).ok();
        }
    }
}
