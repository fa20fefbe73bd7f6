//! An agent that is awake: a site and a courier at work.

use std::time::Duration;

use bus::link::Attachment;
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot, watch};
use tokio::time::{Instant, sleep_until};

use super::rest::{self, Alarm, Rest, Rests};
use super::{Event, Periods, stopped};
use crate::courier::Courier;
use crate::sink::Sink;
use crate::site::Site;
use crate::{Outbox, timing};

/// Enough for the blobs of one fetch; the courier waits when the site is behind.
const EVENTS: usize = 16;
/// The least time between two corrections of drift, so that a program that fights the agent does not keep it busy.
const CORRECTIONS_APART: Duration = Duration::from_millis(200);

/// For the last statuses.
const FAREWELL: Duration = Duration::from_secs(2);

/// A site and a courier, and what is between them.
pub(super) struct Life<S> {
    site: Site<S>,
    courier: Courier,
    /// The site's ends of what is between them.
    ends: Ends,
    /// What it was woken for.
    alarm: Option<Alarm>,
    turn: Option<OwnedSemaphorePermit>,
}

type Ends = (mpsc::Receiver<Box<Event>>, watch::Sender<Outbox>);

/// Why a site stops working.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Shutdown,
    /// There is nothing to do.
    Rest,
}

impl<S: Sink> Life<S> {
    pub fn new(
        site: Site<S>,
        attachment: Attachment,
        periods: Periods,
        attached: Option<oneshot::Sender<()>>,
    ) -> Self {
        let (ends, (news, events)) = channels(&site);
        let courier = Courier::new(attachment, news, events, (periods, attached));
        Self { site, courier, ends, alarm: None, turn: None }
    }

    pub fn wake(rest: Rest<S>, periods: Periods, alarm: Alarm) -> Self {
        let site = rest.site.wake();
        let (ends, (news, events)) = channels(&site);
        let courier = Courier::wake(rest.courier, news, events, periods);
        Self { site, courier, ends, alarm: Some(alarm), turn: None }
    }

    /// It rests when it may, and has `turn` until then.
    pub fn rests(&mut self, rests: Option<&Rests>, turn: Option<OwnedSemaphorePermit>) {
        self.turn = turn;
        if let Some(rests) = rests {
            self.courier.propose_rest(rests.after);
        }
    }

    /// Runs until it rests; `None`: until the shutdown signal.
    pub async fn run(
        self: Box<Self>,
        periods: Periods,
        shutdown: &mut watch::Receiver<bool>,
    ) -> Option<Rest<S>> {
        let Self { mut site, mut courier, mut ends, mut alarm, mut turn } = *self;
        loop {
            let why = (alarm.take(), turn.take());
            let end = work((&mut site, &mut courier), ends, why, (periods, &mut *shutdown)).await;
            if end == End::Shutdown {
                return None;
            }
            courier = match courier.rest() {
                Ok(courier) => return Some(Rest::new(site.rest(), courier, &periods)),
                Err(courier) => *courier,
            };
            let (new, (news, events)) = channels(&site);
            ends = new;
            courier.join(news, events);
        }
    }
}

/// The site's ends, and the courier's.
fn channels<S: Sink>(site: &Site<S>) -> (Ends, (watch::Receiver<Outbox>, mpsc::Sender<Box<Event>>)) {
    let (events, inbox) = mpsc::channel(EVENTS);
    let (outbox, news) = watch::channel(site.outbox());
    ((inbox, outbox), (news, events))
}

/// Lets both work until an end, and sends what stands then.
async fn work<S: Sink>(
    (site, courier): (&mut Site<S>, &mut Courier),
    ends: Ends,
    (alarm, turn): (Option<Alarm>, Option<OwnedSemaphorePermit>),
    (periods, shutdown): (Periods, &mut watch::Receiver<bool>),
) -> End {
    let woken = matches!(alarm, Some(Alarm::Inbound(_)));
    let mut deliver = std::pin::pin!(deliver(courier, alarm));
    let end = tokio::select! {
        end = attend(site, ends, (periods.resync, woken), shutdown) => end,
        // Only when the site has ended.
        () = &mut deliver => return End::Shutdown,
        never = rest::hold(turn) => match never {},
    };
    // The outbox has been dropped, which ends the courier after it has sent what is in there. A hub that does not answer
    // does not hold anybody up: what stands is sent again after the next start.
    tokio::time::timeout(FAREWELL, deliver).await.ok();
    end
}

async fn deliver(courier: &mut Courier, alarm: Option<Alarm>) {
    if let Some(Alarm::Inbound(inbound)) = alarm {
        courier.inbound(inbound).await;
    }
    courier.run().await;
}

/// Works on what comes. `woken`: only what came is looked at first.
async fn attend<S: Sink>(
    site: &mut Site<S>,
    (mut inbox, outbox): Ends,
    (resync, woken): (Duration, bool),
    shutdown: &mut watch::Receiver<bool>,
) -> End {
    let mut corrected = Instant::now();
    let (mut news, mut proposed) = (woken, false);
    loop {
        // Boxed, as all that is rare: an agent waits most of its life, and there may be many in a process.
        if news {
            Box::pin(site.follow_up()).await;
        } else {
            Box::pin(site.reconcile()).await;
        }
        publish(site, &outbox);
        if !news {
            // With what is done from time to time: a change waits for nothing that nobody waits for.
            Box::pin(site.tidy()).await;
        }
        if proposed && inbox.is_empty() && site.is_quiet() {
            return End::Rest;
        }
        let again = Instant::now() + timing::jittered(resync);
        let due = site.due().map_or(again, |due| due.min(again));
        (news, proposed) = (false, false);
        tokio::select! {
            biased;
            () = stopped(shutdown) => return End::Shutdown,
            Some(event) = inbox.recv() => {
                news = true;
                proposed |= matches!(*event, Event::Rest);
                Box::pin(handle(site, *event)).await;
                while let Ok(event) = inbox.try_recv() {
                    proposed |= matches!(*event, Event::Rest);
                    Box::pin(handle(site, *event)).await;
                }
            }
            () = drifted(site, corrected + CORRECTIONS_APART) => corrected = Instant::now(),
            () = sleep_until(due) => {}
        }
    }
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
        Event::Rest => {}
        Event::Ask { payload, answer } => {
            let bytes = site.answer(&payload).await;
            // Whoever asked may have given up.
            answer.send(bytes).ok();
        }
    }
}
