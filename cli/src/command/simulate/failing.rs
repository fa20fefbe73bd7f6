//! Which objects could not be rendered where: rendered once for all locations that agree in what is read of them.

use std::collections::BTreeMap;

use anyhow::Result;
use model::{Digest, ObjectKey};
use serde_json::{Value, json};
use translation::{Recipe, RenderedObject};

use crate::command::{
    offline::{Placed, Rendered},
    state,
};

/// Locations that are named.
const EXAMPLES: usize = 3;

/// Objects of a placement; of several releases, those of the one with the most.
#[derive(Clone, Copy, Debug, Default)]
pub struct Parts {
    pub objects: u64,
    /// Of these, how many depend on the location.
    pub own: u64,
}

/// An object that is withheld, in the same words at however many locations.
#[derive(Clone, Debug)]
pub struct Failing {
    pub object: ObjectKey,
    pub reason: String,
    pub locations: u64,
    examples: Vec<String>,
}

impl Failing {
    /// `store-1`, or `40000: store-1, store-2, store-3`.
    pub fn place(&self) -> String {
        state::place(self.locations, &self.examples)
    }

    pub fn document(&self) -> Value {
        json!({"object": self.object.to_string(), "reason": self.reason, "locations": self.locations,
               "examples": self.examples})
    }
}

/// What fails at these locations, the most frequent first.
pub fn at(placed: &Placed, chosen: &[(&String, &Digest)]) -> Result<(Parts, Vec<Failing>)> {
    let mut releases = BTreeMap::<&Digest, Vec<&String>>::new();
    chosen.iter().for_each(|(name, release)| releases.entry(release).or_default().push(name));
    let (mut parts, mut all) = (Parts::default(), Vec::new());
    for (release, names) in releases {
        let recipe = placed.recipe(release)?;
        let failures = Failures::of(placed, &recipe, &names)?;
        if failures.parts.objects >= parts.objects {
            parts = failures.parts;
        }
        all.extend(failures.found.into_values());
    }
    all.sort_by(|left, right| {
        right.locations.cmp(&left.locations).then_with(|| left.object.cmp(&right.object))
    });
    Ok((parts, all))
}

/// Of one release.
#[derive(Default)]
struct Failures {
    parts: Parts,
    found: BTreeMap<(ObjectKey, String), Failing>,
}

impl Failures {
    fn of(placed: &Placed, recipe: &Recipe, names: &[&String]) -> Result<Self> {
        let mut failures = Self::default();
        let shared: Vec<_> = recipe.shared().collect();
        let own = recipe.own_sources().count() as u64;
        failures.parts = Parts { objects: shared.len() as u64 + own, own };
        let mut known = Rendered::default();
        for name in names {
            shared.iter().filter_map(withheld).for_each(|what| failures.add(what, name));
            if own == 0 {
                continue;
            }
            let objects = known.own(recipe, placed.location(name)?);
            objects.iter().filter_map(withheld).for_each(|what| failures.add(what, name));
        }
        Ok(failures)
    }

    fn add(&mut self, (object, reason): (ObjectKey, String), location: &str) {
        let failing = self.found.entry((object.clone(), reason.clone())).or_insert_with(|| Failing {
            object,
            reason,
            locations: 0,
            examples: Vec::new(),
        });
        failing.locations += 1;
        if failing.examples.len() < EXAMPLES {
            failing.examples.push(location.to_owned());
        }
    }
}

fn withheld(object: &RenderedObject) -> Option<(ObjectKey, String)> {
    Some((object.key.clone(), object.outcome.as_ref().err()?.to_string()))
}
