//! A courier that has nothing to do but to say that the agent is there.

use bus::link::{Attachment, Inbound};
use model::Order;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use super::ledger::{self, Ledger};
use super::{Courier, beat};
use crate::Outbox;
use crate::agent::{Event, Periods};

/// The connection, and what is to be known for heartbeats.
#[derive(Debug)]
pub struct Rest {
    attachment: Attachment,
    ledger: ledger::Rest,
    connected: bool,
    boot: u64,
    order: Order,
    heartbeat: Instant,
    read: Instant,
}

impl Courier {
    /// Nothing is to be sent, fetched or tried again. Otherwise it stays as it is.
    pub fn rest(self) -> Result<Rest, Box<Self>> {
        let (ledger, boot, order) = {
            let outbox = self.outbox.borrow();
            (self.ledger.rest(outbox.boot, &outbox.statuses), outbox.boot, outbox.order)
        };
        let waits = self.send.is_some() || self.fetches.due().is_some() || self.attached.is_some();
        let Some(ledger) = ledger.filter(|_| !waits) else { return Err(Box::new(self)) };
        let Self { attachment, connected, heartbeat, read, .. } = self;
        Ok(Rest { attachment, ledger, connected, boot, order, heartbeat, read })
    }

    /// Goes on where it rested; the site has what it had then.
    pub fn wake(
        rest: Rest,
        outbox: watch::Receiver<Outbox>,
        site: mpsc::Sender<Box<Event>>,
        periods: Periods,
    ) -> Self {
        let ledger = Ledger::wake(&rest.ledger, &outbox.borrow().statuses);
        let Rest { attachment, connected, heartbeat, read, .. } = rest;
        Self { connected, ledger, heartbeat, read, ..Self::new(attachment, outbox, site, (periods, None)) }
    }
}

impl Rest {
    /// What reaches the agent next; may be cancelled without losing anything.
    pub async fn next(&mut self) -> Inbound {
        self.attachment.next().await
    }

    /// When the next heartbeat is to be sent.
    pub fn heartbeat(&self) -> Instant {
        self.heartbeat
    }

    /// When the document is to be read again; without a connection never.
    pub fn read(&self) -> Option<Instant> {
        self.connected.then_some(self.read)
    }

    /// Says that the agent is there.
    pub async fn beat(&mut self, periods: &Periods) {
        self.heartbeat = beat::next(periods);
        if self.connected {
            beat::beat(&self.attachment, (self.boot, self.ledger.digest, self.order), periods).await;
        }
    }
}
