//! What health rules say of live objects, the rules of the documentation among them.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use edge::{Outcome, Verdict};
use model::{HealthCheck, HealthPhase, Phase, Spec, parse};
use proptest::prelude::*;
use serde_json::{Value, json};

fn check(when: &str, phase: HealthPhase) -> HealthCheck {
    HealthCheck { when: when.into(), phase, reason: String::new(), message: String::new() }
}

/// Whether a single rule with this condition decides.
fn holds(when: &str, live: &Value) -> bool {
    Verdict::compile(&[check(when, HealthPhase::Healthy)]).expect(when).judge(live).is_some()
}

#[test]
fn the_first_rule_that_holds_decides() {
    let mut degraded = check("status.phase == 'Broken'", HealthPhase::Degraded);
    (degraded.reason, degraded.message) = ("Torn".into(), "mend it".into());
    let checks = [degraded, check("true", HealthPhase::Progressing), check("true", HealthPhase::Healthy)];
    let verdict = Verdict::compile(&checks).unwrap();
    let judge = |phase: &str| verdict.judge(&json!({"status": {"phase": phase}}));
    assert_eq!(judge("Broken"), Some(Outcome::new(Phase::Degraded, "Torn", "mend it")));
    assert_eq!(judge("Fine"), Some(Outcome::new(Phase::Progressing, "Progressing", "")));
    let healthy = Verdict::compile(&[check("true", HealthPhase::Healthy)]).unwrap();
    assert_eq!(healthy.judge(&json!({})), Some(Outcome::healthy()));
}

#[test]
fn where_no_rule_holds_nothing_is_said() {
    let verdict = Verdict::compile(&[check("status.ready", HealthPhase::Healthy)]).unwrap();
    for live in [json!({"status": {"ready": false}}), json!({"status": {}}), json!({}), json!(null)] {
        assert_eq!(verdict.judge(&live), None, "{live}");
    }
    assert_eq!(Verdict::compile(&[]).unwrap().judge(&json!({})), None);
}

#[test]
fn what_cannot_be_evaluated_does_not_hold() {
    let live = json!({"spec": {"n": 3}, "status": {"n": 3, "text": "3"}});
    for when in
        ["status.missing > 1", "!(status.missing > 1)", "status.text > 1", "1 / 0 == 1", "nobody", "status.n"]
    {
        assert!(!holds(when, &live), "{when}");
    }
    assert!(holds("status.missing == 1 || status.n == 3", &live), "one side is enough");
}

#[test]
fn rules_see_the_whole_object_and_a_status_even_if_there_is_none() {
    let live =
        json!({"metadata": {"generation": 4}, "spec": {"replicas": 3}, "status": {"observedGeneration": 4}});
    assert!(holds("status.observedGeneration == obj.metadata.generation", &live));
    assert!(holds("obj.status == status && obj.spec.replicas - 1 == 2", &live));
    assert!(holds(".obj.spec.replicas == 3", &live));
    for live in [json!({}), json!({"status": null}), json!({"status": "odd"})] {
        assert!(holds("!has(status.observedGeneration) && size(status) == 0", &live), "{live}");
    }
}

#[test]
fn numbers_are_what_they_are_in_kubernetes() {
    let live = json!({"status": {"n": 3, "negative": -1, "half": 0.5, "huge": u64::MAX}});
    for when in [
        "status.n + 1 == 4",
        "status.negative < 0",
        "status.half * 2.0 == 1.0",
        "status.huge > 5u",
        "status.n > 2.5",
    ] {
        assert!(holds(when, &live), "{when}");
    }
}

#[test]
fn a_rule_that_is_no_expression_to_this_version_is_told_and_nothing_is_healthy() {
    let checks = [check("true", HealthPhase::Healthy), check("status.", HealthPhase::Failed)];
    let outcome = Verdict::compile(&checks).unwrap_err();
    assert_eq!((outcome.phase, outcome.reason.as_str()), (Phase::Degraded, "HealthRuleInvalid"));
    assert!(outcome.message.starts_with("rules[1].when of its HealthRule: "), "{outcome:?}");
}

#[test]
fn loops_in_loops_do_not_run_over_large_lists() {
    let nested = "status.l.exists(x, status.l.exists(y, x + y == 2))";
    let single = "status.l.exists(x, x == 1) && status.l.filter(x, x > 0).exists(x, x == 1)";
    let live = |len: u32| json!({"status": {"l": (0..len).collect::<Vec<_>>()}});
    assert!(holds(nested, &live(1_000)) && holds(single, &live(20_000)));
    assert!(!holds(nested, &live(20_000)), "400 million rounds");
}

