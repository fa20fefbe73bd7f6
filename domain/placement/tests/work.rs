//! How much work a change is.

mod world;

use placement::Outcome;
use world::*;

fn ten_thousand() -> World {
    let mut world = World::new();
    for n in 0..10_000 {
        let tier = if n % 2 == 0 { "gold" } else { "silver" };
        world.apply(location(&format!("store-{n}"), if n < 5_000 { "eu" } else { "us" }, &[("tier", tier)]));
    }
    world.apply(object("shop", "settings", &[], 0));
    world.apply(placement("everywhere", everything(everywhere())));
    world.apply(placement("gold", everything(labelled("tier", "gold"))));
    world.apply(placement("silver", everything(labelled("tier", "silver"))));
    world.settle();
    world
}

fn compared(outcomes: &[Outcome]) -> usize {
    outcomes.iter().map(|outcome| outcome.compared).sum()
}

#[test]
fn a_change_of_one_location_touches_only_the_buckets_that_it_is_in() {
    let mut world = ten_thousand();
    assert!(world.decisions.len() >= 3 * 10, "a region is cut into buckets: {}", world.decisions.len());
    world.apply(location("store-4", "eu", &[("tier", "silver")]));
    let outcomes = world.step(999);
    assert_eq!(compared(&outcomes), 2, "out of the bucket of gold, into the bucket of silver");
    let rows: Vec<_> = outcomes.iter().flat_map(|outcome| &outcome.decisions).collect();
    assert_eq!(rows.len(), 2);
    assert!(rows.iter().all(|row| row.region == "eu"));
    assert_eq!(outcomes.iter().map(|outcome| outcome.rollouts.len()).sum::<usize>(), 2, "the counts");
    assert!(outcomes.iter().all(|outcome| outcome.contents.is_empty()), "nothing is stored twice");
}

#[test]
fn a_label_that_nobody_asks_for_costs_nothing() {
    let mut world = ten_thousand();
    world.apply(location("store-4", "eu", &[("tier", "gold"), ("floor", "2")]));
    assert_eq!(compared(&world.step(999)), 0);
}

#[test]
fn a_move_touches_a_bucket_in_each_of_the_two_regions() {
    let mut world = ten_thousand();
    world.apply(location("store-4", "us", &[("tier", "gold")]));
    assert_eq!(compared(&world.step(999)), 4, "of two placements");
}

#[test]
fn an_object_that_no_placement_takes_costs_nothing() {
    let mut world = ten_thousand();
    let mut foreign = object("shop", "settings", &[], 1);
    foreign.metadata.space = "other".into();
    world.apply(foreign);
    assert_eq!(compared(&world.step(999)), 0);
}

#[test]
fn a_region_that_outgrows_its_buckets_is_cut_anew_in_one_outcome() {
    let mut world = World::new();
    world.apply(placement("everywhere", everything(everywhere())));
    (0..500).for_each(|n| world.apply(location(&format!("store-{n}"), "eu", &[])));
    world.settle();
    assert_eq!(world.decisions.len(), 1);
    world.apply(location("store-500", "eu", &[]));
    let outcomes = world.step(1);
    assert_eq!(outcomes.iter().map(|outcome| outcome.decisions.len()).sum::<usize>(), 2);
    assert!(world.decisions.values().all(|(row, _)| row.bucket_bits == 1 && row.groups.len() == 1));
    (0..500).for_each(|n| world.delete(&location_key(&format!("store-{n}"))));
    world.settle();
    assert!(world.decisions.values().all(|(row, _)| row.bucket_bits == 1), "it never shrinks");
    assert_eq!(world.decided("everywhere").len(), 1);
}

#[test]
fn a_large_change_comes_in_several_outcomes_and_the_rollout_last() {
    let mut world = World::new();
    world.apply(placement("everywhere", everything(everywhere())));
    for region in 0..5 {
        (0..400).for_each(|n| {
            world.apply(location(&format!("store-{region}-{n}"), &format!("r{region}"), &[]));
        });
    }
    // Three rows fit beside what must fit anyway.
    let mut steps = Vec::new();
    for n in 0..300 {
        world.apply(location(&format!("x{n}"), &format!("x{n}"), &[]));
        world.apply(location(&format!("y{n}"), &format!("y{n}"), &[]));
    }
    while steps.last() != Some(&(0, 0)) {
        let outcomes = world.step(1);
        let rows = outcomes.iter().map(|outcome| outcome.decisions.len()).sum::<usize>();
        steps.push((rows, outcomes.iter().map(|outcome| outcome.rollouts.len()).sum()));
    }
    assert_eq!(steps, [(513, 0), (92, 1), (0, 0)]);
}

#[test]
fn first_decisions_of_many_placements_come_one_after_the_other_so_that_others_have_their_turn() {
    let mut world = World::new();
    (0..500).for_each(|n| world.apply(location(&format!("store-{n}"), "eu", &[])));
    (0..40).for_each(|n| world.apply(placement(&format!("p{n}"), everything(everywhere()))));
    let outcomes = world.step(1);
    assert!(outcomes.iter().all(|outcome| outcome.decisions.len() == 1), "for two there is no time");
    assert!(outcomes.iter().any(|outcome| outcome.again && outcome.more));
    world.settle();
    assert_eq!(world.decisions.len(), 40);
    assert!(world.step(1).iter().all(|outcome| !outcome.again && !outcome.more));
}
