//! Which placements wait for which, as it would be after an apply: none may wait for itself.

use std::collections::{BTreeMap, BTreeSet};

use model::{PlacementSpec, Resource, ResourceKey, Spec};
use wire::{Key, api};

use crate::declared::{Declared, message};
use crate::error::Error;

pub(super) fn check(declared: &Declared, resources: &[(Key, Resource)]) -> Result<(), Error> {
    let placements = resources.iter().filter_map(|(key, resource)| match &resource.spec {
        Spec::Placement(spec) => Some((key, spec)),
        _ => None,
    });
    let applied: BTreeMap<&Key, &PlacementSpec> = placements.collect();
    for key in applied.keys() {
        let Key::Intent(ResourceKey { name, .. }) = key else { continue };
        if let Some(circle) = circle(declared, &applied, (key, name)) {
            return Err(Error::Invalid(format!(
                "Placement {name}: spec.dependsOn: it would wait for itself: {}; remove one of these",
                circle.join(" waits for ")
            )));
        }
    }
    Ok(())
}

/// The names on the way from a placement back to itself, both ends included.
fn circle(
    declared: &Declared,
    applied: &BTreeMap<&Key, &PlacementSpec>,
    (start, first): (&Key, &str),
) -> Option<Vec<String>> {
    let mut ways = vec![vec![first.to_owned()]];
    let mut seen = BTreeSet::new();
    while let Some(way) = ways.pop() {
        let key = sibling(start, way.last()?)?;
        for next in awaited(declared, applied, &key) {
            let longer = [&way[..], std::slice::from_ref(&next)].concat();
            if next == first {
                return Some(longer);
            }
            if seen.insert(next) {
                ways.push(longer);
            }
        }
    }
    None
}

/// The placement of this name in the same space.
fn sibling(key: &Key, name: &str) -> Option<Key> {
    let Key::Intent(key) = key else { return None };
    Some(Key::Intent(ResourceKey { name: name.to_owned(), ..key.clone() }))
}

/// What a placement waits for, by name.
fn awaited(declared: &Declared, applied: &BTreeMap<&Key, &PlacementSpec>, key: &Key) -> Vec<String> {
    if let Some(spec) = applied.get(key) {
        return spec.depends_on.iter().map(|dependency| dependency.placement.clone()).collect();
    }
    match declared.get(key).and_then(message).and_then(|message| message.spec) {
        Some(api::resource::Spec::Placement(spec)) => {
            spec.depends_on.into_iter().map(|dependency| dependency.placement).collect()
        }
        _ => Vec::new(),
    }
}
