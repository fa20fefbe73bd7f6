//! What a release holds, and when its number rises.

mod world;

use model::*;
use world::*;

fn world_with(spec: PlacementSpec) -> World {
    let mut world = World::new();
    world.apply(location("store-1", "eu", &[]));
    world.apply(object("shop", "settings", &[("app", "cart")], 0));
    world.apply(placement("shop", spec));
    world.settle();
    world
}

fn release(world: &World, name: &str) -> String {
    String::from_utf8(world.contents[&world.rollout(name).release].clone()).expect("encoded as text")
}

#[test]
fn every_change_of_the_release_raises_the_number_going_back_included() {
    let mut world = world_with(everything(everywhere()));
    let first = world.rollout("shop").clone();
    assert_eq!((first.number, first.object_count, first.location_count), (1, 1, 1));
    world.apply(object("shop", "settings", &[("app", "cart")], 1));
    world.settle();
    world.apply(object("shop", "settings", &[("app", "cart")], 0));
    world.settle();
    let last = world.rollout("shop");
    assert_eq!((last.number, last.release), (3, first.release));
    let reasons: Vec<&str> = last.history.iter().map(|step| step.reason.as_str()).collect();
    assert_eq!(
        reasons,
        [
            "placement created",
            "objects, transforms, health rules or policy changed",
            "back to the release of rollout 1"
        ]
    );
    world.apply(location("store-2", "eu", &[]));
    world.settle();
    assert_eq!((world.rollout("shop").number, world.rollout("shop").location_count), (3, 2));
}

#[test]
fn the_history_is_bounded() {
    let mut world = world_with(everything(everywhere()));
    for content in 1..40 {
        world.apply(object("shop", "settings", &[], content));
        world.settle();
    }
    let rollout = world.rollout("shop");
    assert_eq!((rollout.number, rollout.history.len(), rollout.history[0].number), (40, 20, 21));
}

#[test]
fn a_deleted_placement_is_withdrawn_and_its_successor_counts_on() {
    let mut world = world_with(everything(everywhere()));
    world.delete(&placement_key("shop"));
    world.settle();
    assert!(world.rollout("shop").withdrawn);
    assert!(world.decisions.values().all(|(row, _)| row.groups.is_empty()), "rows stay, as instructions");
    world.apply(placement("shop", everything(everywhere())));
    world.settle();
    let rollout = world.rollout("shop");
    assert_eq!((rollout.number, rollout.withdrawn, rollout.placement_uid.as_str()), (2, false, "uid-4"));
    assert_eq!(rollout.history.last().unwrap().reason, "placement created again");
    assert!(world.decisions.values().all(|(row, _)| row.placement_uid == "uid-4"));
}

#[test]
fn a_number_that_rows_have_used_is_not_used_for_another_release() {
    let mut world = world_with(everything(everywhere()));
    // The process ended between the rows of number 2 and its rollout.
    let first = world.rollout("shop").clone();
    world.apply(object("shop", "settings", &[], 1));
    world.settle();
    world.rollouts.insert(key("shop"), first);
    world.apply(object("shop", "settings", &[], 2));
    world.view = world.reread(false);
    world.settle();
    assert_eq!(world.rollout("shop").number, 3);
}

#[test]
fn a_missing_transform_is_told_and_the_release_before_stays() {
    let transforms = vec!["trim".to_owned(), "other".to_owned()];
    let mut world = world_with(PlacementSpec { transforms, ..everything(everywhere()) });
    assert_eq!((world.rollout("shop").number, world.decided("shop").len()), (0, 0));
    world.apply(transform("trim", "$.data.a", None));
    world.apply(transform("other", "$.data.b", None));
    world.settle();
    let before = world.rollout("shop").clone();
    assert_eq!((before.number, before.problems.len()), (1, 0));
    world.delete(&transform_key("trim"));
    world.apply(location("store-2", "eu", &[]));
    world.settle();
    let after = world.rollout("shop");
    assert_eq!((after.release, after.number, after.location_count), (before.release, 1, 2));
    assert_eq!(after.problems[0].reason, "TransformNotFound");
    assert_eq!(world.decided("shop").len(), 2, "membership goes on");
}

#[test]
fn a_region_that_is_not_there_is_told() {
    let mut world = world_with(everything(in_regions(&["eu", "nowhere"])));
    world.apply(region("eu", ""));
    world.settle();
    let problems = &world.rollout("shop").problems;
    assert_eq!(
        problems.iter().map(|problem| problem.reason.as_str()).collect::<Vec<_>>(),
        ["RegionNotFound"]
    );
    let many: Vec<String> = (0..100).map(|n| format!("r{n}")).collect();
    world.apply(placement("shop", everything(Where { regions: many, ..Where::default() })));
    world.settle();
    assert_eq!(world.rollout("shop").problems.len(), 20);
}

#[test]
fn listed_transforms_come_first_in_their_order_and_bound_ones_by_name() {
    let cart = Clause { object_selectors: vec![selector("app", "cart")], ..Clause::default() };
    let other = Clause { object_selectors: vec![selector("app", "other")], ..Clause::default() };
    let transforms = vec!["z".to_owned(), "y".to_owned()];
    let mut world = world_with(PlacementSpec { transforms, ..everything(everywhere()) });
    world.apply(transform("z", "$.z", Some(cart.clone())));
    world.apply(transform("y", "$.y", None));
    world.apply(transform("b", "$.b", Some(cart.clone())));
    world.apply(transform("a", "$.a", Some(cart)));
    world.apply(transform("elsewhere", "$.e", Some(other)));
    world.apply(transform("unbound", "$.u", None));
    world.settle();
    let release = release(&world, "shop");
    let order: Vec<usize> =
        ["$.z", "$.y", "$.a", "$.b"].iter().map(|path| release.find(path).unwrap()).collect();
    assert!(order.is_sorted(), "{release}");
    assert!(!release.contains("$.e") && !release.contains("$.u"), "{release}");
}

