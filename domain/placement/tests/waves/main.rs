//! Placements whose releases go out in waves: what is written, and when, whatever becomes of the process that writes it.

mod changes;
#[path = "../world/mod.rs"]
mod world;

use std::collections::{BTreeMap, BTreeSet};

use model::*;
use world::*;

const SHOP: &str = "shop";

/// Six locations in two regions, one object, and a placement of one and then the rest, two at a time.
fn rolled() -> World {
    let mut world = World::new();
    world.apply(region("eu", ""));
    world.apply(region("us", ""));
    (0..6).for_each(|n| world.apply(location(&format!("l{n}"), ["eu", "us"][n % 2], &[])));
    world.apply(object("shop", "cart", &[], 0));
    (0..6).for_each(|n| presence(&mut world, n, Connection::Online));
    world.apply(placement(SHOP, PlacementSpec { rollout: Some(spec()), ..everything(everywhere()) }));
    world
}

fn spec() -> RolloutSpec {
    let wave = |name: &str, select, most| Wave {
        name: name.into(),
        select,
        max_concurrency: Some(Share::Count(most)),
        ..Wave::default()
    };
    let waves = vec![wave("canary", Some(Select::Count(1)), 1), wave("rest", None, 2)];
    RolloutSpec { waves, ..RolloutSpec::default() }
}

/// What is known of a location, in a row of its own.
fn presence(world: &mut World, n: usize, connection: Connection) {
    let known = LocationPresence { connection, ..LocationPresence::default() };
    let presence = Presence { locations: [(format!("l{n}"), known)].into() };
    world.view.set_presence(["eu", "us"][n % 2], u32::try_from(n).expect("there are six"), Some(&presence));
}

/// Everybody reports that it is healthy with what is decided for it.
fn heal(world: &mut World) {
    let mut groups: BTreeMap<u64, Vec<String>> = BTreeMap::new();
    for (name, (_, _, number)) in world.decided(SHOP) {
        groups.entry(number).or_default().push(name);
    }
    let group = |(rollout, locations): (u64, Vec<String>)| ProgressGroup {
        rollout,
        state: ProgressState::Healthy,
        locations,
    };
    let placement_uid = world.rollout(SHOP).placement_uid.clone();
    let progress = Progress { placement_uid, groups: groups.into_iter().map(group).collect() };
    world.view.set_progress("eu", 0, &key(SHOP), Some(&progress));
}

fn phase(world: &World) -> RolloutPhase {
    world.rollout(SHOP).progress.as_ref().expect("it goes out in waves").phase()
}

/// How many have the release that goes out.
fn updated(world: &World) -> usize {
    let release = world.rollout(SHOP).release;
    world.decided(SHOP).values().filter(|(_, held, _)| *held == release).count()
}

/// Until nothing happens any more; how many had the release each time that everybody was healthy.
fn run(world: &mut World) -> Vec<usize> {
    let mut seen = Vec::new();
    for _ in 0..20 {
        world.settle();
        seen.push(updated(world));
        heal(world);
        if world.settle() == 0 && phase(world) == RolloutPhase::Completed {
            seen.dedup();
            return seen;
        }
    }
    unreachable!("it never ends: {:?}", world.rollout(SHOP));
}

#[test]
fn a_release_goes_out_wave_by_wave() {
    let mut world = rolled();
    assert_eq!(run(&mut world), [1, 3, 5, 6]);
    world.apply(object("shop", "cart", &[], 1));
    world.settle();
    let numbers: BTreeSet<u64> = world.decided(SHOP).values().map(|(_, _, number)| *number).collect();
    assert_eq!(numbers.len(), 2, "one has the new release, the others keep the old one");
    assert_eq!(run(&mut world), [1, 3, 5, 6]);
}

#[test]
fn a_process_that_begins_anew_at_any_point_goes_on_where_the_other_was() {
    for most in 0..12 {
        let mut world = rolled();
        run(&mut world);
        world.apply(object("shop", "cart", &[], 1));
        for _ in 0..most {
            world.step(999);
            heal(&mut world);
        }
        world.view = world.reread(most % 2 == 0);
        (0..6).for_each(|n| presence(&mut world, n, Connection::Online));
        let before = world.decided(SHOP);
        world.settle();
        let moved = |(name, held): &(&String, &(String, Digest, u64))| before.get(*name) != Some(held);
        let now = world.decided(SHOP);
        assert!(now.iter().filter(moved).count() <= 2, "after {most} steps");
        heal(&mut world);
        run(&mut world);
        assert_eq!(updated(&world), 6);
    }
}

