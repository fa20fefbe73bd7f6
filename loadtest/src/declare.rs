//! What is declared: locations, and placements with objects whose content does not compress.

pub mod choice;
mod generations;
pub mod waves;

use std::collections::BTreeMap;

use model::{
    Clause, LabelSelector, LocationSpec, Metadata, Object, ObjectKey, Operation, PlacementKey, PlacementSpec,
    RegionSpec, Resource, RolloutSpec, Spec, TransformSpec, Where,
};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use wire::api;

use crate::args::{Run, Scenario};

pub use generations::Generations;

/// What locations are called before their number.
pub const PREFIX: &str = "store-";
/// How many locations a narrow placement has.
pub const NARROW: u32 = 100;
/// One in a hundred locations joins or leaves the narrow placement with each generation. This one is among those that have
/// an agent, unless half of them have none.
const MOVER: u32 = 50;

/// The name of a numbered location.
pub fn location_name(number: u32) -> String {
    format!("{PREFIX}{number}")
}

/// The number of a location.
pub fn location_number(name: &str) -> Option<u32> {
    name.strip_prefix(PREFIX)?.parse().ok()
}

/// The placement with this number.
pub fn placement_key(number: u32) -> PlacementKey {
    PlacementKey { space: model::DEFAULT_SPACE.to_owned(), name: format!("load-{number}") }
}

/// The placement of a hundred locations.
pub fn narrow_key() -> PlacementKey {
    PlacementKey { space: model::DEFAULT_SPACE.to_owned(), name: "narrow".to_owned() }
}

pub fn regions(run: &Run) -> Vec<api::Resource> {
    let region = |name: String| message("", name, BTreeMap::new(), Spec::Region(RegionSpec::default()));
    run.region_names().into_iter().map(region).collect()
}

/// Whether the narrow placement chooses a location. Its hundred are spread evenly, also over regions and over those
/// without an agent.
pub fn is_narrow(run: &Run, number: u32, generation: u64) -> bool {
    let step = (run.locations / NARROW).max(1);
    let group = number / step;
    let first = group < NARROW && number % step == group * 37 % step;
    first != (is_mover(number) && generation % 2 == 1)
}

/// Whether each generation moves it into the narrow placement or out of it.
pub fn is_mover(number: u32) -> bool {
    number % 100 == MOVER
}

/// A location as it is declared first: `generation` 0; another one changes a property, every tenth time a label that
/// nothing selects by, and at some locations one that the narrow placement selects by.
pub fn location(run: &Run, regions: &[String], number: u32, generation: u64) -> api::Resource {
    wire::resource_message(&located(run, regions, number, generation))
}

/// The same, as it is known everywhere else. What is chosen by is there only where it is chosen by it.
pub fn located(run: &Run, regions: &[String], number: u32, generation: u64) -> Resource {
    let narrow = is_narrow(run, number, generation);
    let labels = [
        ("fleet".to_owned(), "load".to_owned()),
        ("shelf".to_owned(), (generation / 10 % 7).to_string()),
        ("narrow".to_owned(), if narrow { "yes" } else { "no" }.to_owned()),
    ];
    let mut labels = BTreeMap::from(labels);
    let mut spec = LocationSpec {
        region: regions[number as usize % regions.len()].clone(),
        properties: [("city".to_owned(), format!("city-{}", u64::from(number % 97) + generation))].into(),
        ..LocationSpec::default()
    };
    if run.plays(Scenario::Placement) {
        choice::equip(number, &mut labels, &mut spec);
    }
    resource("", location_name(number), labels, Spec::Location(spec))
}

/// A placement of `objects` objects for the locations with a label, and its transform.
pub fn placement(run: &Run, key: &PlacementKey, label: (&str, &str)) -> Vec<api::Resource> {
    rolled_out(run, key, label, None)
}