/// The rule for a kind on the page about objects.
fn documented(name: &str) -> Verdict {
    let page = include_str!("../../../docs/objects.md");
    let blocks = page.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```").next());
    let documents = blocks.flat_map(|block| parse::documents("page", block, "default").unwrap());
    let mut specs = documents.filter(|it| it.resource.metadata.name == name).map(|it| it.resource.spec);
    let Some(Spec::HealthRule(spec)) = specs.next() else { panic!("no HealthRule {name} on the page") };
    Verdict::compile(&spec.rules).unwrap()
}

fn fares(verdict: &Verdict, live: &Value) -> (Phase, String) {
    let outcome = verdict.judge(live).expect("the last rule always holds");
    (outcome.phase, outcome.reason)
}

fn phases(verdict: &Verdict, spec: Value, statuses: &[(Value, Phase, &str)]) {
    for (status, phase, reason) in statuses {
        let live = json!({"metadata": {"generation": 2}, "spec": spec, "status": status});
        assert_eq!(fares(verdict, &live), (*phase, (*reason).to_owned()), "{status}");
    }
}

#[test]
fn the_documented_rule_for_a_clone_set_follows_its_rollout() {
    let status = |generation: u32, [ready, available, updated]: [u32; 3]| {
        json!({"observedGeneration": generation, "replicas": 5, "readyReplicas": ready,
            "availableReplicas": available, "updatedReplicas": updated, "updatedReadyReplicas": updated})
    };
    let with = |mut status: Value, field: &str, value: Value| {
        status[field] = value;
        status
    };
    let conditions = |value: &str| json!([{"type": "FailedUpdate", "status": value}]);
    phases(
        &documented("kruise-cloneset"),
        json!({"replicas": 5}),
        &[
            (json!({}), Phase::Progressing, "RollingOut"),
            (status(1, [5, 5, 5]), Phase::Progressing, "NotObserved"),
            (status(2, [5, 5, 2]), Phase::Progressing, "RollingOut"),
            (status(2, [5, 4, 5]), Phase::Progressing, "RollingOut"),
            (status(2, [4, 4, 5]), Phase::Progressing, "RollingOut"),
            (status(2, [5, 5, 5]), Phase::Healthy, ""),
            (with(status(2, [5, 5, 2]), "expectedUpdatedReplicas", json!(2)), Phase::Healthy, ""),
            (
                with(status(2, [5, 5, 1]), "expectedUpdatedReplicas", json!(2)),
                Phase::Progressing,
                "RollingOut",
            ),
            (with(status(2, [5, 5, 2]), "conditions", conditions("True")), Phase::Degraded, "FailedUpdate"),
            (with(status(2, [5, 5, 5]), "conditions", conditions("False")), Phase::Healthy, ""),
        ],
    );
}

#[test]
fn the_documented_rule_for_an_advanced_stateful_set_minds_its_partition() {
    let status = |generation: u32, [ready, available, updated]: [u32; 3]| {
        json!({"observedGeneration": generation, "replicas": 3, "readyReplicas": ready,
            "availableReplicas": available, "updatedReplicas": updated, "currentReplicas": 0})
    };
    let verdict = documented("kruise-statefulset");
    phases(
        &verdict,
        json!({"replicas": 3}),
        &[
            (json!({}), Phase::Progressing, "RollingOut"),
            (status(1, [3, 3, 3]), Phase::Progressing, "NotObserved"),
            (status(2, [3, 2, 3]), Phase::Progressing, "RollingOut"),
            (status(2, [3, 3, 1]), Phase::Progressing, "RollingOut"),
            (status(2, [3, 3, 3]), Phase::Healthy, ""),
        ],
    );
    let partitioned = json!({"replicas": 3, "updateStrategy": {"rollingUpdate": {"partition": 2}}});
    phases(
        &verdict,
        partitioned,
        &[
            (status(2, [3, 3, 1]), Phase::Healthy, ""),
            (status(2, [3, 3, 0]), Phase::Progressing, "RollingOut"),
        ],
    );
}

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,6}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        let names = prop::sample::select(vec!["status", "spec", "a", "items"]).prop_map(str::to_owned);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(names, inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn whatever_an_object_holds_it_is_judged(live in json_value(), other in json_value()) {
        let verdict = Verdict::compile(&[
            check("status.a + 1 > obj.spec.a", HealthPhase::Healthy),
            check("obj.items.all(x, status.items.exists(y, x == y))", HealthPhase::Failed),
            check("size(status) > 0 && obj.status == status", HealthPhase::Degraded),
            check("obj == obj", HealthPhase::Progressing),
        ]).unwrap();
        let live = json!({"status": live, "spec": other});
        prop_assert_eq!(verdict.judge(&live), verdict.judge(&live));
    }
}
