//! What must hold: at every step, and when all is quiet.

use std::collections::BTreeMap;

use bus::{Key, Stream};
use model::{Digest, Location, ObjectKey, Order, Placement, PlacementKey, Release, ReleaseObject, Summary};
use serde_json::Value;
use translation::Outcome;

use crate::declared::{self, Declared};
use crate::world::World;

/// What is remembered from step to step.
#[derive(Default)]
pub struct Watch {
    orders: BTreeMap<String, Order>,
    /// While users do nothing, nothing may change at any location, whatever fails.
    frozen: Option<BTreeMap<String, BTreeMap<ObjectKey, Digest>>>,
}

impl Watch {
    pub fn freeze(&mut self, world: &World) {
        self.frozen = Some(objects(world));
    }

    pub fn thaw(&mut self) {
        self.frozen = None;
    }

    /// The invariants of every step.
    pub fn step(&mut self, world: &World) {
        for agent in &world.agents {
            let before = self.orders.insert(agent.location.clone(), agent.order()).unwrap_or_default();
            assert!(
                agent.order() >= before,
                "{} went back from {before:?} to {:?}",
                agent.location,
                agent.order()
            );
        }
        if let Some(frozen) = &self.frozen {
            assert_eq!(&objects(world), frozen, "nobody changed anything, yet objects changed");
        }
        for summary in summaries(world).values() {
            adds_up(summary);
            assert!(
                summary.total.expected <= world.agents.len() as u64,
                "a location is counted twice: {summary:?}"
            );
        }
    }
}

fn objects(world: &World) -> BTreeMap<String, BTreeMap<ObjectKey, Digest>> {
    world.agents.iter().map(|agent| (agent.location.clone(), agent.objects.clone())).collect()
}

fn adds_up(summary: &Summary) {
    let c = summary.total;
    let parts = c.healthy + c.progressing + c.degraded + c.failed + c.stale + c.missing;
    assert_eq!(parts, c.expected, "counts do not add up: {summary:?}");
    assert!(
        c.offline <= c.stale + c.missing && c.updated <= c.reported && c.healthy <= c.updated,
        "{summary:?}"
    );
}

fn summaries(world: &World) -> BTreeMap<PlacementKey, Summary> {
    let decode = |row: &bus::Row| {
        let Key::Summary(placement) = &row.key else { return None };
        let summary = wire::decode_summary(row.value.as_ref()?).expect("only summarization writes it").0;
        Some((placement.clone(), summary))
    };
    world.tables.rows(&Stream::Summary).filter_map(decode).collect()
}

/// What must hold once all is quiet: each location runs what is declared, and each summary is true.
pub fn settled(world: &World) {
    let summaries = summaries(world);
    let mut counts: BTreeMap<PlacementKey, (u64, u64)> = BTreeMap::new();
    for location in world.declared.locations() {
        let wanted = Wanted::at(&world.declared, &location);
        let agent =
            world.agents.iter().find(|agent| agent.location == location.metadata.name).expect("one for each");
        assert_eq!(
            agent.region, location.spec.region,
            "{} listens in a region that it left",
            location.metadata.name
        );
        wanted.check(&location.metadata.name, &agent.objects);
        for (placement, healthy) in wanted.placements {
            let (expected, well) = counts.entry(placement).or_default();
            *expected += 1;
            *well += u64::from(healthy);
        }
    }
    for (placement, _) in world.declared.placements() {
        let (expected, healthy) = counts.get(&placement).copied().unwrap_or_default();
        let summary = summaries.get(&placement).unwrap_or_else(|| panic!("{placement} has no summary"));
        let found = (summary.total.expected, summary.total.healthy, summary.total.failed);
        assert_eq!(found, (expected, healthy, expected - healthy), "{placement}: {summary:?}");
        assert_eq!((&summary.behind, summary.partial.withdrawing), (&vec![], 0), "{placement}: {summary:?}");
    }
}

/// What must hold once all is quiet and nobody summarizes one of the regions: every location is counted once, and those of
/// that region, and of the regions below whose counts pass it, for nothing good.
pub fn abandoned(world: &World) {
    let dead = world.abandoned.expect("a region was abandoned");
    for (key, placement) in world.declared.placements() {
        let here: Vec<_> = world.declared.locations().filter(|l| Declared::goes_to(&placement, l)).collect();
        let summaries = summaries(world);
        let summary = summaries.get(&key).unwrap_or_else(|| panic!("{key} has no summary"));
        let total = summary.total;
        assert_eq!(total.expected, here.len() as u64, "{key} without {dead}: {summary:?}");
        let unheard = here.iter().filter(|l| declared::is_below(&l.spec.region, dead)).count() as u64;
        assert!(total.stale + total.missing >= unheard, "{key} without {dead}: {summary:?}");
        assert!(
            total.healthy + total.failed <= total.expected - unheard,
            "{key} without {dead}: {summary:?}"
        );
        if unheard > 0 {
            assert!(!summary.behind.is_empty(), "{key} without {dead}: {summary:?}");
        }
        let others = total.expected - unheard;
        assert_eq!(total.healthy + total.failed, others, "{key} without {dead}: {summary:?}");
    }
}

/// What one location should run, by the plainest reading.
#[derive(Default)]
struct Wanted {
    /// The winner's rendering; `None`: it cannot be rendered, and whatever is there stays.
    objects: BTreeMap<ObjectKey, Option<Digest>>,
    /// Whether each placement gets all that it wants.
    placements: BTreeMap<PlacementKey, bool>,
}

impl Wanted {
    fn at(declared: &Declared, location: &Location) -> Self {
        let mut placements: Vec<_> =
            declared.placements().filter(|(_, p)| Declared::goes_to(p, location)).collect();
        placements.sort_by_key(|(key, p)| (-p.spec.priority, p.metadata.create_time, key.clone()));
        let mut wanted = Self::default();
        for (key, placement) in placements {
            let mut well = true;
            for (object, digest) in render(declared, &placement, location) {
                let winner = wanted.objects.entry(object).or_insert(digest);
                well &= digest.is_some() && *winner == digest;
            }
            wanted.placements.insert(key, well);
        }
        wanted
    }

    fn check(&self, location: &str, objects: &BTreeMap<ObjectKey, Digest>) {
        for (key, digest) in &self.objects {
            if let Some(digest) = digest {
                assert_eq!(objects.get(key), Some(digest), "{location}: {key} is not as declared");
            }
        }
        let unwanted = objects.keys().find(|key| !self.objects.contains_key(*key));
        assert_eq!(unwanted, None, "{location} runs what nobody declares");
    }
}

fn render(
    declared: &Declared,
    placement: &Placement,
    location: &Location,
) -> Vec<(ObjectKey, Option<Digest>)> {
    let mut sources: BTreeMap<Digest, Value> = BTreeMap::new();
    let mut release = Release { transforms: declared.transforms(placement), ..Release::default() };
    for object in declared.taken(placement) {
        let source = Digest::of(&object.to_bytes());
        sources.insert(source, object.manifest.clone());
        let (key, version) = (object.key.clone(), object.version.clone());
        release.objects.push(ReleaseObject { key, version, source, create_only: false });
    }
    let rendered = translation::render(&release, &sources, location);
    let digest = |outcome: &Outcome| outcome.as_ref().ok().map(|bytes| Digest::of(bytes));
    rendered.iter().map(|object| (object.key.clone(), digest(&object.outcome))).collect()
}
