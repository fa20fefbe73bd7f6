//! The tree of regions and the locations in it, as they would be after an apply.

use std::collections::{BTreeMap, BTreeSet};

use model::{Resource, Spec};
use wire::{Key, api};

use crate::{
    declared::{Declared, message},
    error::Error,
};

/// More would not fit: one region's documents are one stream.
pub(crate) const MAX_LOCATIONS: u64 = 250_000;

pub(super) fn check(declared: &Declared, resources: &[(Key, Resource)]) -> Result<(), Error> {
    let mut parents = BTreeMap::new();
    let mut arrivals: BTreeMap<&str, i64> = BTreeMap::new();
    let concerned = resources.iter().any(|(_, r)| matches!(r.spec, Spec::Region(_) | Spec::Location(_)));
    if !concerned {
        return Ok(());
    }
    for (name, row) in declared.regions() {
        parents.insert(name.to_owned(), message(row).map(parent_of).unwrap_or_default());
    }
    for (_, resource) in resources {
        if let Spec::Region(spec) = &resource.spec {
            parents.insert(resource.metadata.name.clone(), spec.parent.clone());
        }
    }
    for (key, resource) in resources {
        match &resource.spec {
            Spec::Region(_) => check_region(&parents, &resource.metadata.name)?,
            Spec::Location(spec) => {
                check_home(&parents, &resource.metadata.name, &spec.region)?;
                *arrivals.entry(&spec.region).or_default() += arrival(declared, key, &spec.region);
            }
            _ => {}
        }
    }
    arrivals.into_iter().try_for_each(|(region, count)| check_size(declared, region, count))
}

fn parent_of(message: api::Resource) -> String {
    match message.spec {
        Some(api::resource::Spec::Region(spec)) => spec.parent,
        _ => String::new(),
    }
}

fn check_region(parents: &BTreeMap<String, String>, name: &str) -> Result<(), Error> {
    let mut seen = BTreeSet::new();
    let mut here = name;
    while !here.is_empty() {
        if !seen.insert(here) {
            return Err(Error::Invalid(format!(
                "Region {name}: spec.parent: {here} would be above itself; name another parent, or none to make it a child of the hub"
            )));
        }
        here = parents.get(here).ok_or_else(|| {
            Error::Invalid(format!(
                "Region {name}: spec.parent: there is no region {here}; apply it too, or leave the parent out"
            ))
        })?;
    }
    Ok(())
}

fn check_home(parents: &BTreeMap<String, String>, name: &str, region: &str) -> Result<(), Error> {
    if parents.contains_key(region) {
        return Ok(());
    }
    Err(Error::Invalid(format!(
        "Location {name}: spec.region: there is no region {region}; apply it first, or too"
    )))
}

/// 1 for a location that is not in the region yet.
fn arrival(declared: &Declared, key: &Key, region: &str) -> i64 {
    i64::from(declared.region(key) != Some(region))
}

fn check_size(declared: &Declared, region: &str, arrivals: i64) -> Result<(), Error> {
    let after = declared.population(region).saturating_add_signed(arrivals);
    if arrivals <= 0 || after <= MAX_LOCATIONS {
        return Ok(());
    }
    Err(Error::Invalid(format!(
        "Region {region}: it would have {after} locations; at most {MAX_LOCATIONS} are possible, make a second region"
    )))
}
