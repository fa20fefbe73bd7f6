//! The rules of planning, each as a sentence, first by example and then as a property.

use std::collections::BTreeSet;

use crate::world::{World, any_claims, any_foreign, causes, claim, key, step, unknown};
use edge::{Cause, Claim, Hold, Observed, Pruning, Step, merge, plan, subjects, subjects_of, touched};
use model::{Adopt, Deletion};
use proptest::prelude::*;

fn prioritised(priority: i32, claim: Claim) -> Claim {
    Claim { priority, ..claim }
}

#[test]
fn the_first_document_creates_and_an_unchanged_one_keeps() {
    let mut world = World::default();
    let claims = [claim("cart", &["a=1"])];
    assert_eq!(causes(&world.reconcile(&claims)), [("a".into(), Cause::Create)]);
    assert_eq!(*step(&world.plan(&claims), "a"), Step::Keep);
}

#[test]
fn an_object_changed_by_hand_is_drift() {
    let mut world = World::default();
    let claims = [claim("cart", &["a=1", "b=1"])];
    world.reconcile(&claims);
    let mut world = world.with("a", "changed", true);
    world.live.remove(&key("b"));
    assert_eq!(causes(&world.plan(&claims)), [("a".into(), Cause::Drift), ("b".into(), Cause::Drift)]);
}

#[test]
fn what_nobody_wants_any_more_is_pruned_unless_its_placement_orphans() {
    let mut world = World::default();
    let orphaning = Claim { deletion: Deletion::Orphan, ..claim("pay", &["b=1"]) };
    world.reconcile(&[claim("cart", &["a=1"]), orphaning]);
    let plan = world.reconcile(&[]);
    assert_eq!(plan.steps, [(key("a").into(), Step::Prune), (key("b").into(), Step::Forget)]);
    assert!(world.live.contains_key(&key("b")) && world.inventory.entries.is_empty());
}

#[test]
fn create_only_is_created_then_neither_updated_nor_deleted_while_selected() {
    let mut world = World::default();
    world.reconcile(&[claim("cart", &["a!1"])]);
    let mut world = world.with("a", "edited", true);
    assert_eq!(*step(&world.reconcile(&[claim("cart", &["a!2"])]), "a"), Step::Keep);
    assert_eq!(world.live[&key("a")].content, "edited");
    assert_eq!(*step(&world.reconcile(&[]), "a"), Step::Prune);
}

#[test]
fn create_only_leaves_what_somebody_else_made_and_never_deletes_it() {
    let mut world = World::default().with("a", "theirs", false);
    assert_eq!(*step(&world.reconcile(&[claim("cart", &["a!1"])]), "a"), Step::Keep);
    assert!(world.reconcile(&[]).steps.is_empty());
}

#[test]
fn a_withheld_object_stays_as_it_is_and_still_belongs_to_its_placement() {
    let mut world = World::default();
    world.reconcile(&[claim("cart", &["a=1"])]);
    let claims = [prioritised(5, claim("cart", &["a?no such label"])), claim("pay", &["a=2"])];
    assert_eq!(*step(&world.reconcile(&claims), "a"), Step::Hold(Hold::Withheld("no such label".into())));
    assert_eq!(world.live[&key("a")].content, "1");
}

#[test]
fn of_those_who_want_an_object_otherwise_priority_decides_then_age_then_the_name() {
    let of = |space: &str, name: &str, priority: i32, create_time: u64, content: &str| {
        let mut claim = Claim { priority, create_time, ..claim(name, &[&format!("a={content}")]) };
        claim.owner.placement.space = space.into();
        claim
    };
    let won = |claims: &[Claim]| {
        let mut world = World::default();
        world.reconcile(claims);
        world.live[&key("a")].content.clone()
    };
    for (winner, loser) in [
        (of("b", "b", 2, 9, "w"), of("a", "a", 1, 1, "l")),
        (of("b", "b", 1, 1, "w"), of("a", "a", 1, 9, "l")),
        (of("a", "b", 1, 1, "w"), of("b", "a", 1, 1, "l")),
        (of("a", "a", 1, 1, "w"), of("a", "b", 1, 1, "l")),
        (of("a", "a", 0, 0, "w"), of("a", "b", -1, 0, "l")),
    ] {
        assert_eq!(won(&[winner.clone(), loser.clone()]), "w", "{winner:?}");
        assert_eq!(won(&[loser, winner]), "w", "whoever comes first");
    }
}

