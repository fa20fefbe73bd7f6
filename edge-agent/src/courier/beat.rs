//! Heartbeats: that the agent is there, and what it has sent.

use bytes::Bytes;
use model::{Digest, Heartbeat, Order};
use tokio::time::Instant;

use super::Courier;
use crate::agent::Periods;
use crate::timing;

impl Courier {
    pub(super) async fn beat(&mut self) {
        self.heartbeat = Instant::now() + timing::jittered(self.periods.heartbeat);
        if !self.connected {
            return;
        }
        let heartbeat = {
            let outbox = self.outbox.borrow();
            heartbeat(outbox.boot, self.ledger.digest(), outbox.order, &self.periods)
        };
        if let Err(error) = self.attachment.alive(heartbeat).await {
            tracing::debug!(%error, "heartbeat cannot be sent");
        }
    }
}

/// An encoded heartbeat.
pub(super) fn heartbeat(boot: u64, status_digest: Digest, order: Order, periods: &Periods) -> Bytes {
    wire::encode_heartbeat(&Heartbeat {
        boot,
        status_digest,
        order,
        agent_version: env!("CARGO_PKG_VERSION").to_owned(),
        period_ms: u32::try_from(periods.heartbeat.as_millis()).unwrap_or(u32::MAX),
    })
}
