//! Changes while something is being killed: the hub refuses them for a time, or its answer is lost. Each is idempotent, so
//! it is tried again until it is taken.

use model::PlacementKey;
use testbed::eventually;
use wire::api;

use super::{Applied, Stage};
use crate::clock::now;
use crate::hub::Watermark;

impl Stage {
    /// Changes an object as [`Stage::change`] does, whenever that becomes possible.
    pub async fn insist_on_change(&mut self, key: &PlacementKey) -> anyhow::Result<Applied> {
        let object = self.next_version(key);
        let begun = now();
        let watermark = self.insist(vec![object]).await?;
        Ok(Applied { watermark, begun, returned: now() })
    }

    /// Applies what is valid, whenever that becomes possible.
    pub async fn insist(&mut self, resources: Vec<api::Resource>) -> anyhow::Result<Watermark> {
        let timeout = self.timeout();
        eventually("the hub takes a change", timeout, async || {
            self.attempt(&resources).await.map_err(|error| format!("{error:#}"))
        })
        .await
    }

    /// A gateway that was killed listens elsewhere.
    async fn attempt(&mut self, resources: &[api::Resource]) -> anyhow::Result<Watermark> {
        let answer = self.hub.apply(resources.to_vec()).await;
        if answer.is_err() {
            self.reconnect().await?;
        }
        answer
    }
}
