//! The placement whose releases go out in waves.

use model::PlacementKey;
use wire::api::{self, LocationDeletion};

use super::Stage;
use crate::clock::Moment;
use crate::declare::{placement_key, waves};
use crate::hub::Watermark;
use crate::progress::Progress;
use crate::scenario;

impl Stage {
    /// Places it; its first release goes out in waves, too.
    pub async fn waves(&mut self) -> anyhow::Result<PlacementKey> {
        let key = waves::key();
        let watermark = self.hub.apply(waves::placement(&self.run)).await?;
        self.ended("first placed", &key, &watermark).await?;
        Ok(key)
    }

    /// Waits until its rollout has ended, and its summary is true.
    pub async fn ended(
        &mut self,
        what: &str,
        key: &PlacementKey,
        watermark: &Watermark,
    ) -> anyhow::Result<Moment> {
        let live = self.run.live().into();
        let mut progress = Progress::new(&format!("{key} {what}"), live);
        let timeout = self.run.timeout;
        let told = |counts: &wire::bus::Counts| progress.at(counts.updated);
        let (moment, _) = self.hub.until_ended(key, watermark, live, timeout, told).await?;
        progress.done();
        Ok(moment)
    }

    /// Takes it away again, everywhere.
    pub async fn end_waves(&mut self) -> anyhow::Result<()> {
        let keys = waves::placement(&self.run).iter().filter_map(resource_key).collect();
        self.hub.delete(keys, LocationDeletion::Unspecified).await?;
        scenario::gone(self, &waves::key()).await?;
        self.settled("at rest", &placement_key(0), &Watermark::new()).await?;
        Ok(())
    }
}

fn resource_key(resource: &api::Resource) -> Option<api::ResourceKey> {
    Some(wire::resource_key_message(&wire::resource(resource.clone()).ok()?.key()))
}
