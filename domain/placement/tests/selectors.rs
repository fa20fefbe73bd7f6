//! Selectors answered by bitmaps are selectors answered one location at a time.

mod world;

use std::collections::BTreeMap;

use model::*;
use proptest::prelude::*;
use world::*;

fn labels() -> impl Strategy<Value = BTreeMap<String, String>> {
    prop::collection::btree_map("[ab]", "[xy]|-?[0-9]|99999999999999999999", 0..3)
}

fn requirement() -> impl Strategy<Value = Requirement> {
    let operator = prop::sample::select(vec![
        Operator::In,
        Operator::NotIn,
        Operator::Exists,
        Operator::DoesNotExist,
        Operator::Gt,
        Operator::Lt,
    ]);
    let values = prop::collection::vec("[xy]|-?[0-9]", 0..3);
    ("[abc]", operator, values).prop_map(|(key, operator, values)| Requirement { key, operator, values })
}

fn selector() -> impl Strategy<Value = LabelSelector> {
    let parts = (labels(), prop::collection::vec(requirement(), 0..3));
    parts.prop_map(|(match_labels, match_expressions)| LabelSelector { match_labels, match_expressions })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    #[test]
    fn a_selector_takes_what_it_matches(
        locations in prop::collection::vec(labels(), 1..20),
        relabelled in prop::collection::vec(labels(), 0..10),
        selectors in prop::collection::vec(selector(), 1..4),
    ) {
        let mut world = World::new();
        let declare = |world: &mut World, all: &[BTreeMap<String, String>]| {
            for (n, labels) in all.iter().enumerate() {
                let mut location = location(&format!("l{n}"), "eu", &[]);
                location.metadata.labels.clone_from(labels);
                world.apply(location);
            }
        };
        declare(&mut world, &locations);
        let where_ = Where { location_selectors: selectors, ..Where::default() };
        world.apply(placement("shop", everything(where_)));
        world.settle();
        prop_assert_eq!(names(world.decided("shop")), names(world.expected("shop")));
        // One location at a time from here on: the other path to the same answer.
        declare(&mut world, &relabelled);
        world.settle();
        prop_assert_eq!(names(world.decided("shop")), names(world.expected("shop")));
    }
}

fn names<T>(chosen: BTreeMap<String, T>) -> Vec<String> {
    chosen.into_keys().collect()
}
