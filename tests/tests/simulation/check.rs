//! What must hold: at every step, and when all is quiet.

use std::collections::BTreeMap;

use bus::{Key, Store, Stream};
use model::{
    Digest, Location, ObjectKey, Order, Placement, PlacementKey, Release, ReleaseObject, RolloutCause,
    RolloutPhase, RolloutProgress, Summary, Waiting,
};
use serde_json::Value;
use translation::Outcome;

use crate::declared::{self, Declared};
use crate::rollouts;
use crate::tables::Tables;
use crate::waves::{self, Decided};
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

/// What must hold of every rollout once all is quiet: it has come to its end, or says what people have to do.
pub fn ended(world: &World) {
    for (key, placement) in
        world.declared.placements().filter(|(_, placement)| placement.spec.rollout.is_some())
    {
        let rollout = rollouts::stored(&world.tables, &key).unwrap_or_else(|| panic!("{key} has no state"));
        let progress = rollout.progress.as_ref().unwrap_or_else(|| panic!("{key} goes everywhere at once"));
        let is_well = match progress.phase() {
            RolloutPhase::Completed | RolloutPhase::RolledBack | RolloutPhase::Aborted => {
                progress.waiting.is_none()
            }
            RolloutPhase::Paused => progress.waiting == Some(Waiting::Resume),
            RolloutPhase::Progressing => rollouts::waits_for_people(progress),
        };
        assert!(is_well, "{key} waits for nobody: {rollout:#?}");
        assert!(rollout.history.iter().all(|step| step.time > 0 && !step.reason.is_empty()), "{rollout:#?}");
        has_reached(world, &key, &placement, rollout.release, progress);
    }
}

/// Everybody who is to has the release of a rollout that has reached its end, and nobody else has anything.
fn has_reached(
    world: &World,
    key: &PlacementKey,
    placement: &Placement,
    release: Digest,
    progress: &RolloutProgress,
) {
    let held = waves::held(&world.tables, key);
    let wanted: Vec<String> = world
        .declared
        .locations()
        .filter(|location| Declared::goes_to(placement, location))
        .map(|location| location.metadata.name)
        .collect();
    let surplus = held.keys().find(|name| !wanted.contains(name));
    assert_eq!(surplus, None, "{key} is not for it");
    // Who is moved and not well keeps its slot, also when its wave has passed without it: whoever comes late waits for that.
    let is_full = progress.waves.iter().any(|wave| wave.counts.healthy < wave.counts.moved);
    if matches!(progress.phase(), RolloutPhase::Completed | RolloutPhase::RolledBack) && !is_full {
        for name in &wanted {
            assert_eq!(held.get(name).map(|held| held.release), Some(release), "{key} at {name}: {held:#?}");
        }
    }
}

/// What must hold once all is quiet: each location runs what is declared, and each summary is true.
pub fn settled(world: &World) {
    ended(world);
    let summaries = summaries(world);
    let mut counts: BTreeMap<PlacementKey, (u64, u64)> = BTreeMap::new();
    for location in world.declared.locations() {
        let wanted = Wanted::at(world, &location);
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
        let held = placement.spec.rollout.as_ref().map(|_| waves::held(&world.tables, &key));
        let is_here = |location: &Location| match &held {
            Some(held) => held.contains_key(&location.metadata.name),
            None => Declared::goes_to(&placement, location),
        };
        let here: Vec<_> = world.declared.locations().filter(is_here).collect();
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
    fn at(world: &World, location: &Location) -> Self {
        let declared = &world.declared;
        let mut placements: Vec<_> = declared
            .placements()
            .filter(|(_, p)| Declared::goes_to(p, location))
            .filter_map(|(key, placement)| {
                let told = Told::at(world, &key, &placement, location)?;
                Some((-told.release.priority, placement.metadata.create_time, key, told))
            })
            .collect();
        placements.sort_by_key(|(priority, age, key, _)| (*priority, *age, key.clone()));
        let mut wanted = Self::default();
        for (.., key, told) in placements {
            let mut well = true;
            for (object, digest) in told.rendered(location) {
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

/// What a placement gives a location, with the manifests by digest.
struct Told {
    release: Release,
    sources: BTreeMap<Digest, Value>,
}

impl Told {
    /// In waves it is what is decided, which is what is declared once a change has reached its end; `None`: nothing yet.
    fn at(world: &World, key: &PlacementKey, placement: &Placement, location: &Location) -> Option<Self> {
        let declared = Self::declared(&world.declared, placement);
        if placement.spec.rollout.is_none() {
            return Some(declared);
        }
        let decided: Decided = waves::held(&world.tables, key);
        let release = decided.get(&location.metadata.name)?.release;
        let told = Self::stored(&world.tables, release);
        let rollout = rollouts::stored(&world.tables, key)?;
        let progress = rollout.progress.as_ref()?;
        let has_ended = (progress.phase(), progress.cause) == (RolloutPhase::Completed, RolloutCause::Change);
        if has_ended && release == rollout.release {
            let (told, declared) = (told.rendered(location), declared.rendered(location));
            assert_eq!(told, declared, "{key} at {}: {rollout:#?}", location.metadata.name);
        }
        Some(told)
    }

    fn declared(declared: &Declared, placement: &Placement) -> Self {
        let mut sources: BTreeMap<Digest, Value> = BTreeMap::new();
        let (transforms, priority) = (declared.transforms(placement), placement.spec.priority);
        let mut release = Release { transforms, priority, ..Release::default() };
        for object in declared.taken(placement) {
            let source = Digest::of(&object.to_bytes());
            sources.insert(source, object.manifest.clone());
            let (key, version) = (object.key.clone(), object.version.clone());
            release.objects.push(ReleaseObject { key, version, source, create_only: false });
        }
        Self { release, sources }
    }

    fn stored(tables: &Tables, digest: Digest) -> Self {
        let content = |digest| tables.content(Store::Release, digest).expect("stored before it is named");
        let release = wire::decode_release(&content(digest)).expect("placement encodes it");
        let source = |object: &ReleaseObject| {
            let bytes = content(object.source);
            (object.source, serde_json::from_slice(&bytes).expect("manifests are JSON"))
        };
        let sources = release.objects.iter().map(source).collect();
        Self { release, sources }
    }

    fn rendered(&self, location: &Location) -> Vec<(ObjectKey, Option<Digest>)> {
        let rendered = translation::render(&self.release, &self.sources, location);
        let digest = |outcome: &Outcome| outcome.as_ref().ok().map(|bytes| Digest::of(bytes));
        rendered.iter().map(|object| (object.key.clone(), digest(&object.outcome))).collect()
    }
}