/// The same, with its releases in waves.
fn rolled_out(
    run: &Run,
    key: &PlacementKey,
    label: (&str, &str),
    rollout: Option<RolloutSpec>,
) -> Vec<api::Resource> {
    let mut resources = Vec::new();
    let mut spec = PlacementSpec {
        what: vec![Clause { namespaces: vec![key.name.clone()], ..Clause::default() }],
        where_: Where { location_selectors: vec![selector(label)], ..Where::default() },
        rollout,
        ..PlacementSpec::default()
    };
    if run.per_location > 0 {
        let transform = format!("{}-own", key.name);
        spec.transforms = vec![transform.clone()];
        resources.push(message(&key.space, transform, BTreeMap::new(), Spec::Transform(own(run))));
    }
    resources.push(message(&key.space, key.name.clone(), BTreeMap::new(), Spec::Placement(spec)));
    resources.extend((0..run.objects).map(|number| object(run, key, number, 0)));
    resources
}

fn selector((name, value): (&str, &str)) -> LabelSelector {
    LabelSelector { match_labels: [(name.to_owned(), value.to_owned())].into(), ..LabelSelector::default() }
}

/// The first objects carry their location's name.
fn own(run: &Run) -> TransformSpec {
    let object_names = (0..run.per_location).map(object_name).collect();
    TransformSpec {
        match_: Some(Clause { object_names, ..Clause::default() }),
        when: String::new(),
        operations: vec![Operation::Set {
            path: "$.data.store".to_owned(),
            value: json!("${location.name}"),
        }],
    }
}

fn object_name(number: u32) -> String {
    format!("object-{number}")
}

/// A ConfigMap in its `version`.
pub fn object(run: &Run, key: &PlacementKey, number: u32, version: u64) -> api::Resource {
    let name = object_name(number);
    let seed = format!("{key} {number} {version}");
    let manifest = json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": key.name},
        "data": {"content": noise(&seed, run.object_bytes as usize)},
    });
    let object_key = ObjectKey {
        kind: "ConfigMap".to_owned(),
        namespace: key.name.clone(),
        name: name.clone(),
        ..ObjectKey::default()
    };
    let object = Object { key: object_key, version: "v1".to_owned(), manifest };
    message(&key.space, name, BTreeMap::new(), Spec::Workload(object))
}

/// Hexadecimal digits, which compress to half, as configuration does.
pub fn noise(seed: &str, length: usize) -> String {
    let block = |n: usize| Sha256::digest(format!("{seed} {n}"));
    let mut text: String =
        (0..length.div_ceil(64)).flat_map(block).map(|byte| format!("{byte:02x}")).collect();
    text.truncate(length);
    text
}

/// As it is sent to the hub.
pub fn message(space: &str, name: String, labels: BTreeMap<String, String>, spec: Spec) -> api::Resource {
    wire::resource_message(&resource(space, name, labels, spec))
}

fn resource(space: &str, name: String, labels: BTreeMap<String, String>, spec: Spec) -> Resource {
    let metadata = Metadata { name, space: space.to_owned(), labels, ..Metadata::default() };
    Resource { metadata, spec }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::args::{Action, Command};

    fn narrow(locations: u32, generation: u64) -> Vec<u32> {
        let locations = format!("--locations={locations}");
        let command = Command::try_parse_from(["loadtest", "run", &locations]).unwrap();
        let Action::Run(run) = command.action else { panic!("not a run") };
        (0..run.locations).filter(|number| is_narrow(&run, *number, generation)).collect()
    }

    #[test]
    fn a_narrow_placement_has_a_hundred_locations_of_however_many() {
        for locations in [100, 150, 199, 200, 1000, 1999, 12_345, 100_000] {
            assert_eq!(narrow(locations, 0).len(), 100, "{locations}");
        }
        assert_eq!(narrow(7, 0).len(), 7);
    }

    #[test]
    fn those_without_an_agent_are_a_share_of_the_narrow_placement_too() {
        let away = narrow(100_000, 0).into_iter().filter(|number| number % 100 < 10).count();
        assert_eq!(away, 10);
    }

    #[test]
    fn one_in_a_hundred_moves() {
        let (even, odd) = (narrow(10_000, 2), narrow(10_000, 1));
        assert_eq!(even, narrow(10_000, 0));
        let moved = (0..10_000).filter(|number| even.contains(number) != odd.contains(number));
        assert!(moved.eq((0..10_000).filter(|number| is_mover(*number))));
    }
}
