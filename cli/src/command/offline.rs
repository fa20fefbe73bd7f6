//! Placement and translation without a server: the same functions, over resources from files.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, bail};
use model::{Digest, Location, PlacementKey, Release, Resource, Spec};
use placement::{Outcome, View};
use serde_json::Value;
use translation::RenderedObject;

/// More than any set of files needs; more rows than that would come in a second pass.
const ROWS: usize = 1_000_000;

/// The objects of `placement` at `location`, as the services would make them from `resources`.
pub fn render(
    resources: Vec<Resource>,
    placement: &PlacementKey,
    location: &str,
) -> Result<Vec<RenderedObject>> {
    let here = find(&resources, location)?;
    let mut view = View::new(|release| wire::encode_release(release).to_vec());
    for mut resource in resources {
        // The hub gives uids; here a name is as unique.
        resource.metadata.uid.clone_from(&resource.metadata.name);
        view.set_resource(&resource.key(), Some(resource), None);
    }
    let outcome = view.place(model::unit(placement), ROWS, 0);
    tell_problems(&outcome, placement);
    let Some(release) = chosen_release(&outcome, placement, location) else {
        bail!("{} is not for {location}: {}", placement.name, view.explain(placement, location));
    };
    let (release, sources) = contents(&outcome, &release)?;
    Ok(translation::render(&release, &sources, &here))
}

fn find(resources: &[Resource], name: &str) -> Result<Location> {
    let location = |resource: &Resource| match &resource.spec {
        Spec::Location(spec) if resource.metadata.name == name => {
            Some(Location { metadata: resource.metadata.clone(), spec: spec.clone() })
        }
        _ => None,
    };
    resources.iter().find_map(location).with_context(|| {
        let known = resources.iter().filter(|resource| matches!(resource.spec, Spec::Location(_)));
        let known: Vec<_> = known.map(|resource| resource.metadata.name.as_str()).collect();
        format!("the files declare no location {name}; they declare [{}]", known.join(", "))
    })
}

fn tell_problems(outcome: &Outcome, placement: &PlacementKey) {
    let rollouts = outcome.rollouts.iter().filter(|row| row.placement == *placement);
    for problem in rollouts.flat_map(|row| &row.rollout.problems) {
        crate::output::note(format_args!(
            "warning: {} {}: {}",
            problem.object, problem.reason, problem.message
        ));
    }
}

fn chosen_release(outcome: &Outcome, placement: &PlacementKey, location: &str) -> Option<Digest> {
    let rows = outcome.decisions.iter().filter(|row| row.placement == *placement);
    let mut groups = rows.flat_map(|row| &row.decision.groups);
    groups.find(|group| group.locations.iter().any(|name| name == location)).map(|group| group.release)
}

/// The release and the manifests that it names.
fn contents(outcome: &Outcome, release: &Digest) -> Result<(Release, BTreeMap<Digest, Value>)> {
    let contents: BTreeMap<_, _> = outcome.contents.iter().map(|(digest, bytes)| (*digest, bytes)).collect();
    let bytes = contents.get(release).context("placement has named a release without giving it")?;
    let release = wire::decode_release(bytes)?;
    let mut sources = BTreeMap::new();
    for object in &release.objects {
        let bytes = contents
            .get(&object.source)
            .with_context(|| format!("the source of {} is missing", object.key))?;
        sources.insert(object.source, serde_json::from_slice(bytes)?);
    }
    Ok((release, sources))
}
