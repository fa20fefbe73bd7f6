//! Heartbeats: that the agent is there, and what it has sent.

use bus::link::Attachment;
use model::{Digest, Heartbeat, Order};
use tokio::time::Instant;

use super::{AGAIN, Courier};
use crate::agent::Periods;
use crate::timing;

impl Courier {
    pub(super) async fn beat(&mut self) {
        self.heartbeat = next(&self.periods);
        if self.connected {
            let told = {
                let outbox = self.outbox.borrow();
                (outbox.boot, self.ledger.digest(), outbox.order)
            };
            beat(&self.attachment, told, &self.periods).await;
        }
    }

    /// The hub has come to know of this location just now: nobody heard what was said before, and perhaps not everybody
    /// listens yet.
    pub(super) async fn introduce(&mut self) {
        self.beat().await;
        self.heartbeat = Instant::now() + timing::jittered(AGAIN);
    }
}

/// When the one after this is to be sent.
pub(super) fn next(periods: &Periods) -> Instant {
    Instant::now() + timing::jittered(periods.heartbeat)
}

/// Sends a heartbeat, which nobody confirms: the start number, the digest of what stands, and the document.
pub(super) async fn beat(
    attachment: &Attachment,
    (boot, status_digest, order): (u64, Digest, Order),
    periods: &Periods,
) {
    let heartbeat = Heartbeat {
        boot,
        status_digest,
        order,
        agent_version: env!("CARGO_PKG_VERSION").to_owned(),
        period_ms: u32::try_from(periods.heartbeat.as_millis()).unwrap_or(u32::MAX),
    };
    if let Err(error) = attachment.alive(wire::encode_heartbeat(&heartbeat)).await {
        tracing::debug!(%error, "heartbeat cannot be sent");
    }
}
