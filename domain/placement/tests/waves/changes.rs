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
fn who_has_a_time_zone_that_there_is_not_waits_is_told_and_is_moved_once_it_is_corrected() {
    let mut world = rolled();
    let in_zone = |world: &mut World, n: usize, zone: &str| {
        let mut declared = location(&format!("l{n}"), ["eu", "us"][n % 2], &[]);
        let Spec::Location(spec) = &mut declared.spec else { unreachable!() };
        spec.properties.insert("timezone".into(), zone.into());
        world.apply(declared);
    };
    (0..4).for_each(|n| in_zone(&mut world, n, "Mars/Olympus"));
    let always =
        Window { days: Vec::new(), from: TimeOfDay { minutes: 0 }, to: TimeOfDay { minutes: 24 * 60 } };
    let rollout = Some(RolloutSpec { windows: vec![always], ..RolloutSpec::default() });
    world.apply(placement(SHOP, PlacementSpec { rollout, ..everything(everywhere()) }));
    world.settle();
    heal(&mut world);
    world.settle();
    assert_eq!(updated(&world), 2);
    let told: Vec<String> =
        world.rollout(SHOP).problems.iter().map(|it| format!("{}: {}", it.reason, it.message)).collect();
    assert_eq!(
        told,
        [
            "TimeZoneUnknown: property timezone says `Mars/Olympus`, which is no time zone, at 4 locations, among them l0, l1, l2: no window opens there; write an IANA name such as Europe/Berlin"
        ]
    );
    let waiting = world.rollout(SHOP).progress.as_ref().and_then(|progress| progress.waiting.clone());
    assert_eq!(waiting, Some(Waiting::Window { locations: 4, until: 0 }));
    (0..4).for_each(|n| in_zone(&mut world, n, "Etc/UTC"));
    run(&mut world);
    assert_eq!((updated(&world), world.rollout(SHOP).problems.len()), (6, 0));
}
