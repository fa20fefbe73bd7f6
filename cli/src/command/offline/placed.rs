//! What placement has come to: which locations each placement has, and of what its releases are made.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use model::{API_GROUP, Digest, Location, PlacementKey, Problem, Release, ResourceKey};
use placement::Outcome;
use serde_json::Value;
use translation::Recipe;

/// What a placement has come to.
#[derive(Debug, Default)]
pub struct Decided {
    /// The chosen locations, each with its release.
    pub chosen: BTreeMap<String, Digest>,
    /// Objects that are selected but cannot travel, and the like.
    pub problems: Vec<Problem>,
}

/// All placements and locations.
#[derive(Debug, Default)]
pub struct Placed {
    locations: BTreeMap<String, Arc<Location>>,
    placements: BTreeMap<PlacementKey, Decided>,
    contents: BTreeMap<Digest, Arc<[u8]>>,
}

impl Placed {
    /// The same before anything is decided.
    pub fn undecided(&self) -> Self {
        let placements = self.placements.keys().map(|key| (key.clone(), Decided::default()));
        Self {
            locations: self.locations.clone(),
            placements: placements.collect(),
            contents: self.contents.clone(),
        }
    }

    pub fn locate(&mut self, location: Location) {
        self.locations.insert(location.metadata.name.clone(), Arc::new(location));
    }

    /// There is such a placement.
    pub fn expect(&mut self, placement: PlacementKey) {
        self.placements.insert(placement, Decided::default());
    }

    pub fn forget(&mut self, key: &ResourceKey) {
        match (key.group.as_str(), key.kind.as_str()) {
            (API_GROUP, "Location") => _ = self.locations.remove(&key.name),
            (API_GROUP, "Placement") => {
                let placement = PlacementKey { space: key.space.clone(), name: key.name.clone() };
                self.placements.remove(&placement);
            }
            _ => {}
        }
    }

    pub fn take(&mut self, outcome: Outcome) {
        self.contents.extend(outcome.contents);
        for row in outcome.decisions {
            let decided = self.placements.entry(row.placement).or_default();
            for group in row.decision.groups {
                decided.chosen.extend(group.locations.into_iter().map(|name| (name, group.release)));
            }
        }
        for row in outcome.rollouts {
            self.placements.entry(row.placement).or_default().problems = row.rollout.problems;
        }
    }

    /// All placements by space and name.
    pub fn placements(&self) -> impl Iterator<Item = (&PlacementKey, &Decided)> {
        self.placements.iter()
    }

    /// How many locations there are.
    pub fn location_count(&self) -> usize {
        self.locations.len()
    }

    /// What a placement has come to.
    pub fn decided(&self, placement: &PlacementKey) -> Result<&Decided> {
        self.placements.get(placement).with_context(|| {
            let known: Vec<_> = self.placements.keys().map(|key| key.name.as_str()).collect();
            format!("the files declare no placement {}; they declare [{}]", placement.name, known.join(", "))
        })
    }

    /// Whether a location was not declared anew between the two.
    pub fn is_same_location(&self, other: &Self, name: &str) -> bool {
        let both = self.locations.get(name).zip(other.locations.get(name));
        both.is_some_and(|(left, right)| Arc::ptr_eq(left, right))
    }

    /// A location that the files declare.
    pub fn location(&self, name: &str) -> Result<&Location> {
        let location = self.locations.get(name).map(|location| &**location);
        location.with_context(|| {
            let known: Vec<_> = self.locations.keys().take(20).map(String::as_str).collect();
            let more = if self.locations.len() > known.len() { ", …" } else { "" };
            format!("the files declare no location {name}; they declare [{}{more}]", known.join(", "))
        })
    }

    /// A release, compiled.
    pub fn recipe(&self, release: &Digest) -> Result<Recipe> {
        let bytes = self.contents.get(release).context("placement has named a release without giving it")?;
        let release: Release = wire::decode_release(bytes)?;
        let mut sources = BTreeMap::<Digest, Value>::new();
        for object in &release.objects {
            let bytes = self.contents.get(&object.source);
            let bytes = bytes.with_context(|| format!("the source of {} is missing", object.key))?;
            sources.insert(object.source, serde_json::from_slice(bytes)?);
        }
        Ok(Recipe::compile(&release, |digest| sources.get(digest)))
    }
}
