//! What every act works with, and the moves that several of them make.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use anyhow::ensure;
use model::PlacementKey;
use serde_json::Value;
use testbed::eventually;

use crate::application::Application;
use crate::args::Args;
use crate::clusters::Clusters;
use crate::eyes::{Eyes, Seen};
use crate::fleet::Fleet;
use crate::folder::Folder;
use crate::inventory::{self, Store};
use crate::tributary::Tributary;
use crate::{disk, live, say};

/// Longer than anything here takes on a slow machine; what takes longer has failed.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// What is counted as applied is there; with several placements, one may be written while the other is looked at.
const SOON: Duration = Duration::from_secs(20);

/// Between two lines of counts: often enough to see them move.
const GLANCE: Duration = Duration::from_millis(250);

/// The tag that an edit gives to an image; clusters of containers have it before.
pub fn edited_tag(edit: u32) -> String {
    format!("demo-{edit}")
}

#[derive(Debug)]
pub struct Stage {
    pub folder: Folder,
    /// Dropped before the clusters that its agents talk to.
    pub fleet: Fleet,
    pub clusters: Clusters,
    pub eyes: Eyes,
    pub tributary: Tributary,
    pub application: Application,
    /// Not the user's own.
    pub is_example: bool,
    pub locations: u64,
    edits: u32,
}

impl Stage {
    /// Starts everything and registers the locations.
    pub async fn set(args: &Args) -> anyhow::Result<Stage> {
        // Before anything is started: what is wrong with it should not cost a minute.
        let application = args.app.as_deref().map_or_else(Application::example, Application::read)?;
        let folder = Folder::claim()?;
        let clusters = Clusters::open(&folder, args, &application).await?;
        say::title("NATS, two replicas of each service, five agents, and more of them in one process");
        let fleet = Fleet::start(&folder, args.locations, &clusters).await?;
        let tributary = Tributary::new(fleet.environment())?;
        inventory::register(&folder, &tributary, args.locations).await?;
        clusters.register(&folder, &tributary).await?;
        let regions = inventory::REGIONS.iter().map(|region| (*region).to_owned()).collect::<BTreeSet<_>>();
        let eyes = Eyes::open(&fleet.nats_url(), regions).await?;
        let locations = inventory::STORES.len() as u64 + u64::from(args.locations) + clusters.count();
        let is_example = args.app.is_none();
        Ok(Stage { folder, fleet, clusters, eyes, tributary, application, is_example, locations, edits: 0 })
    }

    /// Ends everything in order.
    pub async fn end(mut self) -> anyhow::Result<()> {
        self.eyes.close().await;
        self.fleet.end().await;
        self.clusters.leave().await
    }

    /// The placement that is shown.
    pub fn placement(&self) -> PlacementKey {
        self.application.placements[0].clone()
    }

    /// Writes the application as it is now and applies it, as a user would. Returns the file's name as it was shown.
    pub async fn apply(&self) -> anyhow::Result<()> {
        let file = self.folder.write("application.yaml", &self.application.text)?;
        self.tributary.show(&["apply", "-f", &self.folder.shown(&file)], 4).await?;
        Ok(())
    }

    /// Gives the first image of the application a tag that it has not had, and returns the image.
    pub fn edit_image(&mut self) -> anyhow::Result<String> {
        self.edits += 1;
        let (application, image) = self.application.next_image(&edited_tag(self.edits))?;
        self.application = application;
        say::line(&format!("one line of the application is edited: image: {image}"));
        Ok(image)
    }

    /// The rollout numbers before a change, to know what the change is when it comes.
    pub fn rollouts(&self) -> BTreeMap<PlacementKey, u64> {
        self.eyes.now().rollouts.clone()
    }

    /// Waits for a rollout that is not in `before`, and returns its placement.
    pub async fn changed(&self, before: &BTreeMap<PlacementKey, u64>) -> anyhow::Result<PlacementKey> {
        let new = |seen: &Seen| {
            let mut all = self.application.placements.iter();
            all.find(|p| seen.rollout(p) > before.get(p).copied().unwrap_or_default()).cloned()
        };
        self.eyes.until("a new rollout", &self.placement(), PATIENCE, |seen| new(seen).is_some()).await?;
        let changed = new(&self.eyes.now());
        Ok(changed.unwrap_or_else(|| self.placement()))
    }

    /// Shows the counts as they move until `is` holds.
    pub async fn watch(&self, what: &str, is: impl Fn(&Seen) -> bool) -> anyhow::Result<()> {
        let started = Instant::now();
        let placement = self.placement();
        let wanted = self.eyes.until(what, &placement, PATIENCE, is);
        tokio::pin!(wanted);
        let mut shown = String::new();
        let mut glance = tokio::time::interval(GLANCE);
        loop {
            let done = tokio::select! {
                biased;
                done = &mut wanted => Some(done),
                _ = glance.tick() => None,
            };
            let counts = self.eyes.now().counts(&placement);
            if counts != shown {
                say::line(&format!("    {:>6} ms  {counts}", started.elapsed().as_millis()));
                shown = counts;
            }
            if let Some(done) = done {
                return done;
            }
        }
    }

    /// Shows the counts until every placement of the application is well at every location.
    pub async fn watch_until_well(&self) -> anyhow::Result<()> {
        let all = &self.application.placements;
        self.watch("healthy everywhere", |seen| all.iter().all(|p| seen.is_well(p))).await
    }

    /// What a location should have, of all placements.
    pub async fn rendered(&self, location: &str) -> anyhow::Result<Vec<Value>> {
        let mut rendered = Vec::new();
        for placement in &self.application.placements {
            rendered.extend(self.tributary.rendered(placement, location).await?);
        }
        ensure!(!rendered.is_empty(), "nothing is rendered for {location}");
        Ok(rendered)
    }

    /// Checks that a store's folder holds exactly what `tributary render` says it should. Waits for it: with
    /// several placements, one may be written while the other is looked at.
    pub async fn check_disk(&self, store: &Store) -> anyhow::Result<()> {
        let rendered = self.rendered(store.name).await?;
        let folder = self.fleet.manifests(store);
        let what = format!("{} holds what is rendered for it", folder.display());
        eventually(&what, SOON, async || disk::holds_exactly(&folder, &rendered)).await
    }

    /// [`Stage::check_disk`] at all five stores.
    pub async fn check_disks(&self) -> anyhow::Result<()> {
        for store in inventory::STORES {
            self.check_disk(store).await?;
        }
        say::line("checked: each of the five folders holds exactly what `tributary render` says");
        self.check_clusters().await
    }

    /// Checks that the image is what is wanted in the clusters: as an image, or in its place.
    pub async fn check_images(&self, image: &str) -> anyhow::Result<()> {
        for cluster in self.clusters.each() {
            let rendered = self.rendered(&cluster.name).await?;
            ensure!(
                rendered.iter().any(|o| o.to_string().contains(image)),
                "{} has no {image}",
                cluster.name
            );
        }
        Ok(())
    }

    /// [`Stage::check_disk`] for the clusters.
    pub async fn check_clusters(&self) -> anyhow::Result<()> {
        for cluster in self.clusters.each() {
            let rendered = self.rendered(&cluster.name).await?;
            let what = format!("{} holds what is rendered for it", cluster.name);
            eventually(&what, SOON, async || live::holds_exactly(cluster, &rendered).await).await?;
        }
        if self.clusters.count() > 0 {
            say::line("checked: each of the clusters holds exactly what `tributary render` says");
        }
        Ok(())
    }
}
