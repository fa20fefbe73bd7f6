//! Sending statuses: each row by compare-and-set on its own key, so that two agents that believe to be the same
//! location notice each other.

use std::sync::Arc;

use bytes::Bytes;
use model::{PlacementKey, ReportOrder, Status};
use tokio::time::Instant;

use super::{AGAIN, AGAIN_LONGEST, Courier};
use crate::agent::Event;
use crate::timing;

/// Enough to find a row's sequence and write; more means that somebody else writes, too.
const ATTEMPTS: usize = 3;

impl Courier {
    /// Sends what differs from what was sent. What cannot be sent now is sent later.
    pub(super) async fn send_statuses(&mut self) {
        self.send = None;
        let news = {
            let outbox = self.outbox.borrow();
            self.ledger.news(outbox.boot, &outbox.statuses)
        };
        for placement in news {
            if let Err(error) = self.send_status(&placement).await {
                tracing::debug!(%placement, %error, "status cannot be sent");
                self.ledger.doubt(&placement);
                self.send = Some(Instant::now() + timing::backoff(AGAIN, AGAIN_LONGEST, self.send_failures));
                self.send_failures = self.send_failures.saturating_add(1);
                return;
            }
        }
        self.send_failures = 0;
    }

    async fn send_status(&mut self, placement: &PlacementKey) -> Result<(), bus::Error> {
        let found = {
            let outbox = self.outbox.borrow();
            let status = outbox.statuses.get(placement).cloned();
            status.map(|status| (status, outbox.trace.clone(), outbox.arrived))
        };
        // The outbox has changed meanwhile; its change is waiting to be handled.
        let Some((status, trace, arrived)) = found else { return Ok(()) };
        let report = self.ledger.number();
        let report_us = arrived.map_or(0, |arrived| timing::micros(arrived.elapsed(), u64::MAX));
        let payload = wire::encode_status(&Status { report, report_us, ..Status::clone(&status) }, &trace);
        let sequence = self.store(placement, &payload, report).await?;
        self.settle(placement, status, report, sequence).await;
        Ok(())
    }

    /// Writes a row over the one that is expected, and finds out which one that is.
    async fn store(
        &mut self,
        placement: &PlacementKey,
        payload: &Bytes,
        report: ReportOrder,
    ) -> Result<u64, bus::Error> {
        let mut attempts = 0;
        loop {
            let expected = self.ledger.expected(placement);
            let conflict = match self.attachment.put_status(placement, payload.clone(), Some(expected)).await
            {
                Err(conflict @ bus::Error::Conflict { .. }) if attempts < ATTEMPTS => conflict,
                stored => return stored,
            };
            let bus::Error::Conflict { current: Some(current), .. } = conflict else { return Err(conflict) };
            attempts += 1;
            let stored = self.attachment.get_status(placement).await?;
            if stored.as_ref() == Some(payload) {
                // It is there; only the answer was lost.
                return Ok(current);
            }
            let ahead = self.is_ahead(placement, stored, report).await;
            self.ledger.learn(placement, current);
            if ahead {
                // Our report would not count; it is sent again under a start number that does.
                return Err(conflict);
            }
        }
    }

    async fn settle(
        &mut self,
        placement: &PlacementKey,
        status: Arc<Status>,
        report: ReportOrder,
        sequence: u64,
    ) {
        let withdrawn = status.withdrawn;
        self.ledger.stored(placement.clone(), status, report, sequence);
        if withdrawn {
            self.tell(Event::Withdrawn(placement.clone())).await;
        }
    }

    /// The stored row is not the one expected: from an earlier start of this agent, whose sequence is not kept, or from
    /// another agent with this identity. Whether it is ahead of our report.
    async fn is_ahead(
        &mut self,
        placement: &PlacementKey,
        stored: Option<Bytes>,
        report: ReportOrder,
    ) -> bool {
        let ours = self.ledger.sequence(placement).is_some();
        let row = stored.and_then(|bytes| wire::decode_status(&bytes).ok());
        let Some((row, _)) = row.filter(|(row, _)| row.report >= report) else { return false };
        if ours {
            tracing::error!(
                %placement,
                boot = row.report.boot,
                "another agent reports as this location; every location needs an agent and a state folder of its own"
            );
        } else {
            tracing::warn!(
                boot = row.report.boot,
                "status rows are ahead of the stored start counter; raising it"
            );
        }
        self.tell(Event::Boot(row.report.boot)).await;
        true
    }
}