#[test]
fn what_is_said_to_a_rollout_is_heard_also_if_it_was_read_before_the_placement() {
    let mut world = rolled();
    run(&mut world);
    world.apply(object("shop", "cart", &[], 1));
    world.settle();
    let progress = world.rollout(SHOP).progress.clone().unwrap();
    let placement_uid = world.rollout(SHOP).placement_uid.clone();
    let said =
        RolloutControlSpec { placement_uid, number: progress.last, paused: true, ..Default::default() };
    let metadata = Metadata { space: "default".into(), name: SHOP.into(), ..Metadata::default() };
    let resource = Resource { metadata, spec: Spec::RolloutControl(said) };
    let control = resource.key();
    world.apply(resource);
    heal(&mut world);
    world.settle();
    assert_eq!((phase(&world), updated(&world)), (RolloutPhase::Paused, 1));
    world.view = world.reread(true);
    (0..6).for_each(|n| presence(&mut world, n, Connection::Online));
    heal(&mut world);
    world.settle();
    assert_eq!((phase(&world), updated(&world)), (RolloutPhase::Paused, 1));
    world.delete(&control);
    run(&mut world);
    assert_eq!(updated(&world), 6);
}

#[test]
fn who_is_not_known_to_be_there_is_not_moved() {
    let mut world = rolled();
    run(&mut world);
    presence(&mut world, 3, Connection::Offline);
    world.apply(object("shop", "cart", &[], 1));
    run(&mut world);
    assert_eq!(updated(&world), 5);
    presence(&mut world, 3, Connection::Online);
    world.settle();
    assert_eq!(updated(&world), 6, "it catches up");
}

#[test]
fn a_location_that_changes_its_region_keeps_what_it_has() {
    let mut world = rolled();
    run(&mut world);
    world.quiesce();
    world.apply(object("shop", "cart", &[], 1));
    world.settle();
    let before = world.decided(SHOP);
    world.apply(location("l5", "eu", &[]));
    world.quiesce();
    let after = world.decided(SHOP);
    assert_eq!((&after["l5"].0, &after["l5"].1), (&"eu".to_owned(), &before["l5"].1));
    assert_eq!(updated(&world), 1);
}

#[test]
fn a_placement_that_loses_its_rollout_goes_everywhere_at_once() {
    let mut world = rolled();
    run(&mut world);
    world.apply(object("shop", "cart", &[], 1));
    world.settle();
    assert_eq!(updated(&world), 1);
    world.apply(placement(SHOP, everything(everywhere())));
    world.settle();
    assert_eq!(updated(&world), 6);
    let numbers: BTreeSet<u64> = world.decided(SHOP).values().map(|(_, _, number)| *number).collect();
    assert_eq!(numbers, [world.rollout(SHOP).number].into());
    assert_eq!(world.rollout(SHOP).progress, None);
    // And back: nothing changes by that alone.
    world.apply(placement(SHOP, PlacementSpec { rollout: Some(spec()), ..everything(everywhere()) }));
    let before = world.decided(SHOP);
    world.settle();
    assert_eq!((world.decided(SHOP), phase(&world)), (before, RolloutPhase::Completed));
}

#[test]
fn a_deleted_placement_is_withdrawn_from_everybody_in_mid_rollout() {
    let mut world = rolled();
    run(&mut world);
    world.apply(object("shop", "cart", &[], 1));
    world.settle();
    world.delete(&placement_key(SHOP));
    world.settle();
    assert!(world.decided(SHOP).is_empty());
    assert!(world.rollout(SHOP).withdrawn);
}

#[test]
fn a_batch_that_was_not_stored_is_written_again_state_and_rows() {
    let mut world = rolled();
    run(&mut world);
    world.apply(object("shop", "cart", &[], 1));
    let mut refused = 0;
    for _ in 0..10 {
        for unit in 0..UNITS {
            refused += world.view.place(unit, 999, 5).row_count();
            world.view.rejected(unit);
        }
        world.step(999);
        heal(&mut world);
    }
    assert!(refused > 0);
    run(&mut world);
    assert_eq!(updated(&world), 6);
}

#[test]
fn a_soak_ends_by_the_clock_alone() {
    let mut world = rolled();
    let mut soaking = spec();
    soaking.waves[0].soak = Some(Span(600_000));
    world.apply(placement(SHOP, PlacementSpec { rollout: Some(soaking), ..everything(everywhere()) }));
    world.settle();
    heal(&mut world);
    world.settle();
    assert_eq!(updated(&world), 1);
    let wake = world.view.wake(0).expect("it waits for a time");
    assert!(wake > 600_000);
    assert_eq!(world.view.wake(wake), None);
    let unit = model::unit(&key(SHOP));
    let outcome = world.view.place(unit, 999, wake);
    let moved: usize = outcome.decisions.iter().map(|row| row.decision.location_count()).sum();
    assert!(moved >= 3, "{outcome:?}");
}

