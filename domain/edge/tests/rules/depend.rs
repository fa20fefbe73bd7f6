//! What waits for other placements, and for how long.

use std::sync::Arc;

use edge::{Claim, Hold, Outcome, Outcomes, Plan, Step, Waits, merge, waits};
use model::{Dependency, DependencyPhase, Phase};

use crate::world::{World, claim, key, step, unknown};

fn after(placement: &str, phase: DependencyPhase, claim: Claim) -> Claim {
    let depends_on = vec![Dependency { placement: placement.into(), phase }];
    Claim { depends_on, ..claim }
}

/// The plan of `claims` at `world` where objects fare like that.
fn held(world: &World, claims: &[Claim], outcomes: &[(&str, Phase)]) -> (Plan, Waits) {
    let wishes = merge(claims);
    let mut plan = world.plan(claims);
    let outcome = |(name, phase): &(&str, Phase)| (Arc::new(key(name)), Outcome::new(*phase, "", ""));
    let outcomes: Outcomes = outcomes.iter().map(outcome).collect();
    let waits = waits(claims, &wishes, &plan, &outcomes);
    plan.hold(&wishes, &waits);
    (plan, waits)
}

fn why(plan: &Plan, name: &str) -> String {
    match step(plan, name) {
        Step::Hold(Hold::Waits(why)) => why.clone(),
        other => panic!("it does not wait: {other:?}"),
    }
}

#[test]
fn nothing_is_begun_before_the_other_placement_is_healthy() {
    let mut world = World::default();
    let claims = [claim("db", &["a=1"]), after("db", DependencyPhase::Healthy, claim("shop", &["b=1"]))];
    let (plan, _) = held(&world, &claims, &[]);
    assert!(matches!(step(&plan, "a"), Step::Apply(..)));
    assert_eq!(
        why(&plan, "b"),
        "waits until placement default/db is healthy here; 1 of its 1 objects are not"
    );
    world.reconcile(&claims[..1]);
    for phase in [Phase::Progressing, Phase::Degraded, Phase::Failed, Phase::Pending, Phase::Applied] {
        why(&held(&world, &claims, &[("a", phase)]).0, "b");
    }
    let (plan, waits) = held(&world, &claims, &[("a", Phase::Healthy)]);
    assert_eq!(waits, Waits::default());
    assert!(matches!(step(&plan, "b"), Step::Apply(..)));
}

#[test]
fn applied_is_enough_where_that_is_asked_for() {
    let mut world = World::default();
    let claims = [claim("db", &["a=1"]), after("db", DependencyPhase::Applied, claim("shop", &["b=1"]))];
    world.reconcile(&claims[..1]);
    for phase in [Phase::Applied, Phase::Progressing, Phase::Degraded, Phase::Healthy] {
        assert_eq!(held(&world, &claims, &[("a", phase)]).1, Waits::default());
    }
    for phase in [Phase::Pending, Phase::Failed, Phase::Conflict] {
        why(&held(&world, &claims, &[("a", phase)]).0, "b");
    }
}

#[test]
fn a_change_of_the_other_placement_is_waited_for_and_what_is_there_stays_and_is_kept_right() {
    let mut world = World::default();
    let shop = |objects: &[&str]| after("db", DependencyPhase::Healthy, claim("shop", objects));
    world.reconcile(&[claim("db", &["a=1"]), claim("shop", &["b=1", "c=1", "d=1"])]);
    let world = world.with("c", "by hand", true);
    let claims = [claim("db", &["a=2"]), shop(&["b=2", "c=1"])];
    let healthy = [("a", Phase::Healthy), ("b", Phase::Healthy), ("c", Phase::Healthy)];
    let (plan, _) = held(&world, &claims, &healthy);
    why(&plan, "b");
    assert!(matches!(step(&plan, "c"), Step::Apply(edge::Cause::Drift, _)));
    assert_eq!(*step(&plan, "d"), Step::Prune);
}

#[test]
fn a_placement_that_is_not_here_or_not_known_is_waited_for() {
    let world = World::default();
    let shop = after("db", DependencyPhase::Applied, claim("shop", &["b=1"]));
    assert!(why(&held(&world, std::slice::from_ref(&shop), &[]).0, "b").ends_with("it is not placed here"));
    let db = unknown(claim("db", &["a=1"]));
    assert!(why(&held(&world, &[db, shop], &[]).0, "b").ends_with("what it has is not here yet"));
}

#[test]
fn an_object_that_somebody_else_wants_just_so_does_not_wait() {
    let world = World::default();
    let shop = after("db", DependencyPhase::Applied, claim("shop", &["b=1"]));
    let (plan, _) = held(&world, &[claim("pay", &["b=1"]), shop], &[]);
    assert!(matches!(step(&plan, "b"), Step::Apply(..)));
}

#[test]
fn who_waits_for_one_that_waits_waits_too() {
    let mut world = World::default();
    let claims = [
        claim("db", &["a=1"]),
        after("db", DependencyPhase::Healthy, claim("shop", &["b=1"])),
        after("shop", DependencyPhase::Applied, claim("web", &["c=1"])),
    ];
    world.reconcile(&claims[..1]);
    let (plan, _) = held(&world, &claims, &[("a", Phase::Progressing)]);
    assert!(why(&plan, "b").contains("default/db") && why(&plan, "c").contains("default/shop"));
}