#[test]
fn a_health_rule_is_in_the_releases_in_which_it_decides_and_in_no_others() {
    let named = |name: &str| Clause { object_names: vec![name.into()], ..Clause::default() };
    let mut world = world_with(everything(everywhere()));
    world.apply(placement(
        "other",
        PlacementSpec { what: vec![named("elsewhere")], ..everything(everywhere()) },
    ));
    world.settle();
    let before = ["shop", "other"].map(|name| world.rollout(name).release);
    world.apply(health_rule("b", "status.b", named("settings")));
    world.settle();
    assert!(release(&world, "shop").contains("status.b"));
    assert_eq!(world.rollout("other").release, before[1], "it takes nothing that the rule matches");
    // The first by name decides alone: the other may change without anybody noticing.
    world.apply(health_rule("a", "status.a", named("settings")));
    world.settle();
    let decided = release(&world, "shop");
    assert!(decided.contains("status.a") && !decided.contains("status.b"), "{decided}");
    let number = world.rollout("shop").number;
    world.apply(health_rule("b", "status.changed", named("settings")));
    world.settle();
    assert_eq!(world.rollout("shop").number, number);
    ["a", "b"].iter().for_each(|name| world.delete(&health_rule_key(name)));
    world.settle();
    assert_eq!(["shop", "other"].map(|name| world.rollout(name).release), before);
}

#[test]
fn create_only_holds_whichever_placement_says_it() {
    let mut world = world_with(everything(everywhere()));
    assert!(release(&world, "shop").contains("create_only: false"));
    let what = vec![Clause { namespaces: vec!["shop".into()], create_only: true, ..Clause::default() }];
    world.apply(placement("other", PlacementSpec { what, ..PlacementSpec::default() }));
    world.settle();
    assert!(release(&world, "shop").contains("create_only: true"));
    world.delete(&placement_key("other"));
    world.settle();
    assert!(release(&world, "shop").contains("create_only: false"));
}

#[test]
fn an_object_is_taken_by_any_clause_whose_tests_it_passes_all() {
    let named = |name: &str, app: &str| Clause {
        object_names: vec![name.into()],
        object_selectors: vec![selector("app", app)],
        ..Clause::default()
    };
    let what = vec![named("settings", "cart"), named("menu", "menu"), named("prices", "cart")];
    let mut world = world_with(PlacementSpec { what, ..everything(everywhere()) });
    world.apply(object("shop", "menu", &[("app", "menu")], 0));
    world.apply(object("shop", "prices", &[("app", "other")], 0));
    world.settle();
    let release = release(&world, "shop");
    assert!(release.contains("settings") && release.contains("menu") && !release.contains("prices"));
    assert_eq!(world.rollout("shop").object_count, 2);
}

#[test]
fn a_namespace_that_changes_its_labels_takes_its_objects_with_it() {
    let what = vec![Clause { namespace_selectors: vec![selector("team", "a")], ..Clause::default() }];
    let mut world = world_with(PlacementSpec { what, where_: everywhere(), ..PlacementSpec::default() });
    assert_eq!(world.rollout("shop").object_count, 0);
    world.apply(object("", "shop", &[("team", "a")], 0));
    world.settle();
    assert_eq!(world.rollout("shop").object_count, 1);
    world.apply(object("", "shop", &[("team", "b")], 0));
    world.settle();
    assert_eq!(world.rollout("shop").object_count, 0);
}

#[test]
fn a_placement_sees_only_its_own_space() {
    let mut world = world_with(everything(everywhere()));
    let mut foreign = object("shop", "other", &[], 0);
    foreign.metadata.space = "other".into();
    let everything = Clause { object_names: vec!["*".into()], ..Clause::default() };
    let mut bound = transform("bound", "$.a", Some(everything));
    bound.metadata.space = "other".into();
    let before = world.rollout("shop").release;
    world.apply(foreign);
    world.apply(bound);
    world.settle();
    assert_eq!(world.rollout("shop").release, before);
}

#[test]
fn only_what_no_release_named_before_is_stored() {
    let mut world = world_with(everything(everywhere()));
    world.apply(object("shop", "another", &[], 7));
    let contents: Vec<_> = world.step(999).into_iter().flat_map(|outcome| outcome.contents).collect();
    assert_eq!(contents.len(), 2, "the new object and the release");
}

#[test]
fn an_explanation_names_what_fails_and_the_value() {
    let mut world = world_with(everything(labelled("tier", "gold")));
    world.apply(location("store-1", "eu", &[("tier", "bronze")]));
    let told = |location: &str| world.view.explain(&key("shop"), location).to_string();
    assert_eq!(
        told("store-1"),
        "not chosen: locationSelectors[0] wants tier In (gold), the location has \"bronze\""
    );
    assert_eq!(told("store-9"), "not chosen: there is no such location");
    assert_eq!(
        world.view.explain(&key("none"), "store-1").to_string(),
        "not chosen: there is no such placement"
    );
}

#[test]
fn nothing_is_decided_about_a_space_that_is_held() {
    let mut world = world_with(everything(everywhere()));
    world.view.hold(["default".to_owned()].into());
    world.delete(&object("shop", "settings", &[], 0).key());
    let outcomes = world.step(999);
    assert!(outcomes.iter().all(|outcome| outcome.row_count() == 0));
    assert!(outcomes.iter().any(|outcome| outcome.more), "it is not said to be done");
    world.view.hold(Default::default());
    world.settle();
    assert_eq!(world.rollout("shop").object_count, 0);
}
