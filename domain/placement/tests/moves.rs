//! Locations that move between regions: for a moment no region counts them, two regions never.

mod world;

use std::collections::{BTreeMap, BTreeSet};

use model::DecisionGroup;
use proptest::prelude::*;
use world::*;

const REGIONS: [&str; 3] = ["eu", "us", "asia"];

#[derive(Clone, Debug)]
enum Event {
    Move { n: u8, region: u8 },
    Leave(u8),
    Release(u8),
    Place,
    Count(u8),
    Restart,
}

/// A location comes, moves or goes.
fn step() -> impl Strategy<Value = Event> {
    prop_oneof![
        3 => (0..4_u8, 0..3_u8).prop_map(|(n, region)| Event::Move { n, region }),
        1 => (0..4_u8).prop_map(Event::Leave),
    ]
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        4 => (0..4_u8, 0..3_u8).prop_map(|(n, region)| Event::Move { n, region }),
        1 => (0..4_u8).prop_map(Event::Leave),
        1 => (0..3_u8).prop_map(Event::Release),
        4 => Just(Event::Place),
        3 => (0..3_u8).prop_map(Event::Count),
        1 => Just(Event::Restart),
    ]
}

/// A world whose regions may stand by anything that they could have counted since they last said so.
struct Regions {
    world: World,
    versions: BTreeMap<&'static str, BTreeSet<BTreeSet<String>>>,
}

impl Regions {
    fn new() -> Self {
        let mut world = World::new();
        world.apply(placement("shop", everything(everywhere())));
        world.apply(object("shop", "settings", &[], 0));
        Self { world, versions: BTreeMap::new() }
    }

    fn happen(&mut self, event: &Event) {
        match *event {
            Event::Move { n, region } => {
                self.world.apply(location(&format!("l{n}"), REGIONS[usize::from(region)], &[]));
            }
            Event::Leave(n) => self.world.delete(&location_key(&format!("l{n}"))),
            Event::Release(content) => self.world.apply(object("shop", "settings", &[], content.into())),
            Event::Place => drop(self.world.step(999)),
            Event::Count(n) => self.count(REGIONS[usize::from(n)]),
            Event::Restart => self.world.view = self.world.reread(false),
        }
    }

    fn count(&mut self, region: &'static str) {
        self.versions.insert(region, BTreeSet::from([self.countable(region)]));
        self.world.count(&key("shop"), region);
    }

    /// The locations that a region counts once it has folded its rows.
    fn countable(&self, region: &str) -> BTreeSet<String> {
        let rows = self.world.decisions.iter().filter(|((r, ..), _)| r == region);
        let groups =
            rows.flat_map(|(_, (row, _))| &row.groups).filter(|group| group.arriving_from.is_empty());
        groups.flat_map(|group| group.locations.iter().cloned()).collect()
    }

    /// Locations that two regions may be counting at once.
    fn counted_twice(&mut self) -> BTreeSet<String> {
        for region in REGIONS {
            let now = self.countable(region);
            self.versions.entry(region).or_default().insert(now);
        }
        let any =
            REGIONS.map(|region| self.versions[region].iter().flatten().cloned().collect::<BTreeSet<_>>());
        let [eu, us, asia] = &any;
        [eu & us, us & asia, eu & asia].into_iter().flatten().collect()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    #[test]
    fn no_location_is_counted_in_two_regions(events in prop::collection::vec(event(), 1..50)) {
        let mut regions = Regions::new();
        for event in &events {
            regions.happen(event);
            prop_assert_eq!(regions.counted_twice(), BTreeSet::new(), "after {:?}", event);
        }
    }

    /// A process that starts anew knows only the tables. What has left every row may then be counted anywhere.
    #[test]
    fn a_restart_between_the_steps_of_a_move_counts_nothing_twice(
        moves in prop::collection::vec((step(), prop::sample::subsequence(vec![0_u8, 1, 2], 0..3)), 1..16),
    ) {
        let mut regions = Regions::new();
        for (step, counting) in &moves {
            regions.happen(step);
            for event in [Event::Place, Event::Restart, Event::Place] {
                regions.happen(&event);
                prop_assert_eq!(regions.counted_twice(), BTreeSet::new(), "{:?}", event);
            }
            counting.iter().for_each(|region| regions.happen(&Event::Count(*region)));
        }
    }

    #[test]
    fn whatever_arrives_waits_for_the_region_that_it_came_from_alone(
        events in prop::collection::vec(event(), 1..50),
        dead in 0..3_usize,
        restarted: bool,
    ) {
        let mut regions = Regions::new();
        let living = |event: &&Event| !matches!(event, Event::Count(n) if usize::from(*n) == dead);
        events.iter().filter(living).for_each(|event| regions.happen(event));
        regions.happen(&if restarted { Event::Restart } else { Event::Place });
        for _ in 0..4 {
            regions.world.settle();
            (0..3).filter(|n| usize::from(*n) != dead).for_each(|n| regions.happen(&Event::Count(n)));
        }
        for ((region, ..), (row, _)) in &regions.world.decisions {
            for group in row.groups.iter().filter(|group| !group.arriving_from.is_empty()) {
                prop_assert_eq!(&group.arriving_from, &[REGIONS[dead]], "in {}", region);
            }
        }
    }
}

#[test]
fn a_location_arrives_when_the_region_it_left_has_counted_without_it() {
    let mut world = Regions::new().world;
    world.apply(location("l0", "eu", &[]));
    world.apply(location("l1", "eu", &[]));
    world.quiesce();
    world.apply(location("l0", "us", &[]));
    world.settle();
    let groups = |world: &World, region: &str| {
        let row = &world.decisions[&(region.to_owned(), 0, key("shop"))].0;
        let group = |group: &DecisionGroup| (group.arriving_from.clone(), group.locations.clone());
        row.groups.iter().map(group).collect::<Vec<_>>()
    };
    assert_eq!(groups(&world, "eu"), [(vec![], vec!["l1".to_owned()])]);
    assert_eq!(groups(&world, "us"), [(vec!["eu".to_owned()], vec!["l0".to_owned()])]);
    world.count(&key("shop"), "us");
    assert_eq!(world.settle(), 0);
    world.count(&key("shop"), "eu");
    world.settle();
    assert_eq!(groups(&world, "us"), [(vec![], vec!["l0".to_owned()])]);
    assert_eq!(world.rollout("shop").number, 1, "moves are no rollouts");
}
