//! Which placements wait for which, as it would be after an apply: none may wait for itself.

use std::collections::{BTreeMap, BTreeSet};

use model::{API_GROUP, PlacementSpec, Resource, ResourceKey, Spec};
use wire::{Key, api};

use crate::declared::{Declared, message};
use crate::error::Error;

pub(super) fn check(declared: &Declared, resources: &[(Key, Resource)]) -> Result<(), Error> {
    let placements = resources.iter().filter_map(|(key, resource)| match &resource.spec {
        Spec::Placement(spec) => Some((key, spec)),
        _ => None,
    });
    let applied: BTreeMap<&Key, &PlacementSpec> = placements.collect();
    for (key, resource) in resources {
        if let Some(circle) = circle(declared, &applied, key) {
            let name = &resource.metadata.name;
            return Err(Error::Invalid(format!(
                "Placement {name}: spec.dependsOn: it would wait for itself: {}; remove one of these",
                circle.join(" waits for ")
            )));
        }
    }
    Ok(())
}

/// The names on the way from a placement back to itself, both ends included.
fn circle(declared: &Declared, applied: &BTreeMap<&Key, &PlacementSpec>, start: &Key) -> Option<Vec<String>> {
    let first = name(start)?;
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

fn name(key: &Key) -> Option<&str> {
    match key {
        Key::Intent(key) if key.group == API_GROUP && key.kind == "Placement" => Some(&key.name),
        _ => None,
    }
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

#[cfg(test)]
mod tests {
    use model::{DEFAULT_SPACE, Dependency, DependencyPhase, Metadata};
    use prost::Message as _;

    use super::*;

    /// A placement that waits for others of its space.
    fn placement(space: &str, name: &str, others: &[&str]) -> (Key, Resource) {
        let after = |name: &&str| Dependency { placement: (*name).into(), phase: DependencyPhase::Healthy };
        let spec =
            PlacementSpec { depends_on: others.iter().map(after).collect(), ..PlacementSpec::default() };
        let metadata = Metadata { space: space.into(), name: name.into(), ..Metadata::default() };
        let resource = Resource { metadata, spec: Spec::Placement(spec) };
        (Key::Intent(resource.key()), resource)
    }

    fn here(name: &str, others: &[&str]) -> (Key, Resource) {
        placement(DEFAULT_SPACE, name, others)
    }

    fn declared(resources: &[(Key, Resource)]) -> Declared {
        let mut declared = Declared::default();
        for (seq, (key, resource)) in (1..).zip(resources) {
            let bytes = wire::resource_message(resource).encode_to_vec();
            declared.fold(key.clone(), Some(bytes.into()), seq);
        }
        declared
    }

    fn refused(before: &[(Key, Resource)], applied: &[(Key, Resource)]) -> Option<String> {
        check(&declared(before), applied).err().map(|error| error.to_string())
    }

    #[test]
    fn who_would_wait_for_itself_is_refused_over_however_many_steps() {
        let told = |circle: &str| {
            Some(format!(
                "Placement a: spec.dependsOn: it would wait for itself: {circle}; remove one of these"
            ))
        };
        assert_eq!(refused(&[], &[here("a", &["a"])]), told("a waits for a"));
        assert_eq!(
            refused(&[here("b", &["x", "c"]), here("c", &["a"])], &[here("a", &["b"])]),
            told("a waits for b waits for c waits for a")
        );
        assert_eq!(
            refused(&[], &[here("a", &["b"]), here("b", &["a"])]),
            told("a waits for b waits for a"),
            "both in one apply"
        );
    }

    #[test]
    fn who_waits_for_what_is_not_there_or_twice_for_the_same_is_let_in() {
        let diamond = [here("b", &["d"]), here("c", &["d"]), here("d", &[])];
        assert_eq!(refused(&diamond, &[here("a", &["b", "c", "nobody"])]), None);
        let elsewhere = placement("other", "b", &["a"]);
        assert_eq!(refused(&[elsewhere], &[here("a", &["b"])]), None, "of another space");
        let broken = [here("b", &["a"])];
        assert_eq!(refused(&broken, &[here("a", &["b"]), here("b", &[])]), None, "the same apply undoes it");
    }
}
