//! Placement and translation without a server: the same functions, over resources from files.

mod placed;

use std::collections::BTreeMap;
use std::mem;

use anyhow::{Result, bail};
use model::{Location, PlacementKey, Resource, ResourceKey, Spec, parse::Document};
use placement::{Explanation, View};
use translation::{Made, Recipe, RenderedObject, translate};

use crate::{input::Files, kinds};

pub use self::placed::Placed;

/// More than any set of files needs; more rows than that would come in a second pass.
const ROWS: usize = 1_000_000;

/// What the services would make of resources.
#[derive(Debug)]
pub struct World {
    view: View,
    pub placed: Placed,
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
        let view = View::new(|release| wire::encode_release(release).to_vec());
        let mut world = Self { view, placed: Placed::default() };
        resources.into_iter().for_each(|resource| world.declare(resource));
        world.decide();
        world
    }

    /// Takes in resources that are others now, or gone, and decides again as if nothing had been decided before; what it
    /// was before. What has not changed is not read again.
    pub fn change(&mut self, changes: Vec<(ResourceKey, Option<Resource>)>) -> Placed {
        let undecided = self.placed.undecided();
        let before = mem::replace(&mut self.placed, undecided);
        // Nothing of what was decided is stored.
        (0..model::UNITS).for_each(|unit| self.view.rejected(unit));
        for (key, resource) in changes {
            match resource {
                Some(resource) => self.declare(resource),
                None => self.remove(&key),
            }
        }
        self.decide();
        before
    }

    fn declare(&mut self, mut resource: Resource) {
        // The hub gives uids; here a name is as unique.
        resource.metadata.uid.clone_from(&resource.metadata.name);
        let key = resource.key();
        match &mut resource.spec {
            Spec::Location(spec) => {
                self.placed.locate(Location { metadata: resource.metadata.clone(), spec: spec.clone() });
            }
            Spec::Placement(spec) => {
                // What it comes to when all waves have passed: here nobody reports anything.
                spec.rollout = None;
                self.placed.expect(PlacementKey { space: key.space.clone(), name: key.name.clone() });
            }
            _ => {}
        }
        self.view.set_resource(&key, Some(resource), None);
    }

    fn remove(&mut self, key: &ResourceKey) {
        self.placed.forget(key);
        self.view.set_resource(key, None, None);
    }

    fn decide(&mut self) {
        for unit in 0..model::UNITS {
            self.placed.take(self.view.place(unit, ROWS, 0));
        }
    }

    /// Why a placement has chosen a location, or why not.
    pub fn explain(&self, placement: &PlacementKey, location: &str) -> Explanation {
        self.view.explain(placement, location)
    }

    /// The objects of a placement at a location.
    pub fn render(&self, placement: &PlacementKey, location: &str) -> Result<Vec<RenderedObject>> {
        let here = self.placed.location(location)?;
        let Some(release) = self.placed.decided(placement)?.chosen.get(location) else {
            bail!("{} is not for {location}: {}", placement.name, self.explain(placement, location));
        };
        Ok(translate(&self.placed.recipe(release)?, here))
    }
}
