//! Whatever happened on the way: the documents are those that a fresh start would make of the same tables.

use std::collections::BTreeMap;

use model::{Desired, Digest, Order};
use proptest::prelude::*;
use serde_json::json;
use translation::{Mark, View, Want};

use crate::world::{CODEC, Contents, config_map, decision, expanded, location, placement};

const REGIONS: [&str; 2] = ["eu", "us"];
const LOCATIONS: [&str; 4] = ["l0", "l1", "l2", "l3"];
const PLACEMENTS: [&str; 2] = ["p0", "p1"];

/// Something that happens.
#[derive(Clone, Debug)]
enum Event {
    /// A location's region and property; without the property some objects are withheld.
    Locate {
        location: usize,
        region: usize,
        tier: Option<usize>,
    },
    /// A placement's locations, as bits, its release, and whether its row changes before the location's.
    Decide {
        placement: usize,
        chosen: u8,
        release: usize,
    },
    Deliver,
    Write {
        region: usize,
        stored: bool,
    },
    Restart,
}

fn event() -> impl Strategy<Value = Event> {
    let locate = (0..LOCATIONS.len(), 0..REGIONS.len(), prop::option::of(0..2_usize));
    let decide = (0..PLACEMENTS.len(), any::<u8>(), 0..4_usize);
    prop_oneof![
        locate.prop_map(|(location, region, tier)| Event::Locate { location, region, tier }),
        decide.prop_map(|(placement, chosen, release)| Event::Decide { placement, chosen, release }),
        Just(Event::Deliver),
        (0..REGIONS.len(), any::<bool>()).prop_map(|(region, stored)| Event::Write { region, stored }),
        Just(Event::Restart),
    ]
}

/// The tables, and the view that follows them.
struct World {
    view: View,
    contents: Contents,
    releases: Vec<Digest>,
    locations: BTreeMap<usize, (usize, Option<usize>, u64)>,
    decisions: BTreeMap<usize, (u8, usize, u64)>,
    stored: BTreeMap<(usize, String), Desired>,
    newest: BTreeMap<String, Order>,
    sequence: u64,
}

impl World {
    fn new() -> Self {
        let mut contents = Contents::default();
        let own = |text: &str| expanded("own", json!({"tier": text}));
        let releases = vec![
            contents.add(vec![config_map("a", json!({"v": "1"}))], vec![]),
            contents
                .add(vec![config_map("a", json!({"v": "2"})), own("${location.properties.tier}")], vec![]),
            contents.add(vec![own("${location.name} in ${location.region}")], vec![]),
            contents.add(
                vec![config_map("a", json!({"v": "x".repeat(3000)})), own("${location.properties.tier + 1}")],
                vec![],
            ),
        ];
        let mut world = Self {
            view: View::new(CODEC),
            contents,
            releases,
            locations: BTreeMap::new(),
            decisions: (0..PLACEMENTS.len()).map(|placement| (placement, (0, 0, 0))).collect(),
            stored: BTreeMap::new(),
            newest: BTreeMap::new(),
            sequence: 0,
        };
        world.restart();
        world
    }

    /// A fresh view that reads all tables.
    fn restart(&mut self) {
        self.view = View::new(CODEC);
        for ((region, name), desired) in &self.stored {
            self.view.set_desired(REGIONS[*region], name, Some(desired));
        }
        REGIONS.iter().for_each(|region| self.view.set_epoch(region, Some(1)));
        (0..LOCATIONS.len()).for_each(|location| self.tell_location(location));
        (0..PLACEMENTS.len()).for_each(|placement| self.tell_decision(placement));
        self.tell_progress();
    }

    fn tell_location(&mut self, index: usize) {
        let Some((region, tier, seq)) = self.locations.get(&index) else { return };
        let tier = tier.map(|tier| ["gold", "silver"][tier]);
        let location = location(LOCATIONS[index], REGIONS[*region], tier);
        self.view.set_location(LOCATIONS[index], Some(location), *seq, None);
    }

