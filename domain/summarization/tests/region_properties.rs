//! What one region sums up is a function of the rows that stand and of who is silent, whatever happened on the way.

mod world;

use std::collections::BTreeMap;

use model::ProgressState;
use proptest::prelude::*;
use summarization::{Output, RegionView};
use world::*;

/// Delivers all rows in the order that `keys` gives, each once more.
fn shuffled(world: &World, keys: &[u32], index: usize) -> RegionView {
    let mut rows: Vec<_> = world.rows.iter().chain(&world.rows).zip(keys.iter().cycle()).collect();
    rows.sort_by_key(|(_, key)| **key);
    let mut view = view(index);
    rows.iter().for_each(|(row, _)| deliver(&mut view, index, row));
    view
}

/// What the rows of progress that it writes say.
fn progress(view: &mut RegionView) -> BTreeMap<String, (u64, ProgressState)> {
    let mut found = BTreeMap::new();
    for row in view.writes(u64::MAX, usize::MAX) {
        let Output::Progress { placement: key, progress, .. } = row else { continue };
        assert_eq!((key, &*progress.placement_uid), (placement(STAGED), &*uid(STAGED)));
        for group in progress.groups {
            let said = (group.rollout, group.state);
            found.extend(group.locations.into_iter().map(|location| (location, said)));
        }
    }
    found
}

proptest! {
    #[test]
    fn the_sums_are_those_of_the_rows_that_stand(
        events in prop::collection::vec(event(), 0..80),
        beats in prop::collection::vec((0..LOCATIONS, 0..5_000_u64), 0..30),
    ) {
        let mut world = World::after(&events);
        let mut view = view(0);
        let mut beats = beats;
        beats.sort_by_key(|(_, at)| *at);
        for (at, row) in world.rows.clone().iter().enumerate() {
            deliver(&mut view, 0, row);
            if let Some((location_index, at)) = beats.get(at).copied() {
                view.tick(START + at);
                view.heartbeat(&location(location_index), &heartbeat(), START + at);
                world.heard.insert(location_index, START + at);
            }
        }
        let now = START + 5_000;
        view.tick(now);
        prop_assert_eq!(progress(&mut view), world.progress(0, now));
        for placement_index in 0..2 {
            prop_assert_eq!(own(&view, 0, placement_index), world.counts(0, placement_index, now));
            assert_sound(&view.partial(&placement(placement_index)).unwrap_or_default());
        }
    }

    #[test]
    fn neither_order_nor_doubles_matter(
        events in prop::collection::vec(event(), 0..60),
        keys in prop::collection::vec(any::<u32>(), 1..200),
        late in prop::collection::vec(any::<u32>(), 1..200),
    ) {
        let world = World::after(&events);
        let (one, other) = (shuffled(&world, &keys, 1), shuffled(&world, &late, 1));
        for index in 0..2 {
            prop_assert_eq!(one.partial(&placement(index)), other.partial(&placement(index)));
            prop_assert_eq!(own(&one, 1, index), world.counts(1, index, START));
        }
    }

    #[test]
    fn once_everybody_is_silent_nothing_counts_as_healthy_updated_or_reported(
        events in prop::collection::vec(event(), 1..60),
    ) {
        let world = World::after(&events);
        let mut view = view(0);
        (0..LOCATIONS).for_each(|index| view.heartbeat(&location(index), &heartbeat(), START));
        world.rows.iter().for_each(|row| deliver(&mut view, 0, row));
        view.tick(START + 3 * u64::from(PERIOD));
        for index in 0..2 {
            let (counts, _) = own(&view, 0, index);
            prop_assert_eq!((counts.healthy, counts.updated, counts.reported), (0, 0, 0));
            prop_assert_eq!(counts.offline, counts.expected);
        }
    }

    #[test]
    fn what_was_written_and_read_again_is_not_written_again(events in prop::collection::vec(event(), 0..60)) {
        let world = World::after(&events);
        let mut view = view(0);
        world.rows.iter().for_each(|row| deliver(&mut view, 0, row));
        for row in view.writes(START, 1_000) {
            match row {
                Output::Partial { parent, placement, partial } => {
                    view.set_written(&parent, &placement, Some(partial));
                }
                Output::Presence { bucket, presence } => view.set_presence(bucket, Some(&presence)),
                Output::Progress { bucket, placement, progress } => {
                    view.set_progress(bucket, &placement, Some(&progress));
                }
            }
        }
        world.rows.iter().for_each(|row| deliver(&mut view, 0, row));
        prop_assert_eq!(view.writes(START + 3_600_000, 1_000), []);
    }
}
