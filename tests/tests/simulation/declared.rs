//! What users declare, changed at random, and what follows from it by the plainest possible reading.

use std::collections::BTreeMap;

use bus::{Key, Stream, Write};
use model::{
    Clause, LabelSelector, Location, LocationSpec, Metadata, Object, ObjectKey, Operation, Placement,
    PlacementKey, PlacementSpec, RegionSpec, Resource, ResourceKey, RolloutControlSpec, Spec, TransformSpec,
    Where,
};
use rand::Rng;
use rand::seq::IndexedRandom;
use serde_json::json;

use crate::rollouts;
use crate::tables::Tables;

const SPACE: &str = "default";
/// (region, parent); the hub is "".
pub const REGIONS: [(&str, &str); 3] = [("eu", ""), ("eu-west", "eu"), ("us", "")];
const LOCATIONS: u32 = 8;
const OBJECTS: u32 = 6;
const PLACEMENTS: u32 = 3;

/// The newest version of everything that is declared.
#[derive(Default)]
pub struct Declared {
    pub resources: BTreeMap<ResourceKey, Resource>,
    clock: u64,
}

impl Declared {
    /// Regions and all locations, so that agents have somewhere to be.
    pub fn begin(tables: &mut Tables, rng: &mut impl Rng) -> Self {
        let mut declared = Self::default();
        for (name, parent) in REGIONS {
            declared.put(tables, hub_owned(name), Spec::Region(RegionSpec { parent: parent.to_owned() }));
        }
        (0..LOCATIONS).for_each(|n| declared.change_location(tables, rng, n));
        declared
    }

    /// One change by a user.
    pub fn change(&mut self, tables: &mut Tables, rng: &mut impl Rng) {
        match rng.random_range(0..12) {
            0..4 => self.change_object(tables, rng),
            4..6 => self.change_location_of_any(tables, rng),
            6 => self.delete(tables, rng, |spec| matches!(spec, Spec::Workload(_))),
            7 => self.delete(tables, rng, |spec| matches!(spec, Spec::Placement(_))),
            8 => self.change_transform(tables, rng),
            9 => self.change_placement(tables, rng),
            _ => self.speak(tables, rng),
        }
    }

    /// Somebody says something to a rollout.
    fn speak(&mut self, tables: &mut Tables, rng: &mut impl Rng) {
        let keys: Vec<PlacementKey> = self.placements().map(|(key, _)| key).collect();
        let Some(key) = keys.choose(rng) else { return };
        self.say(tables, key, |said, progress| rollouts::speak(said, progress, rng));
    }

    fn say(
        &mut self,
        tables: &mut Tables,
        placement: &PlacementKey,
        change: impl FnOnce(&mut RolloutControlSpec, &model::RolloutProgress),
    ) {
        let Some(rollout) = rollouts::stored(tables, placement) else { return };
        let before = self.resources.values().find_map(|resource| match &resource.spec {
            Spec::RolloutControl(said) if resource.metadata.name == placement.name => Some(said),
            _ => None,
        });
        let (Some(mut said), Some(progress)) = (rollouts::about(&rollout, before), &rollout.progress) else {
            return;
        };
        change(&mut said, progress);
        self.put(tables, in_space(&placement.name), Spec::RolloutControl(said));
    }

    /// People let all rollouts go on that wait for them; whether there were any.
    pub fn agree(&mut self, tables: &mut Tables) -> bool {
        let waits = |key: &PlacementKey| {
            let progress = rollouts::stored(tables, key).and_then(|rollout| rollout.progress);
            progress.is_some_and(|progress| rollouts::waits_for_people(&progress))
        };
        let waiting: Vec<_> = self.placements().filter(|(key, _)| waits(key)).collect();
        for (key, mut placement) in waiting.clone() {
            let waves = placement.spec.rollout.iter_mut().flat_map(|rollout| &mut rollout.waves);
            waves.for_each(|wave| wave.gates.clear());
            self.put(tables, in_space(&key.name), Spec::Placement(placement.spec));
            self.say(tables, &key, rollouts::approve);
        }
        !waiting.is_empty()
    }

