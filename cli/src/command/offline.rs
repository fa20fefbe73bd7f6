//! Placement and translation without a server: the same functions, over resources from files.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use model::{Digest, Location, PlacementKey, Problem, Release, Resource, Spec, parse::Document};
use placement::{Explanation, View};
use serde_json::Value;
use translation::{Made, Recipe, RenderedObject, translate};

use crate::{input::Files, kinds};

/// More than any set of files needs; more rows than that would come in a second pass.
const ROWS: usize = 1_000_000;

/// What the services would make of resources.
#[derive(Debug)]
pub struct World {
    view: View,
    locations: BTreeMap<String, Location>,
    placements: BTreeMap<PlacementKey, Decided>,
    contents: BTreeMap<Digest, Arc<[u8]>>,
}

/// What a placement has come to.
#[derive(Debug, Default)]
pub struct Decided {
    /// The chosen locations, each with its release.
    pub chosen: BTreeMap<String, Digest>,
    /// Objects that are selected but cannot travel, and the like.
    pub problems: Vec<Problem>,
}

/// The resources of files, refused as the hub would refuse them.
pub fn read(files: &Files, space: &str) -> Result<Vec<Resource>> {
    let documents = files.documents(space)?;
    let wrong = |it: &Document| {
        let (file, line, title) = (it.file.clone(), it.line, kinds::title(&it.resource.key()));
        let problems = translation::check_resource(&it.resource).into_iter();
        problems
            .chain(placement::check_resource(&it.resource))
            .map(move |(field, problem)| format!("{file}:{line}: {title}: {field}: {problem}"))
    };
    let wrong: Vec<String> = documents.iter().flat_map(wrong).collect();
    if !wrong.is_empty() {
        bail!("the hub would refuse this\n{}", wrong.join("\n"));
    }
    Ok(documents.into_iter().map(|document| document.resource).collect())
}

/// Objects that were rendered: each once for all locations that agree in what it reads.
#[derive(Debug, Default)]
pub struct Rendered(BTreeMap<Made, translation::Outcome>);

impl Rendered {
    /// The objects that depend on the location.
    pub fn own(&mut self, recipe: &Recipe, location: &Location) -> Vec<RenderedObject> {
        recipe.own_by(location, |made, render| match made {
            Some(made) => self.0.entry(made).or_insert_with(render).clone(),
            None => render(),
        })
    }
}

impl World {
    /// Decides on all placements.
    pub fn of(resources: Vec<Resource>) -> Self {
        let mut world = Self {
            view: View::new(|release| wire::encode_release(release).to_vec()),
            locations: BTreeMap::new(),
            placements: BTreeMap::new(),
            contents: BTreeMap::new(),
        };
        resources.into_iter().for_each(|resource| world.declare(resource));
        let units: BTreeSet<u32> = world.placements.keys().map(model::unit).collect();
        units.into_iter().for_each(|unit| world.decide(unit));
        world
    }

    fn declare(&mut self, mut resource: Resource) {
        // The hub gives uids; here a name is as unique.
        resource.metadata.uid.clone_from(&resource.metadata.name);
        let (key, name) = (resource.key(), resource.metadata.name.clone());
        match &mut resource.spec {
            Spec::Location(spec) => {
                let location = Location { metadata: resource.metadata.clone(), spec: spec.clone() };
                self.locations.insert(name, location);
            }
            Spec::Placement(spec) => {
                // What it comes to when all waves have passed: here nobody reports anything.
                spec.rollout = None;
                let placement = PlacementKey { space: key.space.clone(), name };
                self.placements.insert(placement, Decided::default());
            }
            _ => {}
        }
        self.view.set_resource(&key, Some(resource), None);
    }

    fn decide(&mut self, unit: u32) {
        let outcome = self.view.place(unit, ROWS, 0);
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

    /// All locations by name.
    pub fn locations(&self) -> &BTreeMap<String, Location> {
        &self.locations
    }

    /// What a placement has come to.
    pub fn decided(&self, placement: &PlacementKey) -> Result<&Decided> {
        self.placements.get(placement).with_context(|| {
            let known: Vec<_> = self.placements.keys().map(|key| key.name.as_str()).collect();
            format!("the files declare no placement {}; they declare [{}]", placement.name, known.join(", "))
        })
    }

    /// A location that the files declare.
    pub fn location(&self, name: &str) -> Result<&Location> {
        self.locations.get(name).with_context(|| {
            let known: Vec<_> = self.locations.keys().take(20).map(String::as_str).collect();
            let more = if self.locations.len() > known.len() { ", …" } else { "" };
            format!("the files declare no location {name}; they declare [{}{more}]", known.join(", "))
        })
    }

    /// Why a placement has chosen a location, or why not.
    pub fn explain(&self, placement: &PlacementKey, location: &str) -> Explanation {
        self.view.explain(placement, location)
    }

    /// The objects of a placement at a location.
    pub fn render(&self, placement: &PlacementKey, location: &str) -> Result<Vec<RenderedObject>> {
        let here = self.location(location)?;
        let Some(release) = self.decided(placement)?.chosen.get(location) else {
            bail!("{} is not for {location}: {}", placement.name, self.explain(placement, location));
        };
        Ok(translate(&self.recipe(release)?, here))
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
