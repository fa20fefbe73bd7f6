//! Single cases, each a sentence of what is promised.

use std::collections::BTreeMap;

use super::*;

#[test]
fn an_expression_selects_what_it_holds_for() {
    let mut world = fleet(where_of(1));
    assert_eq!(world.chosen("shop"), ["l2", "l3", "l4", "l5", "l6"]);
    world.put(&[Site { size: Some(9), ..Site::new("l1", "eu") }]);
    assert_eq!(world.chosen("shop").len(), 6);
    world.put(&[Site { size: Some(0), ..Site::new("l2", "eu") }]);
    assert!(matches!(world.refusal("shop", "l2"), Reason::ExpressionFalse { .. }));
}

#[test]
fn where_the_expression_fails_what_was_chosen_stays_and_nothing_is_added() {
    let mut world = fleet(where_of(1));
    world.put(&[Site::new("l6", "us"), Site::new("l7", "us")]);
    assert_eq!(world.chosen("shop"), ["l2", "l3", "l4", "l5", "l6"]);
    assert_eq!(
        world.problem("shop"),
        "ExpressionFailed: `int(location.properties.size) > 1`: there is no `size`: at 2 locations, l6, l7; what was chosen there stays, nothing is added"
    );
    let Explanation::Chosen(chosen) = world.view.explain(&key("shop"), "l6") else { unreachable!() };
    assert!(matches!(chosen.kept.as_deref(), Some(Reason::ExpressionFailed { .. })), "{chosen}");
    world.put(&[Site { size: Some(7), ..Site::new("l7", "us") }]);
    assert!(world.chosen("shop").contains(&"l7".to_owned()));
}

#[test]
fn an_expression_that_is_none_changes_nothing_that_is_there() {
    let mut world = fleet(where_of(1));
    let broken = Where { expression: "location.name ==".into(), ..everywhere() };
    world.apply(placement("shop", everything(broken)));
    world.settle();
    assert_eq!(world.chosen("shop"), ["l2", "l3", "l4", "l5", "l6"]);
    assert!(world.problem("shop").starts_with("ExpressionFailed: `location.name ==`, character"));
}

#[test]
fn a_taint_keeps_away_whoever_does_not_tolerate_it() {
    let tainted = |effect| Site { taint: Some(effect), ..Site::new("l1", "eu") };
    let mut world = fleet(everywhere());
    world.put(&[tainted(TaintEffect::NoSelectIfNew)]);
    assert_eq!(world.chosen("shop").len(), 6, "an existing decision stays");
    world.put(&[tainted(TaintEffect::PreferNoSelect)]);
    assert_eq!(world.chosen("shop").len(), 6, "where all are taken it has no better");
    world.put(&[tainted(TaintEffect::NoSelect)]);
    assert_eq!(world.chosen("shop").len(), 5, "it leaves");
    assert!(world.refusal("shop", "l1").to_string().contains("taint drain:NoSelect is not tolerated"));
    world.put(&[tainted(TaintEffect::NoSelectIfNew)]);
    assert_eq!(world.chosen("shop").len(), 5, "now it would be new");
    let toleration =
        Toleration { key: "drain".into(), operator: TolerationOperator::Exists, ..Toleration::default() };
    world.apply(placement("shop", everything(Where { tolerations: vec![toleration], ..everywhere() })));
    world.settle();
    assert_eq!(world.chosen("shop").len(), 6);
}

#[test]
fn a_location_with_a_taint_that_prefers_others_comes_last() {
    let mut world = fleet(best(5, vec![prioritizer("Capacity:cpu", 1)]));
    assert_eq!(world.chosen("shop"), ["l2", "l3", "l4", "l5", "l6"]);
    world.put(&[Site { cpu: Some(9), taint: Some(TaintEffect::PreferNoSelect), ..Site::new("l7", "us") }]);
    assert_eq!(world.chosen("shop"), ["l2", "l3", "l4", "l5", "l6"]);
    world.put(&[Site { cpu: Some(9), ..Site::new("l7", "us") }]);
    assert_eq!(world.chosen("shop"), ["l3", "l4", "l5", "l6", "l7"]);
}

