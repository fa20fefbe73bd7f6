//! What every act works with, and the moves that several of them make.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use anyhow::ensure;
use model::PlacementKey;
use testbed::eventually;

use crate::application::Application;
use crate::args::Args;
use crate::eyes::{Eyes, Seen};
use crate::fleet::Fleet;
use crate::folder::Folder;
use crate::inventory::{self, Store};
use crate::tributary::Tributary;
use crate::{disk, say};

/// Longer than anything here takes on a slow machine; what takes longer has failed.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// Between two lines of counts: often enough to see them move.
const GLANCE: Duration = Duration::from_millis(250);

#[derive(Debug)]
pub struct Stage {
    pub folder: Folder,
    pub fleet: Fleet,
    pub eyes: Eyes,
    pub tributary: Tributary,
    pub application: Application,
    pub locations: u64,
    edits: u32,
}

impl Stage {
    /// Starts everything and registers the locations.
    pub async fn set(args: &Args) -> anyhow::Result<Stage> {
        // Before anything is started: what is wrong with it should not cost a minute.
        let application = args.app.as_deref().map_or_else(Application::example, Application::read)?;
        let folder = Folder::claim()?;
        say::title("NATS, two replicas of each service, five agents, and more of them in one process");
        let fleet = Fleet::start(&folder, args.locations).await?;
        let tributary = Tributary::new(fleet.environment())?;
        inventory::register(&folder, &tributary, args.locations).await?;
        let regions = inventory::REGIONS.iter().map(|region| (*region).to_owned()).collect::<BTreeSet<_>>();
        let eyes = Eyes::open(&fleet.nats_url(), regions).await?;
        let locations = inventory::STORES.len() as u64 + u64::from(args.locations);
        Ok(Stage { folder, fleet, eyes, tributary, application, locations, edits: 0 })
    }

    /// Ends everything in order.
    pub async fn end(self) {
        self.eyes.close().await;
        self.fleet.end().await;
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
        let (application, image) = self.application.next_image(&format!("demo-{}", self.edits))?;
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

    /// Checks that a store's folder holds exactly what `tributary render` says it should. Waits for it: with
    /// several placements, one may be written while the other is looked at.
    pub async fn check_disk(&self, store: &Store) -> anyhow::Result<()> {
        let mut rendered = Vec::new();
        for placement in &self.application.placements {
            rendered.extend(self.tributary.rendered(placement, store.name).await?);
        }
        ensure!(!rendered.is_empty(), "nothing is rendered for {}", store.name);
        let folder = self.fleet.manifests(store);
        let what = format!("{} holds what is rendered for it", folder.display());
        eventually(&what, Duration::from_secs(5), async || disk::holds_exactly(&folder, &rendered)).await
    }

    /// [`Stage::check_disk`] at all five stores.
    pub async fn check_disks(&self) -> anyhow::Result<()> {
        for store in inventory::STORES {
            self.check_disk(store).await?;
        }
        say::line("checked: each of the five folders holds exactly what `tributary render` says");
        Ok(())
    }
}
