//! Properties of the decision over random histories.

mod world;

use model::*;
use proptest::prelude::*;
use world::*;

/// What may happen at a hub.
#[derive(Clone, Debug)]
enum Event {
    Location { n: u8, region: u8, tier: u8, size: i8, deleting: bool },
    RemoveLocation(u8),
    Region { n: u8, parent: u8 },
    RemoveRegion(u8),
    Placement { n: u8, where_: u8, what: u8, transform: u8 },
    RemovePlacement(u8),
    Object { n: u8, team: u8, content: u8 },
    RemoveObject(u8),
    Namespace { n: u8, team: u8 },
    Transform { n: u8, path: u8, bound: bool },
    RemoveTransform(u8),
    HealthRule { n: u8, when: u8, team: bool },
    RemoveHealthRule(u8),
    Place,
    Reject,
    Count(u8),
}

fn event() -> impl Strategy<Value = Event> {
    let location = (0..12_u8, 0..4_u8, 0..3_u8, -2..3_i8, prop::bool::weighted(0.1))
        .prop_map(|(n, region, tier, size, deleting)| Event::Location { n, region, tier, size, deleting });
    let placement = (0..3_u8, 0..6_u8, 0..4_u8, 0..3_u8)
        .prop_map(|(n, where_, what, transform)| Event::Placement { n, where_, what, transform });
    prop_oneof![
        8 => location,
        1 => (0..12_u8).prop_map(Event::RemoveLocation),
        1 => (0..4_u8, 0..5_u8).prop_map(|(n, parent)| Event::Region { n, parent }),
        1 => (0..4_u8).prop_map(Event::RemoveRegion),
        3 => placement,
        1 => (0..3_u8).prop_map(Event::RemovePlacement),
        3 => (0..4_u8, 0..2_u8, 0..3_u8).prop_map(|(n, team, content)| Event::Object { n, team, content }),
        1 => (0..4_u8).prop_map(Event::RemoveObject),
        1 => (0..2_u8, 0..2_u8).prop_map(|(n, team)| Event::Namespace { n, team }),
        1 => (0..2_u8, 0..2_u8, any::<bool>()).prop_map(|(n, path, bound)| Event::Transform { n, path, bound }),
        1 => (0..2_u8).prop_map(Event::RemoveTransform),
        1 => (0..2_u8, 0..2_u8, any::<bool>()).prop_map(|(n, when, team)| Event::HealthRule { n, when, team }),
        1 => (0..2_u8).prop_map(Event::RemoveHealthRule),
        4 => Just(Event::Place),
        1 => Just(Event::Reject),
        2 => (0..4_u8).prop_map(Event::Count),
    ]
}

const PLACEMENTS: [&str; 3] = ["p0", "p1", "p2"];

fn where_of(n: u8) -> Where {
    match n {
        0 => everywhere(),
        1 => labelled("tier", "1"),
        2 => in_regions(&["r0", "r2"]),
        3 => Where { regions: vec!["r1".into()], ..labelled("tier", "0") },
        4 => {
            let larger = Requirement { key: "size".into(), operator: Operator::Gt, values: vec!["0".into()] };
            let selector = LabelSelector { match_expressions: vec![larger], ..LabelSelector::default() };
            Where { location_selectors: vec![selector, self::selector("tier", "2")], ..Where::default() }
        }
        _ => Where::default(),
    }
}

fn clause_of(n: u8) -> Clause {
    match n {
        0 => Clause { object_names: vec!["*".into()], ..Clause::default() },
        1 => Clause { object_selectors: vec![selector("team", "1")], ..Clause::default() },
        2 => Clause {
            namespace_selectors: vec![selector("team", "0")],
            create_only: true,
            ..Clause::default()
        },
        _ => Clause { namespaces: vec!["n0".into()], create_only: true, ..Clause::default() },
    }
}

impl World {
    fn happen(&mut self, event: &Event) {
        match *event {
            Event::Location { n, region, tier, size, deleting } => {
                let (tier, size) = (tier.to_string(), size.to_string());
                let labels = [("tier", tier.as_str()), ("size", size.as_str())];
                let mut location = location(&format!("l{n}"), &format!("r{region}"), &labels);
                location.metadata.deletion_timestamp = u64::from(deleting);
                self.apply(location);
            }
            Event::RemoveLocation(n) => self.delete(&location_key(&format!("l{n}"))),
            Event::Region { n, parent } => {
                let parent = if parent == 4 { String::new() } else { format!("r{parent}") };
                self.apply(region(&format!("r{n}"), &parent));
            }
            Event::RemoveRegion(n) => self.delete(&region_key(&format!("r{n}"))),
            Event::Placement { n, where_, what, transform } => {
                let transforms = (transform > 0).then(|| format!("t{}", transform - 1)).into_iter().collect();
                let spec = PlacementSpec {
                    what: vec![clause_of(what)],
                    where_: where_of(where_),
                    transforms,
                    ..PlacementSpec::default()
                };
                self.apply(placement(&format!("p{n}"), spec));
            }
            Event::RemovePlacement(n) => self.delete(&placement_key(&format!("p{n}"))),
            Event::Object { n, team, content } => {
                let team = team.to_string();
                let namespace = format!("n{}", n % 2);
                self.apply(object(&namespace, &format!("o{n}"), &[("team", team.as_str())], content.into()));
            }
            Event::RemoveObject(n) => {
                self.delete(&object(&format!("n{}", n % 2), &format!("o{n}"), &[], 0).key());
            }
            Event::Namespace { n, team } => {
                let team = team.to_string();
                self.apply(object("", &format!("n{n}"), &[("team", team.as_str())], 0));
            }
            Event::Transform { n, path, bound } => {
                let match_ = bound.then(|| clause_of(1));
                self.apply(transform(&format!("t{n}"), &format!("$.data.k{path}"), match_));
            }
            Event::RemoveTransform(n) => self.delete(&transform_key(&format!("t{n}"))),
            Event::HealthRule { n, when, team } => {
                let match_ = clause_of(u8::from(team));
                self.apply(health_rule(&format!("h{n}"), &format!("status.w{when}"), match_));
            }
            Event::RemoveHealthRule(n) => self.delete(&health_rule_key(&format!("h{n}"))),
            Event::Place => drop(self.step(999)),
            Event::Reject => (0..UNITS).for_each(|unit| {
                self.view.place(unit, 999, 0);
                self.view.rejected(unit);
            }),
            Event::Count(n) => PLACEMENTS.iter().for_each(|name| self.count(&key(name), &format!("r{n}"))),
        }
    }

