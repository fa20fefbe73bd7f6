//! What a placement is at a location: the answer for users, by the functions that the service uses.

use std::collections::BTreeMap;

use model::{Digest, Location, Release};
use serde_json::Value;

use crate::recipe::{Recipe, RenderedObject};

/// All objects of a compiled release at `location`, by key.
pub fn translate(recipe: &Recipe, location: &Location) -> Vec<RenderedObject> {
    let mut objects: Vec<_> = recipe.shared().chain(recipe.own(location)).collect();
    objects.sort_by(|left, right| left.key.cmp(&right.key));
    objects
}

/// All objects of `release` at `location`, by key; `sources` are the manifests that it names.
pub fn render(
    release: &Release,
    sources: &BTreeMap<Digest, Value>,
    location: &Location,
) -> Vec<RenderedObject> {
    translate(&Recipe::compile(release, |digest| sources.get(digest)), location)
}
