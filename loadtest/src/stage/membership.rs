//! Who is where: which locations a placement chooses, and moving them in and out.

use model::PlacementKey;
use wire::api;

use super::Stage;
use crate::declare;
use crate::hub::Watermark;

impl Stage {
    /// The narrow placement, placed when it is asked for first.
    pub async fn narrow(&mut self) -> anyhow::Result<PlacementKey> {
        let key = declare::narrow_key();
        if !self.narrow {
            let watermark = self.hub.apply(declare::placement(&self.run, &key, ("narrow", "yes"))).await?;
            self.settled("first placed", &key, &watermark).await?;
            self.narrow = true;
        }
        Ok(key)
    }

    /// All placements that are there.
    pub fn placements(&self) -> Vec<PlacementKey> {
        let numbered = (0..self.run.placements).map(declare::placement_key);
        numbered.chain(self.narrow.then(declare::narrow_key)).collect()
    }

    /// The numbers of the locations that a placement chooses and that have an agent.
    pub fn members(&self, key: &PlacementKey) -> impl Iterator<Item = u32> {
        let narrow = *key == declare::narrow_key();
        let chosen = move |number: &u32| {
            !narrow || declare::is_narrow(&self.run, *number, self.generations.of(*number))
        };
        (0..self.run.locations).filter(|number| self.run.is_live(*number)).filter(chosen)
    }

    /// How many of them there are.
    pub fn live(&self, key: &PlacementKey) -> u64 {
        self.members(key).count() as u64
    }

    /// Waits until the summary of a placement is true for all that it chooses now.
    pub async fn settled(
        &mut self,
        what: &str,
        key: &PlacementKey,
        watermark: &Watermark,
    ) -> anyhow::Result<crate::clock::Moment> {
        let live = self.live(key);
        Ok(self.until_true(what, key, watermark, live).await?.0)
    }

    /// The next `count` locations, each in its next generation.
    pub fn next_generation(&mut self, count: usize) -> Vec<api::Resource> {
        let moved = self.generations.advance(count);
        self.declarations(moved)
    }

    /// All that have moved in or out, back where they were at first.
    pub fn homecoming(&mut self) -> Vec<api::Resource> {
        let moved = self.generations.home();
        self.declarations(moved)
    }

    /// How a location is declared now.
    pub fn declaration(&self, number: u32) -> api::Resource {
        declare::location(&self.run, &self.regions, number, self.generations.of(number))
    }

    fn declarations(&self, moved: Vec<(u32, u64)>) -> Vec<api::Resource> {
        moved.into_iter().map(|(number, _)| self.declaration(number)).collect()
    }
}