    fn put(&mut self, tables: &mut Tables, metadata: Metadata, spec: Spec) {
        self.clock += 1;
        let mut resource = Resource { metadata, spec };
        let key = resource.key();
        let old = self.resources.get(&key).map(|old| old.metadata.clone()).unwrap_or_default();
        let metadata = &mut resource.metadata;
        metadata.generation = old.generation + 1;
        metadata.uid = if old.uid.is_empty() { format!("uid-{}", self.clock) } else { old.uid };
        metadata.create_time = if old.create_time == 0 { self.wall() } else { old.create_time };
        let write = Write::new(row_key(&key), wire::encode_row(&resource).bytes);
        tables.commit(&[write], None).expect("users write without conditions here");
        self.resources.insert(key, resource);
    }

    /// Two gateways take turns, and the clock of one is a day behind.
    fn wall(&self) -> u64 {
        if self.clock.is_multiple_of(2) { self.clock + 24 * 3600 * 1000 } else { self.clock }
    }

    fn delete(&mut self, tables: &mut Tables, rng: &mut impl Rng, chosen: impl Fn(&Spec) -> bool) {
        let keys: Vec<_> =
            self.resources.iter().filter(|(_, r)| chosen(&r.spec)).map(|(key, _)| key.clone()).collect();
        let Some(key) = keys.choose(rng) else { return };
        tables
            .commit(&[Write::new(row_key(key), Vec::new())], None)
            .expect("users write without conditions here");
        self.resources.remove(key);
    }

    fn change_location_of_any(&mut self, tables: &mut Tables, rng: &mut impl Rng) {
        let n = rng.random_range(0..LOCATIONS);
        self.change_location(tables, rng, n);
    }

    /// Other labels and properties, and now and then another region.
    fn change_location(&mut self, tables: &mut Tables, rng: &mut impl Rng, n: u32) {
        let name = format!("store-{n}");
        let tier = *["edge", "lab"].choose(rng).expect("not empty");
        let mut metadata = hub_owned(&name);
        metadata.labels.insert("tier".to_owned(), tier.to_owned());
        let mut properties = BTreeMap::new();
        if rng.random_bool(0.8) {
            properties.insert("x".to_owned(), rng.random_range(0..3).to_string());
        }
        let before = self.locations().find(|location| location.metadata.name == name).map(|l| l.spec.region);
        let anywhere = REGIONS.choose(rng).expect("not empty").0.to_owned();
        let region = before.filter(|_| rng.random_bool(0.7)).unwrap_or(anywhere);
        self.put(
            tables,
            metadata,
            Spec::Location(LocationSpec { region, properties, ..LocationSpec::default() }),
        );
    }

    fn change_object(&mut self, tables: &mut Tables, rng: &mut impl Rng) {
        let name = format!("settings-{}", rng.random_range(0..OBJECTS));
        let expand = if rng.random_bool(0.4) { "true" } else { "false" };
        let manifest = json!({
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {"name": name, "namespace": "shop", "annotations": {"tributary.dev/expand": expand}},
            "data": {"version": rng.random_range(0..5).to_string(), "own": "${location.properties.x}"},
        });
        let key = ObjectKey {
            group: String::new(),
            kind: "ConfigMap".into(),
            namespace: "shop".into(),
            name: name.clone(),
        };
        self.put(tables, in_space(&name), Spec::Workload(Object { key, version: "v1".into(), manifest }));
    }

    fn change_transform(&mut self, tables: &mut Tables, rng: &mut impl Rng) {
        let value = json!(format!("set-{}", rng.random_range(0..3)));
        let operations = vec![Operation::Set { path: "$.data.transformed".to_owned(), value }];
        self.put(
            tables,
            in_space("touch"),
            Spec::Transform(TransformSpec { operations, ..TransformSpec::default() }),
        );
    }

