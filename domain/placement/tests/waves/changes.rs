//! What begins a rollout, and what of a location decides about its turn.

use super::*;

fn listing(transforms: &[&str]) -> PlacementSpec {
    let transforms = transforms.iter().map(|&name| name.to_owned()).collect();
    PlacementSpec { rollout: Some(spec()), transforms, ..everything(everywhere()) }
}

/// Changes of what a placement moves, one after the other.
const CHANGES: [fn(&mut World); 6] = [
    |world| world.apply(object("shop", "cart", &[], 1)),
    |world| world.apply(object("shop", "menu", &[], 1)),
    |world| world.delete(&object("shop", "menu", &[], 1).key()),
    |world| world.apply(transform("t", "$.data.other", None)),
    |world| world.apply(placement(SHOP, listing(&[]))),
    |world| world.apply(placement(SHOP, PlacementSpec { deletion: Deletion::Orphan, ..listing(&[]) })),
];

#[test]
fn each_change_of_objects_transforms_or_the_placement_is_a_release_that_goes_out_in_waves() {
    let mut world = rolled();
    world.apply(transform("t", "$.data.x", None));
    world.apply(placement(SHOP, listing(&["t"])));
    run(&mut world);
    for (number, change) in CHANGES.iter().enumerate() {
        let before = world.rollout(SHOP).release;
        change(&mut world);
        world.settle();
        let release = world.rollout(SHOP).release;
        assert!(release != before && world.contents.contains_key(&release), "change {number}");
        assert_eq!(updated(&world), 1, "change {number}");
        assert_eq!(run(&mut world), [1, 3, 5, 6], "change {number}");
    }
}

#[test]
fn a_location_that_changes_is_no_release() {
    let mut world = rolled();
    run(&mut world);
    let before = (world.rollout(SHOP).number, world.decided(SHOP));
    world.apply(location("l3", "us", &[("tier", "pilot")]));
    assert_eq!(world.settle(), 0);
    assert_eq!((world.rollout(SHOP).number, world.decided(SHOP)), before);
}

#[test]
fn who_is_labelled_as_one_of_a_wave_that_is_open_is_moved_with_it() {
    let mut world = rolled();
    run(&mut world);
    let select = Select::Selector(selector("tier", "pilot"));
    let pilots = Wave { name: "pilots".into(), select: Some(select), approval: true, ..Wave::default() };
    let rollout = Some(RolloutSpec { waves: vec![pilots], ..RolloutSpec::default() });
    world.apply(location("l0", "eu", &[("tier", "pilot")]));
    world.apply(placement(SHOP, PlacementSpec { rollout, ..everything(everywhere()) }));
    world.apply(object("shop", "cart", &[], 1));
    world.settle();
    heal(&mut world);
    world.settle();
    let release = world.rollout(SHOP).release;
    let has = |world: &World, name: &str| world.decided(SHOP)[name].1 == release;
    assert!(has(&world, "l0") && !has(&world, "l3") && updated(&world) == 1);
    world.apply(location("l3", "us", &[("tier", "pilot")]));
    world.settle();
    assert!(has(&world, "l3") && updated(&world) == 2);
}

#[test]
fn what_went_everywhere_at_once_and_gets_waves_is_never_told_without_them() {
    let mut world = rolled();
    world.apply(placement(SHOP, everything(everywhere())));
    world.settle();
    let (number, release) = (world.rollout(SHOP).number, world.rollout(SHOP).release);
    world.apply(placement(SHOP, PlacementSpec { rollout: Some(spec()), ..everything(everywhere()) }));
    let outcome = world.view.place(model::unit(&key(SHOP)), 999, 1_000);
    let told: Vec<&Rollout> = outcome.rollouts.iter().map(|row| &row.rollout).collect();
    assert!(!told.is_empty() && told.iter().all(|rollout| rollout.progress.is_some()));
    let now = told[0];
    assert_eq!((now.number, now.release), (number, release), "nothing else goes out by that");
}

#[test]
fn who_has_moved_is_known_by_the_region_where_it_is_whichever_tells_first() {
    let mut world = rolled();
    world.settle();
    heal(&mut world);
    let online = LocationPresence { connection: Connection::Online, ..LocationPresence::default() };
    let there = Presence { locations: [("l1".into(), online)].into() };
    // Its new region tells of it, and then the former one does not any more.
    world.view.set_presence("eu", 77, Some(&there));
    world.view.set_presence("us", 1, None);
    world.apply(object("shop", "cart", &[], 1));
    run(&mut world);
    assert_eq!((updated(&world), waiting(&world)), (6, None));
}
