//! What is not as a case expects.

use std::collections::BTreeSet;

use anyhow::{Result, bail};
use model::{ObjectKey, PlacementKey};
use serde_json::Value;
use similar::TextDiff;
use translation::RenderedObject;

use super::case::{Case, Expected, Withheld};
use crate::command::{diff::covered, offline::World};
use crate::output;

/// Locations that a failure names.
const NAMED: usize = 10;

/// All failures of a case; an error where it cannot be looked at.
pub fn check(world: &World, space: &str, case: &Case) -> Result<Vec<String>> {
    let placement = PlacementKey { space: space.to_owned(), name: case.placement.clone() };
    let mut failures = decisions(world, &placement, case)?;
    match &case.location {
        Some(location) => failures.extend(rendered(&world.render(&placement, location)?, case)?),
        None if !case.renders.is_empty() || !case.withheld.is_empty() => {
            bail!("renders and withheld are of one location; name it in `location`");
        }
        None => {}
    }
    Ok(failures)
}

fn decisions(world: &World, placement: &PlacementKey, case: &Case) -> Result<Vec<String>> {
    let chosen: BTreeSet<&str> = world.placed.decided(placement)?.chosen.keys().map(String::as_str).collect();
    let mut failures = Vec::new();
    if let Some(count) = case.count.filter(|count| *count != chosen.len()) {
        failures.push(format!("{} locations are chosen, {count} are expected", chosen.len()));
    }
    let wanted: BTreeSet<&str> =
        case.chosen.iter().flatten().chain(&case.includes).map(String::as_str).collect();
    let surplus: BTreeSet<&str> = match &case.chosen {
        Some(_) => chosen.difference(&wanted).copied().collect(),
        None => case.excludes.iter().map(String::as_str).filter(|name| chosen.contains(name)).collect(),
    };
    // A name that is a slip would otherwise never be chosen, and rightly so.
    for name in wanted.iter().copied().chain(case.excludes.iter().map(String::as_str)) {
        world.placed.location(name)?;
    }
    let told = |names: Vec<&str>, what: &str| {
        let each = names.iter().take(NAMED).map(|name| format!("{name} {}", world.explain(placement, name)));
        let more = names.len().saturating_sub(NAMED);
        let rest = (more > 0).then(|| format!("and {more} more"));
        each.chain(rest).map(|line| format!("{what}{line}")).collect::<Vec<_>>()
    };
    failures.extend(told(wanted.difference(&chosen).copied().collect(), "- expected, but "));
    failures.extend(told(surplus.into_iter().collect(), "+ not expected, but "));
    Ok(failures)
}

fn rendered(objects: &[RenderedObject], case: &Case) -> Result<Vec<String>> {
    let mut failures = Vec::new();
    for expected in &case.renders {
        failures.extend(object(objects, expected)?);
    }
    for object in objects {
        let Err(reason) = &object.outcome else { continue };
        let is_it = |it: &&Withheld| {
            is_named(&object.key, (&it.kind, &it.namespace, &it.name)) && reason.contains(&it.because)
        };
        if !case.withheld.iter().any(|it| is_it(&it)) {
            failures.push(format!("+ not expected, but withheld: {reason}"));
        }
    }
    for it in &case.withheld {
        let found = find(objects, (&it.kind, &it.namespace, &it.name));
        if found.is_none_or(|object| object.outcome.is_ok()) {
            failures.push(format!("- expected, but not withheld: {} {}", it.kind, it.name));
        }
    }
    Ok(failures)
}

/// Kind, namespace and name, as a case says them.
type Named<'a> = (&'a str, &'a str, &'a str);

fn is_named(key: &ObjectKey, (kind, namespace, name): Named<'_>) -> bool {
    // `default` need not be said, as everywhere.
    let here = key.namespace == namespace || (namespace.is_empty() && key.namespace == "default");
    key.kind == kind && key.name == name && here
}

fn find<'o>(objects: &'o [RenderedObject], named: Named<'_>) -> Option<&'o RenderedObject> {
    objects.iter().find(|object| is_named(&object.key, named))
}

fn object(objects: &[RenderedObject], expected: &Expected) -> Result<Option<String>> {
    let named = (expected.kind.as_str(), expected.namespace.as_str(), expected.name.as_str());
    let title = format!("{} {}", expected.kind, expected.name);
    let found = find(objects, named);
    let Some(object) = found else {
        let failure = || format!("- expected, but not there: {title}{}", near(objects, expected));
        return Ok((!expected.absent).then(failure));
    };
    if expected.absent {
        return Ok(Some(format!("+ not expected, but there: {}", object.key)));
    }
    // Told among what is withheld.
    let Ok(manifest) = &object.outcome else { return Ok(None) };
    let manifest: Value = serde_json::from_slice(manifest)?;
    let wanted = [(&expected.equals, false), (&expected.contains, true)];
    for (wanted, in_part) in wanted.into_iter().filter_map(|(it, in_part)| Some((it.as_ref()?, in_part))) {
        let found = if in_part { covered::by(wanted, &manifest) } else { manifest.clone() };
        if found != *wanted {
            return Ok(Some(difference(&object.key, wanted, &found)?));
        }
    }
    Ok(None)
}

/// Of the same name in another namespace, or of another kind: what a slip may have meant.
fn near(objects: &[RenderedObject], expected: &Expected) -> String {
    let same = objects.iter().find(|object| object.key.name == expected.name);
    same.map(|object| format!("; there is {}", object.key)).unwrap_or_default()
}

fn difference(key: &ObjectKey, expected: &Value, found: &Value) -> Result<String> {
    let (expected, found) = (output::yaml(expected)?, output::yaml(found)?);
    let diff = TextDiff::from_lines(&expected, &found);
    Ok(diff.unified_diff().header(&format!("expected: {key}"), &format!("rendered: {key}")).to_string())
}
