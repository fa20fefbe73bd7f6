//! A tree of regions of any shape gives the summary that a flat list gives.

mod world;

use proptest::prelude::*;
use summarization::{HubView, RegionView};
use world::*;

/// For each region the one above: an earlier one, or the hub.
fn tree() -> impl Strategy<Value = Vec<Option<usize>>> {
    let above: Vec<_> = (0..REGIONS).map(|index| prop::option::of(0..index.max(1)).boxed()).collect();
    above.prop_map(|mut tree| {
        tree[0] = None;
        tree
    })
}

fn views(world: &World) -> Vec<RegionView> {
    let mut views: Vec<_> = (0..REGIONS).map(view).collect();
    for (index, view) in views.iter_mut().enumerate() {
        (0..LOCATIONS).step_by(3).for_each(|at| view.heartbeat(&location(at), &heartbeat(), START));
        world.rows.iter().for_each(|row| deliver(view, index, row));
    }
    views
}

/// Hands partials up, from the regions that are lowest, to the hub.
fn reduce(world: &World, mut views: Vec<RegionView>, tree: &[Option<usize>]) -> HubView {
    let mut hub = HubView::default();
    for (index, above) in tree.iter().enumerate() {
        let above = above.map(region).unwrap_or_default();
        hub.set_region(&region(index), Some(&above));
        views.iter_mut().for_each(|view| view.set_region(&region(index), Some(&above)));
    }
    for ((region_index, placement_index, bucket), (decision, seq)) in &world.decisions {
        let key = placement(*placement_index);
        hub.set_decision(&region(*region_index), *bucket, &key, Some(decision), *seq);
    }
    for index in (0..REGIONS).rev() {
        for key in (0..2).map(placement) {
            let partial = views[index].partial(&key);
            match tree[index] {
                Some(above) => views[above].set_child_partial(&region(index), &key, partial),
                None => hub.set_partial(&region(index), &key, partial),
            }
        }
    }
    hub
}

proptest! {
    #[test]
    fn any_tree_equals_the_flat_list(
        events in prop::collection::vec(event(), 0..100),
        tree in tree(),
    ) {
        let world = World::after(&events);
        let deep = reduce(&world, views(&world), &tree);
        let flat = reduce(&world, views(&world), &[None; REGIONS]);
        for key in (0..2).map(placement) {
            let summary = deep.summary(&key, START);
            prop_assert_eq!(&summary, &flat.summary(&key, START));
            if let Some(summary) = summary {
                assert_sound(&summary.partial);
                prop_assert_eq!(&summary.behind, &Vec::<String>::new());
                let plain = summarization::total(summary.partial.regions.values());
                prop_assert_eq!(summary.total, plain);
            }
        }
    }

    #[test]
    fn a_region_that_is_behind_is_named_and_counts_nothing_for_a_newer_rollout(
        events in prop::collection::vec(event(), 0..60),
        more in prop::collection::vec(event(), 1..20),
        tree in tree(),
    ) {
        let before = World::after(&events);
        let after = World::after(&events.into_iter().chain(more).collect::<Vec<_>>());
        let hub = reduce(&after, views(&before), &tree);
        for (placement_index, region_index) in (0..2).flat_map(|p| (0..REGIONS).map(move |r| (p, r))) {
            let Some(summary) = hub.summary(&placement(placement_index), START) else { continue };
            assert_sound(&summary.partial);
            let Some((rollout, newest)) = after.newest(region_index, placement_index) else { continue };
            let counted = before.newest(region_index, placement_index);
            let name = region(region_index);
            prop_assert_eq!(summary.behind.contains(&name), counted.map(|(_, seq)| seq) != Some(newest));
            let counts = summary.partial.regions[&name];
            prop_assert_eq!(counts.expected, after.listed(region_index, placement_index));
            if counted.map(|(rollout, _)| rollout) != Some(rollout) {
                prop_assert_eq!((counts.updated, counts.missing), (0, counts.expected));
            }
        }
    }
}

/// As [`reduce`], with regions whose leases were seen long ago.
fn lapse(hub: &mut HubView, dead: &[usize]) {
    (0..REGIONS).for_each(|index| hub.set_lease(&region(index), 3_000, START));
    (0..REGIONS)
        .filter(|index| !dead.contains(index))
        .for_each(|index| hub.set_lease(&region(index), 3_000, START + 60_000));
    hub.tick(START + 60_000);
}

proptest! {
    #[test]
    fn a_region_that_nobody_summarizes_has_nothing_healthy_and_is_named_and_every_location_counts_once(
        events in prop::collection::vec(event(), 0..60),
        more in prop::collection::vec(event(), 0..10),
        tree in tree(),
        dead in prop::sample::subsequence((0..REGIONS).collect::<Vec<_>>(), 0..=REGIONS),
    ) {
        let before = World::after(&events);
        let after = World::after(&events.into_iter().chain(more).collect::<Vec<_>>());
        let mut hub = reduce(&after, views(&before), &tree);
        lapse(&mut hub, &dead);
        let below_dead = |mut index: usize| loop {
            if dead.contains(&index) {
                return true;
            }
            let Some(above) = tree[index] else { return false };
            index = above;
        };
        for placement_index in 0..2 {
            let Some(summary) = hub.summary(&placement(placement_index), START) else { continue };
            assert_sound(&summary.partial);
            let listed: u64 = (0..REGIONS).map(|index| after.listed(index, placement_index)).sum();
            prop_assert_eq!(summary.total.expected, listed);
            for index in (0..REGIONS).filter(|index| below_dead(*index)) {
                let Some(counts) = summary.partial.regions.get(&region(index)) else { continue };
                prop_assert_eq!((counts.updated, counts.reported, counts.offline), (0, 0, counts.expected));
                prop_assert!(counts.expected == 0 || summary.behind.contains(&region(index)));
                let newest = after.newest(index, placement_index).map(|(_, seq)| seq);
                prop_assert_eq!(summary.partial.watermark.get(&region(index)).copied(), newest);
            }
        }
    }
}