#[test]
fn the_best_are_chosen_and_what_is_chosen_stays_unless_said_otherwise() {
    let mut world = fleet(best(2, Vec::new()));
    assert_eq!(world.chosen("shop"), ["l1", "l2"], "equal ones go by name");
    world.put(&[Site::new("l0", "eu")]);
    assert_eq!(world.chosen("shop"), ["l1", "l2"], "Steady is the default");
    world.delete(&location_key("l1"));
    world.settle();
    assert_eq!(world.chosen("shop"), ["l0", "l2"]);
    world.apply(placement("shop", everything(best(2, vec![prioritizer("Capacity:cpu", 1)]))));
    world.settle();
    assert_eq!(world.chosen("shop"), ["l5", "l6"]);
    world.apply(placement("shop", everything(best(2, vec![prioritizer("Property:size", -1)]))));
    world.settle();
    assert_eq!(world.chosen("shop"), ["l2", "l3"], "l0 has no size");
}

#[test]
fn too_few_locations_are_told_with_how_many_are_missing() {
    let world = fleet(Where { spread: vec![spread("zone", 1)], ..best(9, Vec::new()) });
    assert_eq!(world.chosen("shop").len(), 6);
    assert_eq!(
        world.problem("shop"),
        "NotEnoughLocations: where.numberOfLocations wants 9, 6 are chosen, 3 too few: 6 pass all tests"
    );
}

#[test]
fn a_spread_keeps_groups_alike() {
    let mut world =
        fleet(Where { spread: vec![spread("region", 1)], ..best(4, vec![prioritizer("Capacity:cpu", 1)]) });
    assert_eq!(world.chosen("shop"), ["l2", "l3", "l5", "l6"]);
    ["l1", "l2"].iter().for_each(|name| world.delete(&location_key(name)));
    world.settle();
    assert_eq!(world.chosen("shop"), ["l3", "l5", "l6"]);
    assert_eq!(
        world.problem("shop"),
        "NotEnoughLocations: where.numberOfLocations wants 4, 3 are chosen, 1 too few: 4 pass all tests; 1 are kept out by maxSkew of where.spread[0]"
    );
    let reason = world.refusal("shop", "l4").to_string();
    assert!(reason.starts_with("region us has 2, the group with the fewest 1, and maxSkew is 1"), "{reason}");
}

#[test]
fn with_too_few_groups_what_was_chosen_stays() {
    let groups = Spread { key: "zone".into(), min_groups: Some(2), ..Spread::default() };
    let mut world = fleet(Where { spread: vec![groups], ..best(4, Vec::new()) });
    let before = world.chosen("shop");
    assert_eq!(before.len(), 4);
    world.put(
        &(1..=6).map(|n| Site { zone: Some(7), ..Site::new(&format!("l{n}"), "eu") }).collect::<Vec<_>>(),
    );
    assert_eq!(world.chosen("shop"), before);
    assert_eq!(
        world.problem("shop"),
        "NotEnoughGroups: where.spread[0] wants 2 groups by zone, 1 can be chosen from, 1 too few: what was chosen stays, nothing is added"
    );
    let outsider =
        (1..=6).map(|n| format!("l{n}")).find(|name| !before.contains(name)).expect("two are left");
    assert!(matches!(world.refusal("shop", &outsider), Reason::Unsatisfied { .. }));
    world.put(&[Site { zone: Some(8), ..Site::new("l9", "eu") }]);
    assert_eq!(world.problem("shop"), "");
    assert!(world.chosen("shop").contains(&"l9".to_owned()));
}

#[test]
fn a_location_that_has_nothing_to_be_spread_by_is_not_chosen() {
    let mut world = fleet(Where { spread: vec![spread("zone", 5)], ..everywhere() });
    world.put(&[Site::new("l7", "eu")]);
    assert!(!world.chosen("shop").contains(&"l7".to_owned()));
    assert_eq!(world.refusal("shop", "l7").to_string(), "it has no zone to be spread by");
}

#[test]
fn only_the_best_groups_are_chosen_from() {
    let groups = Spread { key: "region".into(), max_groups: Some(1), ..Spread::default() };
    let world = fleet(Where { spread: vec![groups], ..best(2, vec![prioritizer("Capacity:cpu", 1)]) });
    assert_eq!(world.chosen("shop"), ["l5", "l6"]);
    let reason = world.refusal("shop", "l3").to_string();
    assert!(reason.starts_with("region eu is not among the 1 best groups"), "{reason}");
}

#[test]
fn balance_takes_those_with_the_fewest_placements_and_moves_nothing_later() {
    let mut world = fleet(best(3, vec![prioritizer("Balance", 1)]));
    assert_eq!(world.chosen("shop"), ["l1", "l2", "l3"]);
    world.apply(placement("second", everything(best(3, vec![prioritizer("Balance", 1)]))));
    world.settle();
    assert_eq!(world.chosen("second"), ["l4", "l5", "l6"]);
    world.delete(&placement_key("second"));
    world.settle();
    assert_eq!(world.chosen("shop"), ["l1", "l2", "l3"]);
    assert_eq!(written(&world, false), vec![], "nor for whoever reads it anew");
}

