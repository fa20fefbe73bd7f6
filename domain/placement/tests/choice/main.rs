//! Which locations are chosen where not all that could be are: expressions, taints, counts, spreads and prioritizers, over
//! random histories and in single cases.

mod cases;
#[path = "../world/mod.rs"]
mod world;

use std::collections::BTreeSet;

use model::*;
use placement::{Explanation, Reason};
use proptest::prelude::*;
use world::*;

/// A location with all that a choice may look at.
#[derive(Clone, Debug, Default)]
struct Site {
    name: String,
    region: &'static str,
    zone: Option<u8>,
    size: Option<u8>,
    cpu: Option<u8>,
    taint: Option<TaintEffect>,
}

impl Site {
    fn new(name: &str, region: &'static str) -> Self {
        Self { name: name.into(), region, ..Self::default() }
    }

    fn resource(&self) -> Resource {
        let mut resource = location(&self.name, self.region, &[]);
        let entry = |key: &str, value: Option<u8>| value.map(|value| (key.to_owned(), value.to_string()));
        resource.metadata.labels = entry("zone", self.zone).into_iter().collect();
        let taint = self.taint.map(|effect| Taint { key: "drain".into(), value: String::new(), effect });
        resource.spec = Spec::Location(LocationSpec {
            region: self.region.into(),
            properties: entry("size", self.size).into_iter().collect(),
            capacity: entry("cpu", self.cpu).into_iter().collect(),
            taints: taint.into_iter().collect(),
        });
        resource
    }
}

fn prioritizer(name: &str, weight: i32) -> Prioritizer {
    Prioritizer { name: name.into(), weight }
}

fn spread(key: &str, max_skew: u32) -> Spread {
    Spread { key: key.into(), max_skew: Some(max_skew), ..Spread::default() }
}

fn best(count: u32, prioritizers: Vec<Prioritizer>) -> Where {
    Where { number_of_locations: Some(count), prioritizers, ..everywhere() }
}

fn where_of(n: u8) -> Where {
    let expression = |text: &str| Where { expression: text.into(), ..everywhere() };
    let exists = Toleration { operator: TolerationOperator::Exists, ..Toleration::default() };
    match n {
        0 => everywhere(),
        1 => expression("int(location.properties.size) > 1"),
        2 => Where { tolerations: vec![exists], ..expression("location.region != 'eu'") },
        3 => best(3, Vec::new()),
        4 => best(4, vec![prioritizer("Capacity:cpu", 1)]),
        5 => best(4, vec![prioritizer("Property:size", -2), prioritizer("Steady", 1)]),
        6 => Where { spread: vec![spread("zone", 1)], ..everywhere() },
        7 => Where {
            spread: vec![spread("region", 1)],
            ..best(5, vec![prioritizer("Capacity:cpu", 3), prioritizer("Steady", 1)])
        },
        8 => {
            let spread = vec![Spread {
                key: "zone".into(),
                min_groups: Some(2),
                max_groups: Some(3),
                ..Spread::default()
            }];
            Where { spread, ..best(4, Vec::new()) }
        }
        9 => best(3, vec![prioritizer("Balance", 1)]),
        _ => Where {
            spread: vec![spread("property:size", 2)],
            ..Where { number_of_locations: Some(6), ..expression("has(location.labels.zone)") }
        },
    }
}

#[derive(Clone, Debug)]
enum Event {
    Site(Site),
    Remove(u8),
    Placement(u8, u8),
    Withdraw(u8),
    Place,
    Reject,
    Reread,
}

fn event() -> impl Strategy<Value = Event> {
    let some = || prop::option::weighted(0.8, 0..4_u8);
    let effects = vec![TaintEffect::NoSelect, TaintEffect::NoSelectIfNew, TaintEffect::PreferNoSelect];
    let taint = prop::option::weighted(0.2, prop::sample::select(effects));
    let region = prop::sample::select(vec!["eu", "us", "asia"]);
    let site =
        (0..14_u8, region, some(), some(), some(), taint).prop_map(|(n, region, zone, size, cpu, taint)| {
            Event::Site(Site { name: format!("l{n}"), region, zone, size, cpu, taint })
        });
    prop_oneof![
        10 => site,
        2 => (0..14_u8).prop_map(Event::Remove),
        3 => (0..3_u8, 0..11_u8).prop_map(|(n, where_)| Event::Placement(n, where_)),
        1 => (0..3_u8).prop_map(Event::Withdraw),
        4 => Just(Event::Place),
        1 => Just(Event::Reject),
        1 => Just(Event::Reread),
    ]
}