/// Goes on at this time until nothing happens.
fn place_at(world: &mut World, now_ms: u64) {
    let unit = model::unit(&key(SHOP));
    for _ in 0..20 {
        world.view.wake(now_ms);
        let outcome = world.view.place(unit, 999, now_ms);
        world.store(&outcome);
    }
}

#[test]
fn a_gate_lets_a_wave_pass_when_its_condition_holds() {
    let mut world = rolled();
    let gate = |text: &str| Gate { expression: Some(text.into()), interval: Span(1_000), ..Gate::default() };
    let declare = |world: &mut World, text: &str| {
        let mut gated = spec();
        gated.waves[0].gates = vec![gate("wave.failed == 0"), gate(text)];
        world.apply(placement(SHOP, PlacementSpec { rollout: Some(gated), ..everything(everywhere()) }));
    };
    declare(&mut world, "wave.healthy > 1");
    place_at(&mut world, 5);
    heal(&mut world);
    place_at(&mut world, 10);
    assert_eq!(updated(&world), 1);
    let waiting = world.rollout(SHOP).progress.as_ref().and_then(|progress| progress.waiting.clone());
    let reason = "`wave.healthy > 1` does not hold".to_owned();
    assert_eq!(waiting, Some(Waiting::Gate { gate: 1, reason }));
    declare(&mut world, "wave.healthy == 1");
    place_at(&mut world, 2_000);
    assert_eq!(updated(&world), 3);
}

#[test]
fn a_location_waits_for_its_window_by_its_own_clock() {
    let mut world = rolled();
    // It is noon on a Thursday in Greenwich.
    let noon = 1_000 * (12 * 3600);
    let zone = |n: usize| if n == 0 { "Asia/Tokyo" } else { "" };
    for n in 0..6 {
        let mut declared = location(&format!("l{n}"), ["eu", "us"][n % 2], &[]);
        let Spec::Location(spec) = &mut declared.spec else { unreachable!() };
        spec.properties.insert("timezone".into(), zone(n).into());
        world.apply(declared);
    }
    let night =
        Window { days: Vec::new(), from: TimeOfDay { minutes: 21 * 60 }, to: TimeOfDay { minutes: 5 * 60 } };
    let windowed = RolloutSpec { windows: vec![night], ..RolloutSpec::default() };
    world.apply(placement(SHOP, PlacementSpec { rollout: Some(windowed), ..everything(everywhere()) }));
    place_at(&mut world, noon);
    assert_eq!(world.decided(SHOP).keys().collect::<Vec<_>>(), ["l0"]);
    heal(&mut world);
    place_at(&mut world, noon + 1);
    let nine = 1_000 * (21 * 3600);
    let waiting = world.rollout(SHOP).progress.as_ref().and_then(|progress| progress.waiting.clone());
    assert_eq!(waiting, Some(Waiting::Window { locations: 5, until: nine }));
    assert_eq!(world.view.wake(noon + 2), Some(nine));
    place_at(&mut world, nine);
    assert_eq!(updated(&world), 6);
}

#[test]
fn an_undo_stays_undone_while_the_content_cannot_be_told() {
    let mut world = rolled();
    world.apply(transform("t", "$.data.x", None));
    let listed = |transforms: &[&str]| PlacementSpec {
        rollout: Some(spec()),
        transforms: transforms.iter().map(|&name| name.to_owned()).collect(),
        ..everything(everywhere())
    };
    world.apply(placement(SHOP, listed(&["t"])));
    run(&mut world);
    let good = world.rollout(SHOP).release;
    world.apply(object("shop", "cart", &[], 1));
    run(&mut world);
    let rollout = world.rollout(SHOP).clone();
    let said = RolloutControlSpec {
        placement_uid: rollout.placement_uid,
        number: rollout.number,
        undo_to: Some(good),
        ..RolloutControlSpec::default()
    };
    let metadata = Metadata { space: "default".into(), name: SHOP.into(), ..Metadata::default() };
    world.apply(Resource { metadata, spec: Spec::RolloutControl(said) });
    run(&mut world);
    assert_eq!((world.rollout(SHOP).release, updated(&world)), (good, 6));
    world.delete(&transform_key("t"));
    world.settle();
    world.apply(transform("t", "$.data.x", None));
    world.settle();
    assert_eq!((world.rollout(SHOP).release, updated(&world)), (good, 6));
}