#[test]
fn a_moved_location_stays_chosen_and_is_counted_in_its_new_region() {
    let mut world = fleet(best(3, Vec::new()));
    world.put(&[Site::new("l2", "us")]);
    world.quiesce();
    let regions: BTreeMap<String, String> =
        world.decided("shop").into_iter().map(|(name, (region, ..))| (name, region)).collect();
    assert_eq!(regions.len(), 3);
    assert_eq!(regions["l2"], "us");
}

#[test]
fn an_explanation_tells_scores_and_what_would_change_it() {
    let world = fleet(best(2, vec![prioritizer("Capacity:cpu", 2), prioritizer("Steady", 1)]));
    let explanation = world.view.explain(&key("shop"), "l6").to_string();
    assert_eq!(explanation, "chosen: by locationSelectors[0]; scores 300 (Capacity:cpu 100 x2, Steady 100)");
    let reason = world.refusal("shop", "l1");
    assert_eq!(
        reason.to_string(),
        "others are better, the last is l5 with 260; scores 0 (Capacity:cpu 0 x2, Steady 0)"
    );
    assert_eq!(reason.remedy().as_deref(), Some("raise numberOfLocations, or let it score more than 260"));
}

#[test]
fn a_wrong_expression_is_refused_with_its_field_position_and_reason() {
    let check = |text: &str| placement::check_expression(&Where { expression: text.into(), ..everywhere() });
    assert_eq!(check("location.region == 'eu'"), None);
    assert_eq!(placement::check_expression(&everywhere()), None);
    let refused = |text| check(text).expect(text);
    let (field, message) = refused("location.region = 'eu'");
    assert_eq!(field, "spec.where.expression");
    assert!(message.starts_with("`location.region = 'eu'`, character 17: "), "{message}");
    assert_eq!(
        refused("location.label.env == 'eu'").1,
        "`location.label.env == 'eu'`, character 10: a location has no field `label`; it has `name`, `region`, `labels`, `annotations`, `properties`, `capacity`"
    );
    assert!(refused("location.region").1.contains("it gives text; a condition must be true or false"));
    let nested = "location.labels.all(a, location.labels.all(b, location.labels.all(c, a + b + c != 'x')))";
    assert!(refused(nested).1.contains("it could take too much time"));
}

#[test]
fn an_explanation_tells_every_test_in_order() {
    let mut world = fleet(where_of(1));
    let asked = |world: &World, location: &str| {
        let tests = world.view.explain(&key("shop"), location).tests().into_iter();
        tests.map(|(test, passed)| format!("{}={passed}", test.name())).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(
        asked(&world, "l6"),
        "declared=true regions=true locationSelectors=true expression=true taints=true choice=true"
    );
    assert_eq!(asked(&world, "l1"), "declared=true regions=true locationSelectors=true expression=false");
    world.apply(placement("shop", everything(in_regions(&["us"]))));
    world.settle();
    assert_eq!(asked(&world, "l1"), "declared=true regions=false");
}

/// The page is for people, who copy what stands there.
#[test]
fn the_placement_on_the_page_takes_the_location_on_the_page() {
    let page = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/placement.md");
    let text = std::fs::read_to_string(page).expect("the page is there");
    let block = text.split("```yaml\n").nth(1).and_then(|rest| rest.split("```").next()).expect("a document");
    let documents = parse::documents("docs/placement.md", block, "default").expect("it parses");
    let mut world = World::new();
    world.apply(object("shop", "settings", &[], 0));
    for document in documents {
        if let Spec::Placement(spec) = &document.resource.spec {
            assert_eq!(placement::check_expression(&spec.where_), None);
        }
        // It is to be spread over two regions: another one like it is in a region below.
        if let Spec::Location(spec) = &document.resource.spec {
            let mut other = document.resource.clone();
            other.metadata.name = "store-2".into();
            other.spec = Spec::Location(LocationSpec { region: "fr".into(), ..spec.clone() });
            world.apply(other);
        }
        world.apply(document.resource);
    }
    world.apply(region("eu", ""));
    world.apply(region("fr", "eu"));
    world.settle();
    // Its taint keeps away what is new, and is tolerated.
    assert_eq!(world.chosen("shop"), ["store-1", "store-2"]);
    assert!(
        world.problem("shop").starts_with("NotEnoughLocations: where.numberOfLocations wants 100, 2 are")
    );
}