    /// What is decided, less the numbers, which tell of the history.
    fn shape(&self) -> Vec<(String, String, Digest)> {
        let shape = |name: &&str| {
            let decided = self.decided(name).into_iter();
            decided.map(|(location, (region, release, _))| (location, region, release)).collect::<Vec<_>>()
        };
        PLACEMENTS.iter().flat_map(shape).collect()
    }
}

/// What a fresh view with the same inputs and the same stored rows would write.
fn lacking(world: &World, backwards: bool) -> usize {
    let mut view = world.reread(backwards);
    (0..UNITS).map(|unit| view.place(unit, 999, 5).row_count()).sum()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    /// Incrementally or from scratch, in any order: the same inputs and previous decision give the same decision, and
    /// on its own output it writes nothing.
    #[test]
    fn a_view_that_reads_everything_again_finds_nothing_to_write(events in prop::collection::vec(event(), 1..60)) {
        let mut world = World::new();
        events.iter().for_each(|event| world.happen(event));
        world.settle();
        prop_assert_eq!(lacking(&world, false), 0);
        prop_assert_eq!(lacking(&world, true), 0);
        world.quiesce();
        prop_assert_eq!(lacking(&world, false), 0);
    }

    /// Whatever happened before, the locations that are chosen in the end are those that the declaration reaches.
    #[test]
    fn exactly_the_reached_locations_are_chosen(events in prop::collection::vec(event(), 1..60)) {
        let mut world = World::new();
        events.iter().for_each(|event| world.happen(event));
        world.quiesce();
        for name in PLACEMENTS {
            let decided = world.decided(name);
            let has_release = world.rollouts.get(&key(name)).is_some_and(|row| row.release != Digest::default());
            let expected = if has_release { world.expected(name) } else { Default::default() };
            let regions: std::collections::BTreeMap<_, _> =
                decided.iter().map(|(location, (region, ..))| (location.clone(), region.clone())).collect();
            prop_assert_eq!(&regions, &expected, "{}", name);
            if let Some(rollout) = world.rollouts.get(&key(name)) {
                prop_assert_eq!(rollout.location_count, decided.len() as u64);
                let current = |(_, release, number): &(String, Digest, u64)| {
                    (*release, *number) == (rollout.release, rollout.number)
                };
                prop_assert!(decided.values().all(current));
            }
        }
    }

    /// A history decides as much as its end: only rollout numbers and their history tell of the way there.
    #[test]
    fn the_order_of_events_does_not_matter(events in prop::collection::vec(event(), 1..60)) {
        let mut world = World::new();
        events.iter().for_each(|event| world.happen(event));
        // A placement that lacks a transform keeps what it had before: that is history on purpose.
        for n in 0..2 {
            world.happen(&Event::Transform { n, path: 0, bound: false });
        }
        world.quiesce();
        let mut short = World::new();
        for resource in world.resources.values().rev() {
            short.apply(resource.clone());
        }
        short.quiesce();
        prop_assert_eq!(world.shape(), short.shape());
    }

    /// Numbers only go up, and a number stands for one release.
    #[test]
    fn a_rollout_number_never_comes_twice(events in prop::collection::vec(event(), 1..60)) {
        let mut world = World::new();
        let mut released = std::collections::BTreeMap::new();
        for event in &events {
            let before = world.rollouts.clone();
            world.happen(event);
            for (key, after) in &world.rollouts {
                let earlier = before.get(key).map_or(0, |rollout| rollout.number);
                prop_assert!(after.number >= earlier, "{} after {}", after.number, earlier);
                prop_assert!(after.history.len() <= 20);
            }
            for ((_, _, placement), (row, _)) in &world.decisions {
                for group in &row.groups {
                    let stands_for = (row.placement_uid.clone(), group.release);
                    let first = released.entry((placement.clone(), group.rollout)).or_insert(stands_for.clone());
                    prop_assert_eq!(&*first, &stands_for);
                }
            }
        }
    }

    /// What `explain` says is what is decided.
    #[test]
    fn explain_agrees_with_the_decision(events in prop::collection::vec(event(), 1..60)) {
        let mut world = World::new();
        events.iter().for_each(|event| world.happen(event));
        world.quiesce();
        for name in PLACEMENTS {
            let decided = world.decided(name);
            for n in 0..12 {
                let location = format!("l{n}");
                let explanation = world.view.explain(&key(name), &location);
                let chosen = matches!(explanation, placement::Explanation::Chosen(_));
                prop_assert_eq!(chosen, decided.contains_key(&location), "{} {}: {}", name, location, explanation);
            }
        }
    }
}
