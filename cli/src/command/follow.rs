//! The states of one placement over restarts of the gateway.

use anyhow::Result;
use futures::TryStreamExt as _;
use tokio::time::Instant;
use wire::api;

use crate::client::{self, Client};

/// What was seen last.
pub type Seen = Option<api::PlacementStatus>;

pub struct Follow {
    client: Client,
    request: api::WatchStatusRequest,
    deadline: Instant,
    pub seen: Seen,
}

impl Follow {
    pub fn new(client: Client, request: api::WatchStatusRequest, deadline: Instant) -> Self {
        Self { client, request, deadline, seen: None }
    }

    /// Until a state is as wanted. Watches, again and again if need be: a gateway may restart while somebody waits.
    pub async fn until(&mut self, mut is_wanted: impl FnMut(&api::PlacementStatus) -> bool) -> Result<()> {
        loop {
            let broken = match self.watch(&mut is_wanted).await {
                Ok(true) => return Ok(()),
                Ok(false) => None,
                Err(error) => Some(error),
            };
            if let Some(error) = broken
                && (self.seen.is_none() || Instant::now() + client::PAUSE >= self.deadline)
            {
                return Err(error);
            }
            client::pause().await;
        }
    }

    /// Whether it came; if not, the watch has ended.
    async fn watch(&mut self, is_wanted: &mut impl FnMut(&api::PlacementStatus) -> bool) -> Result<bool> {
        let mut states = self.client.watch_status(self.request.clone()).await?;
        while let Some(next) = states.try_next().await.map_err(|status| self.client.stream_error(&status))? {
            let state = self.seen.insert(next.status.unwrap_or_default());
            if is_wanted(state) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