const PLACEMENTS: [&str; 3] = ["p0", "p1", "p2"];

impl World {
    fn happen(&mut self, event: &Event) {
        match event {
            Event::Site(site) => self.apply(site.resource()),
            Event::Remove(n) => self.delete(&location_key(&format!("l{n}"))),
            Event::Placement(n, where_) => {
                self.apply(placement(&format!("p{n}"), everything(where_of(*where_))));
            }
            Event::Withdraw(n) => self.delete(&placement_key(&format!("p{n}"))),
            Event::Place => drop(self.step(999)),
            Event::Reject => (0..UNITS).for_each(|unit| {
                self.view.place(unit, 999, 0);
                self.view.rejected(unit);
            }),
            Event::Reread => self.view = self.reread(false),
        }
    }

    fn chosen(&self, name: &str) -> Vec<String> {
        self.decided(name).into_keys().collect()
    }

    fn put(&mut self, sites: &[Site]) {
        sites.iter().for_each(|site| self.apply(site.resource()));
        self.settle();
    }

    fn refusal(&self, name: &str, location: &str) -> Reason {
        match self.view.explain(&key(name), location) {
            Explanation::NotChosen(reason) => reason,
            Explanation::Chosen(chosen) => unreachable!("{location} is chosen: {chosen}"),
        }
    }

    fn problem(&self, name: &str) -> String {
        let problems = &self.rollout(name).problems;
        problems.iter().map(|it| format!("{}: {}", it.reason, it.message)).collect::<Vec<_>>().join("\n")
    }
}

/// Three sites in each of two regions, and a placement.
fn fleet(where_: Where) -> World {
    let mut world = World::new();
    world.apply(object("shop", "settings", &[], 0));
    world.apply(placement("shop", everything(where_)));
    let sites = (1..=6).map(|n| Site {
        zone: Some(n % 2),
        size: Some(n),
        cpu: Some(n),
        ..Site::new(&format!("l{n}"), if n <= 3 { "eu" } else { "us" })
    });
    world.put(&sites.collect::<Vec<_>>());
    world
}

fn written(world: &World, backwards: bool) -> Vec<placement::DecisionRow> {
    let mut view = world.reread(backwards);
    (0..UNITS).flat_map(|unit| view.place(unit, 999, 5).decisions).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    /// Whatever came in which order: who reads all tables again decides the same, and on its own output writes nothing.
    #[test]
    fn a_choice_is_the_same_for_whoever_reads_everything_again(events in prop::collection::vec(event(), 1..60)) {
        let mut world = World::new();
        world.apply(object("shop", "settings", &[], 0));
        events.iter().for_each(|event| world.happen(event));
        world.quiesce();
        prop_assert_eq!(written(&world, false), vec![]);
        prop_assert_eq!(written(&world, true), vec![]);
    }

    /// What `explain` says is what is decided, and the numbers are kept.
    #[test]
    fn explain_agrees_with_the_choice(events in prop::collection::vec(event(), 1..60)) {
        let mut world = World::new();
        world.apply(object("shop", "settings", &[], 0));
        events.iter().for_each(|event| world.happen(event));
        world.quiesce();
        for name in PLACEMENTS {
            let chosen: BTreeSet<String> = world.chosen(name).into_iter().collect();
            for n in 0..14 {
                let location = format!("l{n}");
                let explanation = world.view.explain(&key(name), &location);
                let is_chosen = matches!(explanation, Explanation::Chosen(_));
                prop_assert_eq!(is_chosen, chosen.contains(&location), "{} {}: {}", name, location, explanation);
            }
        }
    }

    /// A location that changes in what nobody reads changes nothing.
    #[test]
    fn what_nobody_reads_changes_nothing(where_ in 0..11_u8, size in 0..4_u8) {
        let mut world = fleet(where_of(where_));
        let mut resource = Site { zone: Some(1), size: Some(1), cpu: Some(1), ..Site::new("l1", "eu") }.resource();
        resource.metadata.annotations.insert("note".into(), size.to_string());
        resource.metadata.labels.insert("other".into(), size.to_string());
        world.apply(resource);
        prop_assert_eq!(world.settle(), 0);
    }
}