#[test]
fn who_wants_the_same_shares_the_object_and_what_any_of_them_asks_for_holds() {
    let orphaning = Claim { deletion: Deletion::Orphan, ..claim("cart", &["a=1", "b=1"]) };
    let claims = [orphaning, claim("pay", &["a!1", "b=2"])];
    let wishes = merge(&claims);
    let wish = &wishes.objects[&key("a").into()];
    assert_eq!((wish.owners.len(), wish.create_only, wish.deletion), (2, true, Deletion::Orphan));
    let alone = &wishes.objects[&key("b").into()];
    assert_eq!((alone.owners.len(), alone.create_only), (1, false), "who wants something else has no say");
    let mut world = World::default();
    world.reconcile(&claims);
    let mut world = world.with("a", "edited", true);
    world.reconcile(&claims);
    assert_eq!(world.live[&key("a")].content, "edited");
    world.reconcile(&claims[1..]);
    assert_eq!(*step(&world.reconcile(&[]), "a"), Step::Prune, "who asked to keep it has gone before");
}

#[test]
fn when_the_winner_withdraws_the_next_takes_over_in_place() {
    let mut world = World::default();
    let second = claim("pay", &["a=2"]);
    world.reconcile(&[prioritised(5, claim("cart", &["a=1"])), second.clone()]);
    assert_eq!(world.live[&key("a")].content, "1");
    assert_eq!(causes(&world.reconcile(&[second])), [("a".into(), Cause::Update)]);
    assert_eq!(world.live[&key("a")].content, "2");
}

#[test]
fn a_shared_object_goes_with_the_last_placement_that_wants_it() {
    let mut world = World::default();
    let (cart, pay) = (claim("cart", &["a=1"]), claim("pay", &["a=1"]));
    world.reconcile(&[cart.clone(), pay.clone()]);
    world.reconcile(std::slice::from_ref(&pay));
    assert!(!world.inventory.holds(&cart.owner) && world.inventory.holds(&pay.owner));
    assert!(world.live.contains_key(&key("a")));
    world.reconcile(&[]);
    assert!(world.live.is_empty());
}

#[test]
fn what_carries_the_mark_is_tributarys_also_where_the_inventory_does_not_have_it() {
    for adopt in [Adopt::Never, Adopt::IfNoDiff, Adopt::Always] {
        let claims = [Claim { adopt, ..claim("cart", &["a=1"]) }];
        let world = World::default().with("a", "2", true);
        assert!(
            matches!(world.plan(&claims).step(&key("a")), Some(Step::Apply(Cause::Update, _))),
            "{adopt:?}"
        );
    }
    assert!(World::default().with("a", "2", true).plan(&[]).steps.is_empty(), "and is not deleted");
}

#[test]
fn what_somebody_else_made_is_adopted_as_the_placement_says() {
    let step = |adopt, content: &str| {
        let claims = [Claim { adopt, ..claim("cart", &["a=1"]) }];
        step(&World::default().with("a", content, false).reconcile(&claims), "a").clone()
    };
    assert!(matches!(step(Adopt::IfNoDiff, "1"), Step::Adopt(_)));
    assert!(matches!(step(Adopt::IfNoDiff, "2"), Step::Refuse));
    assert!(matches!(step(Adopt::Always, "2"), Step::Apply(Cause::Takeover, _)));
    assert!(matches!(step(Adopt::Never, "1"), Step::Refuse));
}

#[test]
fn a_placement_whose_bundle_is_missing_loses_nothing() {
    let mut world = World::default();
    let (cart, pay) = (prioritised(5, claim("cart", &["a=1", "b=1"])), claim("pay", &["a=2"]));
    world.reconcile(std::slice::from_ref(&cart));
    let plan = world.reconcile(&[unknown(cart), pay]);
    assert!(plan.steps.iter().all(|(_, step)| *step == Step::Hold(Hold::OwnerUnknown)), "{plan:?}");
}

#[test]
fn a_location_that_has_moved_prunes_nothing() {
    let mut world = World::default();
    world.reconcile(&[claim("cart", &["a=1"])]);
    let wishes = merge(&[]);
    let plan =
        plan(&wishes, subjects(&wishes, &world.inventory), &world.observe(&wishes), Pruning::Forbidden);
    assert_eq!(*step(&plan, "a"), Step::Hold(Hold::Moved));
}

#[test]
fn a_creation_that_was_cut_short_is_ours_only_if_it_carries_the_mark() {
    let wishes = merge(&[claim("cart", &["a=1"])]);
    let mut world = World::default();
    world.inventory.intend(&key("a").into(), &wishes.objects[&key("a").into()]);
    let planned = |world: World| step(&world.plan(&[claim("cart", &["a=2"])]), "a").clone();
    assert!(matches!(planned(world.clone()), Step::Apply(Cause::Create, _)));
    assert!(matches!(planned(world.clone().with("a", "1", true)), Step::Apply(Cause::Update, _)));
    assert_eq!(planned(world.clone().with("a", "theirs", false)), Step::Refuse);
    assert_eq!(*step(&world.with("a", "theirs", false).plan(&[]), "a"), Step::Forget);
}

