//! How much is rendered and published for one change: what depends on it, and nothing else.

use model::{Clause, Digest, Location, NamedTransform, Operation};
use serde_json::{Value, json};

use crate::one::{World, world};
use crate::world::{config_map, decision, expanded, location, placement, transform};

/// Locations of the placement that changes. As many more are another placement's.
const LOCATIONS: usize = 40;
const TIERS: [&str; 3] = ["gold", "silver", "bronze"];
const ZONES: [&str; 2] = ["north", "south"];

/// Objects rendered for locations, and documents published.
type Work = (u64, usize);

struct Fleet {
    world: World,
    seq: u64,
    rollout: u64,
    /// Of the other placement.
    first: Work,
}

fn site(at: usize) -> Location {
    let mut site = location(&format!("l{at:03}"), "eu", Some(TIERS[at % TIERS.len()]));
    site.metadata.labels.insert("zone".into(), ZONES[at % ZONES.len()].into());
    site
}

/// One object that is the same everywhere, one for each tier, one for each zone.
fn objects(shared: &str, zone: &str) -> Vec<Value> {
    vec![
        config_map("shared", json!({"x": shared})),
        expanded("tier", json!({"tier": "${location.properties.tier}"})),
        expanded("zone", json!({"zone": format!("{zone} ${{location.labels.zone}}")})),
    ]
}

fn mark(object: &str, value: &str) -> NamedTransform {
    let operation = Operation::Set { path: "$.metadata.labels.mark".into(), value: json!(value) };
    let mut mark = transform(&format!("mark-{object}"), "", vec![operation]);
    mark.spec.match_ = Some(Clause { object_names: vec![object.to_owned()], ..Clause::default() });
    mark
}

impl Fleet {
    fn new() -> Self {
        let mut fleet = Self { world: world().ready(), seq: 0, rollout: 0, first: (0, 0) };
        (0..2 * LOCATIONS).for_each(|at| fleet.locate(site(at)));
        let other = fleet.world.contents.add(objects("other", "other"), vec![]);
        fleet.decide("q", other, LOCATIONS..2 * LOCATIONS);
        fleet.first = fleet.work();
        fleet
    }

    fn locate(&mut self, location: Location) {
        self.seq += 1;
        let name = location.metadata.name.clone();
        self.world.view.set_location(&name, Some(location), self.seq, None);
    }

    fn decide(&mut self, name: &str, release: Digest, locations: std::ops::Range<usize>) {
        self.rollout += 1;
        self.world.seq += 1;
        let names: Vec<String> = locations.map(|at| format!("l{at:03}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let row = decision(name, &[(release, self.rollout, &names)]);
        self.world.view.set_decision(("eu", 0, &placement(name)), Some(&row), self.world.seq, None);
        self.world.complete(99);
        self.world.deliver();
    }

    fn release(&mut self, manifests: Vec<Value>, transforms: Vec<NamedTransform>) -> Work {
        let release = self.world.contents.add(manifests, transforms);
        self.decide("p", release, 0..LOCATIONS);
        self.work()
    }

    fn change(&mut self, at: usize, change: impl FnOnce(&mut Location)) -> Work {
        let mut site = site(at);
        change(&mut site);
        self.locate(site);
        self.work()
    }

    fn work(&mut self) -> Work {
        let before = self.world.view.counts().rendered;
        let mut documents = 0;
        loop {
            let written = self.world.commit("eu").len();
            documents += written;
            if written == 0 {
                return (self.world.view.counts().rendered - before, documents);
            }
        }
    }
}

fn label(key: &'static str, value: &'static str) -> impl FnOnce(&mut Location) {
    move |site| drop(site.metadata.labels.insert(key.into(), value.into()))
}

fn property(key: &'static str, value: &'static str) -> impl FnOnce(&mut Location) {
    move |site| drop(site.spec.properties.insert(key.into(), value.into()))
}

#[test]
fn what_differs_by_a_value_is_rendered_once_for_each_value_whichever_placement_takes_it() {
    let mut fleet = Fleet::new();
    assert_eq!(fleet.first, ((TIERS.len() + ZONES.len()) as u64, 2 * LOCATIONS));
    assert_eq!(fleet.release(objects("a", "in"), vec![]), (ZONES.len() as u64, LOCATIONS));
}

#[test]
fn a_label_or_property_costs_one_object_of_one_document_if_it_is_read_and_nothing_if_it_is_not() {
    let mut fleet = Fleet::new();
    fleet.release(objects("a", "in"), vec![]);
    assert_eq!(fleet.change(0, label("floor", "2")), (0, 0), "nothing reads it");
    assert_eq!(fleet.change(0, property("floor", "2")), (0, 0), "nothing reads it");
    assert_eq!(fleet.change(0, label("zone", "west")), (1, 1), "the object that reads it");
    assert_eq!(fleet.change(2, property("tier", "iron")), (1, 1), "the object that reads it");
    assert_eq!(fleet.change(4, property("tier", "iron")), (0, 1), "it was rendered for another location");
}

#[test]
fn a_transform_costs_the_objects_that_it_is_for() {
    let mut fleet = Fleet::new();
    fleet.release(objects("a", "in"), vec![mark("tier", "1"), mark("shared", "1")]);
    let changed = fleet.release(objects("a", "in"), vec![mark("tier", "2"), mark("shared", "1")]);
    assert_eq!(changed, (TIERS.len() as u64, LOCATIONS));
    let changed = fleet.release(objects("a", "in"), vec![mark("tier", "2"), mark("shared", "2")]);
    assert_eq!(changed, (0, LOCATIONS), "what is shared is rendered with its release");
}

#[test]
fn a_workload_object_costs_itself_and_the_documents_of_the_placements_that_take_it() {
    let mut fleet = Fleet::new();
    fleet.release(objects("a", "in"), vec![]);
    assert_eq!(fleet.release(objects("a", "inside"), vec![]), (ZONES.len() as u64, LOCATIONS));
    assert_eq!(fleet.release(objects("b", "inside"), vec![]), (0, LOCATIONS));
}

#[test]
fn a_failure_is_rendered_once_for_all_locations_that_it_is_the_same_for() {
    let mut fleet = Fleet::new();
    let broken = expanded("broken", json!({"n": "${int(location.properties.tier)}"}));
    assert_eq!(fleet.release(vec![broken], vec![]), (TIERS.len() as u64, LOCATIONS));
}