    /// Some of the objects to some of the locations, now and then with the transform, so that placements collide.
    fn change_placement(&mut self, tables: &mut Tables, rng: &mut impl Rng) {
        let name = format!("place-{}", rng.random_range(0..PLACEMENTS));
        let all = (0..OBJECTS).map(|n| format!("settings-{n}"));
        let object_names: Vec<String> =
            all.filter(|_| rng.random_bool(0.5)).chain(["none".to_owned()]).collect();
        let tier = *["edge", "lab"].choose(rng).expect("not empty");
        let match_labels = BTreeMap::from([("tier".to_owned(), tier.to_owned())]);
        let regions =
            REGIONS.iter().map(|(name, _)| (*name).to_owned()).filter(|_| rng.random_bool(0.3)).collect();
        let transforms = self.transform().filter(|_| rng.random_bool(0.4)).into_iter().collect();
        let rollout = rng.random_bool(0.5).then(|| rollouts::spec(rng));
        let spec = PlacementSpec {
            what: vec![Clause { object_names, ..Clause::default() }],
            where_: Where {
                location_selectors: vec![LabelSelector { match_labels, ..LabelSelector::default() }],
                regions,
                ..Where::default()
            },
            priority: rng.random_range(0..2),
            transforms,
            rollout,
            ..PlacementSpec::default()
        };
        self.put(tables, in_space(&name), Spec::Placement(spec));
    }

    fn transform(&self) -> Option<String> {
        self.resources
            .values()
            .find(|r| matches!(r.spec, Spec::Transform(_)))
            .map(|r| r.metadata.name.clone())
    }

    pub fn locations(&self) -> impl Iterator<Item = Location> {
        self.resources.values().filter_map(|resource| match &resource.spec {
            Spec::Location(spec) => {
                Some(Location { metadata: resource.metadata.clone(), spec: spec.clone() })
            }
            _ => None,
        })
    }

    pub fn placements(&self) -> impl Iterator<Item = (PlacementKey, Placement)> {
        self.resources.values().filter_map(|resource| match &resource.spec {
            Spec::Placement(spec) => {
                let key = PlacementKey { space: SPACE.to_owned(), name: resource.metadata.name.clone() };
                Some((key, Placement { metadata: resource.metadata.clone(), spec: spec.clone() }))
            }
            _ => None,
        })
    }

    /// The objects that a placement takes.
    pub fn taken<'a>(&'a self, placement: &'a Placement) -> impl Iterator<Item = &'a Object> {
        self.resources.values().filter_map(move |resource| match &resource.spec {
            Spec::Workload(object)
                if placement.spec.what.iter().any(|clause| clause.matches(object, None)) =>
            {
                Some(object)
            }
            _ => None,
        })
    }

    /// Whether a placement goes to a location.
    pub fn goes_to(placement: &Placement, location: &Location) -> bool {
        let where_ = &placement.spec.where_;
        where_.location_selectors.iter().any(|selector| selector.matches(&location.metadata.labels))
            && (where_.regions.is_empty()
                || where_.regions.iter().any(|region| is_below(&location.spec.region, region)))
    }

    /// The transforms that a placement lists, as they are now.
    pub fn transforms(&self, placement: &Placement) -> Vec<model::NamedTransform> {
        let named = |name: &String| {
            self.resources.values().find_map(|resource| match &resource.spec {
                Spec::Transform(spec) if resource.metadata.name == *name => {
                    Some(model::NamedTransform { name: name.clone(), spec: spec.clone() })
                }
                _ => None,
            })
        };
        placement.spec.transforms.iter().filter_map(named).collect()
    }
}

/// Whether `region` is `above` or below it.
pub fn is_below(region: &str, above: &str) -> bool {
    region == above
        || REGIONS
            .iter()
            .any(|(name, parent)| *name == region && is_below(parent, above) && !parent.is_empty())
}

fn row_key(key: &ResourceKey) -> Key {
    match key.kind.as_str() {
        "Region" => Key::Region(key.name.clone()),
        "Location" => Key::Location(key.name.clone()),
        _ => Key::Intent(key.clone()),
    }
}

fn hub_owned(name: &str) -> Metadata {
    Metadata { name: name.to_owned(), ..Metadata::default() }
}

fn in_space(name: &str) -> Metadata {
    Metadata { name: name.to_owned(), space: SPACE.to_owned(), ..Metadata::default() }
}

/// The streams that `admin init` creates, with the first epoch.
pub fn init(tables: &mut Tables) {
    for stream in [
        Stream::Intent,
        Stream::Locations,
        Stream::Release,
        Stream::Decision,
        Stream::Blob,
        Stream::Partial,
        Stream::Summary,
    ] {
        tables.ensure(&stream);
    }
    let epoch = wire::Epoch { epoch: 1, ..wire::Epoch::default() };
    tables
        .commit(&[Write::new(Key::Epoch, wire::encode_epoch(&epoch))], None)
        .expect("the stream was created above");
}