proptest! {
    #[test]
    fn nothing_outside_the_inventory_is_ever_pruned(documents in prop::collection::vec(any_claims(), 1..5), foreign in any_foreign()) {
        let mut world = World { live: foreign, ..World::default() };
        for claims in documents {
            let before = world.clone();
            let pruned = |(_, step): &&(_, Step)| *step == Step::Prune;
            let plan = world.reconcile(&claims);
            for (key, _) in plan.steps.iter().filter(pruned) {
                prop_assert!(before.inventory.entries.contains_key(key));
            }
        }
    }

    #[test]
    fn what_somebody_else_made_is_still_there_unless_it_was_adopted(documents in prop::collection::vec(any_claims(), 1..5), foreign in any_foreign()) {
        let mut world = World { live: foreign.clone(), ..World::default() };
        let mut adopted = BTreeSet::new();
        for claims in documents {
            world.reconcile(&claims);
            adopted.extend(world.inventory.entries.keys().cloned());
            for (key, live) in foreign.iter().filter(|(key, _)| !adopted.contains(*key)) {
                prop_assert_eq!(world.live.get(key), Some(live));
            }
        }
    }

    #[test]
    fn planning_again_after_a_plan_was_carried_out_changes_nothing(first in any_claims(), second in any_claims(), foreign in any_foreign()) {
        let mut world = World { live: foreign, ..World::default() };
        world.reconcile(&first);
        world.reconcile(&second);
        let again = world.plan(&second);
        let quiet = |step: &Step| matches!(step, Step::Keep | Step::Hold(_) | Step::Refuse);
        prop_assert!(again.steps.iter().all(|(_, step)| quiet(step)), "{again:?}");
    }

    #[test]
    fn what_a_new_document_does_not_touch_needs_nothing(first in any_claims(), second in any_claims(), foreign in any_foreign()) {
        let mut world = World { live: foreign, ..World::default() };
        world.reconcile(&first);
        let Some(touched) = touched(&merge(&first), &merge(&second)) else { return Ok(()) };
        let plan = world.plan(&second);
        let quiet = |step: &Step| matches!(step, Step::Keep | Step::Hold(_) | Step::Refuse);
        for (key, step) in plan.steps.iter().filter(|(key, _)| !touched.contains(key)) {
            prop_assert!(quiet(step), "{key}: {step:?}");
        }
    }

    #[test]
    fn a_plan_for_some_objects_says_of_them_what_the_whole_plan_says(first in any_claims(), second in any_claims()) {
        let mut world = World::default();
        world.reconcile(&first);
        let (wishes, whole) = (merge(&second), world.plan(&second));
        let keys: Vec<_> = whole.steps.iter().step_by(2).map(|(key, _)| key.clone()).collect();
        let observed: Vec<_> = keys.iter().map(|key| world.observe_one(key, &wishes)).collect();
        let some = plan(&wishes, subjects_of(&keys, &wishes, &world.inventory), &observed, Pruning::Allowed);
        prop_assert_eq!(some.steps, whole.steps.into_iter().step_by(2).collect::<Vec<_>>());
    }

    #[test]
    fn several_placements_give_the_same_wishes_in_any_order(claims in any_claims().prop_flat_map(|claims| (Just(claims.clone()), Just(claims).prop_shuffle()))) {
        prop_assert_eq!(merge(&claims.0), merge(&claims.1));
    }

    #[test]
    fn what_cannot_be_observed_or_rendered_is_not_pruned_for_it(first in any_claims(), second in any_claims()) {
        let mut world = World::default();
        world.reconcile(&first);
        let wishes = merge(&second);
        let blind = plan(&wishes, subjects(&wishes, &world.inventory), &[], Pruning::Allowed);
        for (key, step) in &blind.steps {
            let wanted = wishes.objects.contains_key(key);
            prop_assert!(!(wanted && matches!(step, Step::Prune | Step::Forget)), "{key}: {step:?}");
        }
    }

    #[test]
    fn an_object_that_another_placement_wants_next_is_never_deleted_in_between(first in any_claims(), second in any_claims()) {
        let mut world = World::default();
        world.reconcile(&first);
        let held: Vec<_> = world.inventory.entries.keys().cloned().collect();
        world.reconcile(&second);
        let wishes = merge(&second);
        for key in held.iter().filter(|key| wishes.objects.contains_key(*key)) {
            prop_assert!(world.live.contains_key(key));
        }
    }

    #[test]
    fn a_withheld_wish_never_touches_what_is_there(claims in any_claims(), agrees: bool, marked: bool) {
        let wishes = merge(&claims);
        let all = vec![Observed::Present { agrees, marked }; wishes.objects.len()];
        let plan = plan(&wishes, subjects(&wishes, &edge::Inventory::default()), &all, Pruning::Allowed);
        for (key, _) in wishes.objects.iter().filter(|(_, wish)| wish.manifest().is_none()) {
            prop_assert!(matches!(plan.step(key), Some(Step::Hold(_))));
        }
    }
}