    /// In each region the chosen locations that belong to it now.
    fn tell_decision(&mut self, index: usize) {
        let (chosen, release, rollout) = self.decisions[&index];
        for (region, region_name) in REGIONS.iter().enumerate() {
            let is_here = |at: &usize| self.locations.get(at).is_some_and(|(home, ..)| *home == region);
            let names: Vec<_> = (0..LOCATIONS.len())
                .filter(|at| chosen >> at & 1 == 1)
                .filter(is_here)
                .map(|at| LOCATIONS[at])
                .collect();
            let row = decision(PLACEMENTS[index], &[(self.releases[release], rollout, &names)]);
            self.view.set_decision(
                (region_name, 0, &placement(PLACEMENTS[index])),
                Some(&row),
                self.sequence,
                None,
            );
        }
    }

    /// Placement's decisions account for all locations.
    fn tell_progress(&mut self) {
        self.view.see_locations(self.sequence);
        let mark = Mark { locations: self.sequence, seq: self.sequence + 1 };
        (0..model::UNITS).for_each(|unit| self.view.set_complete(unit, Some(mark)));
    }

    fn happen(&mut self, event: &Event) -> Result<(), TestCaseError> {
        self.sequence += 1;
        match *event {
            Event::Locate { location, region, tier } => {
                self.locations.insert(location, (region, tier, self.sequence));
                self.tell_location(location);
                (0..PLACEMENTS.len()).for_each(|placement| self.tell_decision(placement));
                self.tell_progress();
            }
            Event::Decide { placement, chosen, release } => {
                self.decisions.insert(placement, (chosen, release, self.sequence));
                self.tell_decision(placement);
                self.tell_progress();
            }
            Event::Deliver => self.deliver(),
            Event::Write { region, stored } => _ = self.write(region, stored)?,
            Event::Restart => self.restart(),
        }
        Ok(())
    }

    fn deliver(&mut self) {
        for want in self.view.wants() {
            match want {
                Want::Release(digest) => {
                    self.view.set_release(digest, Ok(self.contents.releases[&digest].clone()))
                }
                Want::Source(digest) => self.view.set_source(digest, self.contents.sources[&digest].clone()),
            }
        }
    }

    /// Whether anything was written.
    fn write(&mut self, region: usize, stored: bool) -> Result<bool, TestCaseError> {
        let outcome = self.view.writes(REGIONS[region], 2);
        if !stored {
            self.view.rejected(REGIONS[region]);
            return Ok(false);
        }
        for row in &outcome.rows {
            let newest = self.newest.entry(row.location.to_string()).or_default();
            prop_assert!(
                row.desired.order > *newest,
                "{} goes back at {}",
                row.desired.order.revision,
                row.location
            );
            *newest = row.desired.order;
            self.view.set_desired(REGIONS[region], &row.location, Some(&row.desired));
            self.stored.insert((region, row.location.to_string()), row.desired.clone());
        }
        Ok(!outcome.rows.is_empty() || outcome.more)
    }

    fn settle(&mut self) -> Result<(), TestCaseError> {
        loop {
            self.deliver();
            self.deliver();
            let mut wrote = false;
            for region in 0..REGIONS.len() {
                wrote |= self.write(region, true)?;
            }
            if !wrote {
                return Ok(());
            }
        }
    }

    /// What is stored for each location in its own region, whatever its order.
    fn at_home(&self) -> BTreeMap<&str, Desired> {
        let home = |(at, (region, ..)): (&usize, &(usize, Option<usize>, u64))| {
            let desired = self.stored.get(&(*region, LOCATIONS[*at].to_owned()))?.clone();
            Some((LOCATIONS[*at], Desired { order: Order::default(), ..desired }))
        };
        self.locations.iter().filter_map(home).collect()
    }
}

proptest! {
    #[test]
    fn documents_do_not_depend_on_how_they_came_about(events in prop::collection::vec(event(), 1..40)) {
        let mut world = World::new();
        for event in &events {
            world.happen(event)?;
        }
        world.settle()?;
        let mut fresh = World {
            locations: world.locations.clone(),
            decisions: world.decisions.clone(),
            sequence: world.sequence,
            ..World::new()
        };
        fresh.restart();
        fresh.settle()?;
        prop_assert_eq!(world.at_home(), fresh.at_home());
        prop_assert_eq!(world.at_home().len(), world.locations.len());
        world.restart();
        let before = world.stored.clone();
        world.settle()?;
        prop_assert_eq!(world.stored, before);
    }
}
