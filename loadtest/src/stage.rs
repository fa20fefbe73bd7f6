//! What scenarios play on: everything runs, all locations are declared and placed, and the summary is true.

mod decided;
mod insist;
mod membership;
mod waves;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use model::PlacementKey;
use wire::api;
use wire::bus::Counts;

use crate::args::Run;
use crate::clock::{Moment, now, seconds};
use crate::declare::{self, Generations};
use crate::figures::Figures;
use crate::hub::{Hub, Watermark};
use crate::progress::{Progress, say};
use crate::stack::Stack;
use crate::tables::{Sizes, Tables};

/// A fleet at rest.
#[derive(Debug)]
pub struct Stage {
    pub run: Run,
    pub regions: Vec<String>,
    pub stack: Stack,
    pub hub: Hub,
    pub tables: Tables,
    /// As what the locations are declared now.
    pub generations: Generations,
    /// What the tables held when nothing but locations was declared.
    pub declared: Sizes,
    /// What their store took on disk then, in bytes.
    pub declared_disk: BTreeMap<String, u64>,
    /// Whether the narrow placement is there.
    narrow: bool,
    /// Of the objects that are changed; each change counts one up.
    version: u64,
}

/// An applied change.
#[derive(Clone, Debug)]
pub struct Applied {
    pub watermark: Watermark,
    /// Around the call.
    pub begun: Moment,
    pub returned: Moment,
}

impl Stage {
    /// Starts everything, and returns when the fleet is at rest. `figures` gets what the start cost.
    pub async fn set(run: &Run, folder: &Path, figures: &mut Figures) -> anyhow::Result<Self> {
        say(&format!("{} locations, {} of them live", run.locations, run.live()));
        let stack = Stack::start(run, folder).await?;
        let hub = Hub::connect(&stack.gateway().await?).await?;
        let tables = Tables::connect(&stack.nats.url()).await?;
        let mut stage = Self {
            run: run.clone(),
            regions: run.region_names(),
            stack,
            hub,
            tables,
            generations: Generations::new(run.locations),
            declared: Sizes::new(),
            declared_disk: BTreeMap::new(),
            narrow: false,
            version: 0,
        };
        let begun = now();
        stage.declare().await?;
        figures.seconds("declared_s", seconds(begun, now()));
        let begun = now();
        stage.attach().await?;
        figures.seconds("attached_s", seconds(begun, now()));
        let begun = now();
        stage.place().await?;
        figures.seconds("placed_s", seconds(begun, now()));
        Ok(stage)
    }

    /// Regions and locations.
    async fn declare(&mut self) -> anyhow::Result<()> {
        self.hub.apply(declare::regions(&self.run)).await?;
        let (run, regions) = (self.run.clone(), self.regions.clone());
        let mut progress = Progress::new("locations are declared", run.locations.into());
        let mut done = 0;
        let locations = (0..run.locations).map(|number| declare::location(&run, &regions, number, 0));
        self.hub
            .apply_all(locations, |count| {
                done += count as u64;
                progress.at(done);
            })
            .await?;
        progress.done();
        self.declared = self.tables.sizes().await?;
        self.declared_disk = self.stack.disk_by_stream()?;
        Ok(())
    }

    async fn attach(&mut self) -> anyhow::Result<()> {
        if self.run.live() == 0 {
            return Ok(());
        }
        let progress = Progress::new("agents are attached", self.run.live().into());
        self.stack.hosts.start().await?;
        progress.done();
        Ok(())
    }

    /// All placements, one after the other.
    async fn place(&mut self) -> anyhow::Result<()> {
        for number in 0..self.run.placements {
            let key = declare::placement_key(number);
            let resources = declare::placement(&self.run, &key, ("fleet", "load"));
            let watermark = self.hub.apply(resources).await?;
            self.until_true("first placed", &key, &watermark, self.run.live().into()).await?;
        }
        Ok(())
    }

    /// Changes the last object of a placement, which is the same at all locations unless all of them are not.
    pub async fn change(&mut self, key: &PlacementKey) -> anyhow::Result<Applied> {
        let object = self.next_version(key);
        let begun = now();
        let watermark = self.hub.apply(vec![object]).await?;
        Ok(Applied { watermark, begun, returned: now() })
    }

    fn next_version(&mut self, key: &PlacementKey) -> api::Resource {
        self.version += 1;
        declare::object(&self.run, key, self.run.objects - 1, self.version)
    }

    /// Waits until the summary of a placement is true, with progress.
    pub async fn until_true(
        &mut self,
        what: &str,
        key: &PlacementKey,
        watermark: &Watermark,
        live: u64,
    ) -> anyhow::Result<(Moment, Counts)> {
        let mut progress = Progress::new(&format!("{key} {what}"), live);
        let timeout = self.run.timeout;
        let told = |counts: &Counts| progress.at(counts.updated);
        let done = self.hub.until_true(key, watermark, live, timeout, told).await?;
        progress.done();
        Ok(done)
    }

    /// A new connection to the gateway, which listens elsewhere after a restart.
    pub async fn reconnect(&mut self) -> anyhow::Result<()> {
        self.hub = Hub::connect(&self.stack.gateway().await?).await?;
        Ok(())
    }

    /// The rollout number that a placement has come to.
    pub async fn rollout(&mut self, key: &PlacementKey) -> anyhow::Result<u64> {
        self.hub.rollout(key).await
    }

    pub fn timeout(&self) -> Duration {
        self.run.timeout
    }
}
