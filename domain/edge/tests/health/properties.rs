//! What holds for any JSON, however wrong: objects of the known kinds with known fields in wrong places.

use edge::{Outcome, health, pods_reason, refine, selects_pods};
use model::{Phase, Status};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use crate::check::with;
use crate::samples::{
    autoscaler, custom, daemon_set, deployment, job, plain, pod, replica_set, stateful_set,
};

/// Words that the rules look for, as fields and as values.
const WORDS: [&str; 40] = [
    "metadata",
    "spec",
    "status",
    "type",
    "reason",
    "message",
    "conditions",
    "replicas",
    "name",
    "phase",
    "state",
    "waiting",
    "terminated",
    "running",
    "startedAt",
    "lastState",
    "containerStatuses",
    "initContainerStatuses",
    "exitCode",
    "restartCount",
    "ready",
    "True",
    "False",
    "Ready",
    "Progressing",
    "Available",
    "Failed",
    "Running",
    "Pending",
    "PodScheduled",
    "CrashLoopBackOff",
    "ImagePullBackOff",
    "ErrImagePull: é",
    "selector",
    "matchLabels",
    "matchExpressions",
    "observedGeneration",
    "2026-03-02T10:15:02Z",
    "lastTransitionTime",
    "Err é, böse\n",
];

fn word() -> impl Strategy<Value = String> {
    prop_oneof![4 => select(&WORDS[..]).prop_map(str::to_owned), 1 => ".{0,6}"]
}

fn leaf() -> impl Strategy<Value = Value> {
    let extreme = select(vec![i64::MIN, -1, 0, 1, 2, i64::MAX]).prop_map(Value::from);
    let simple = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from)
    ];
    prop_oneof![2 => simple, 3 => extreme, 1 => any::<u64>().prop_map(Value::from), 4 => word().prop_map(Value::from)]
}

fn anything() -> impl Strategy<Value = Value> {
    leaf().prop_recursive(5, 48, 5, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            btree_map(word(), inner, 0..5).prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn sample() -> impl Strategy<Value = Value> {
    let kinds = [
        ("v1", "Service"),
        ("v1", "PersistentVolumeClaim"),
        ("v1", "PersistentVolume"),
        ("v1", "Namespace"),
        ("networking.k8s.io/v1", "Ingress"),
        ("apiregistration.k8s.io/v1", "APIService"),
        ("apiextensions.k8s.io/v1", "CustomResourceDefinition"),
        ("policy/v1", "PodDisruptionBudget"),
        ("batch/v1", "CronJob"),
        ("v1", "ConfigMap"),
        ("v1", "ReplicationController"),
    ];
    let workloads =
        [deployment(), replica_set(), stateful_set(), daemon_set(), job(), pod(), autoscaler(), custom()];
    let others = kinds.map(|(group, kind)| plain(group, kind));
    select([workloads.as_slice(), others.as_slice()].concat())
}

/// Every path of an object, dotted; list items count as fields.
fn paths(value: &Value, at: &str) -> Vec<String> {
    let below = |(key, value): (String, &Value)| {
        let path = format!("{at}/{key}");
        [vec![path.clone()], paths(value, &path)].concat()
    };
    match value {
        Value::Object(map) => {
            map.iter().map(|(key, value)| (key.replace('/', "~1"), value)).flat_map(below).collect()
        }
        Value::Array(items) => {
            items.iter().enumerate().map(|(n, item)| (n.to_string(), item)).flat_map(below).collect()
        }
        _ => Vec::new(),
    }
}

/// A sample in which some values, wherever they are, have been replaced by anything.
fn broken() -> impl Strategy<Value = Value> {
    (sample(), vec((any::<prop::sample::Index>(), anything()), 0..5)).prop_map(|(mut object, changes)| {
        for (index, value) in changes {
            let paths = paths(&object, "");
            let path: &String = index.get(&paths);
            *object.pointer_mut(path).expect("the path was just listed") = value;
        }
        object
    })
}

fn any_object() -> impl Strategy<Value = Value> {
    prop_oneof![4 => broken(), 1 => anything()]
}

fn is_presentable(reason: &str, message: &str) -> bool {
    let camel = reason.is_empty() || reason.starts_with(|letter: char| letter.is_ascii_uppercase());
    camel
        && reason.chars().all(|letter| letter.is_ascii_alphanumeric())
        && message.len() <= Status::MAX_MESSAGE
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn any_object_has_one_bounded_outcome_of_a_phase_that_health_knows(object in any_object()) {
        let outcome = health(&object);
        prop_assert_eq!(&outcome, &health(&object.clone()));
        prop_assert!(is_presentable(&outcome.reason, &outcome.message), "{:?}", outcome);
        let known = [Phase::Healthy, Phase::Progressing, Phase::Degraded, Phase::Failed];
        prop_assert!(known.contains(&outcome.phase), "{:?}", outcome);
        let silent = outcome.reason.is_empty() || outcome.message.is_empty();
        prop_assert!(outcome.phase == Phase::Healthy || !silent, "{:?}", outcome);
    }

    #[test]
    fn a_status_of_an_older_spec_is_never_healthy(object in broken(), seen in 0..5_i64, ahead in 1..5_i64) {
        let object = with(with(object, "metadata.generation", seen + ahead), "status.observedGeneration", seen);
        prop_assert_eq!(health(&object).phase, Phase::Progressing);
    }

    #[test]
    fn what_is_being_deleted_is_never_healthy(object in broken()) {
        let object = with(object, "metadata.deletionTimestamp", "2026-03-02T10:20:00Z");
        let outcome = health(&object);
        prop_assert_eq!((outcome.phase, outcome.reason.as_str()), (Phase::Progressing, "Terminating"));
    }

    #[test]
    fn the_reason_of_pods_does_not_depend_on_their_order(
        (pods, shuffled) in vec(any_object(), 0..6).prop_flat_map(|pods| (Just(pods.clone()), Just(pods).prop_shuffle()))
    ) {
        let why = pods_reason(&pods);
        prop_assert_eq!(&why, &pods_reason(&shuffled));
        prop_assert!(why.is_none_or(|why| is_presentable(&why.reason, &why.message)));
    }

    #[test]
    fn pods_never_make_an_object_look_better(object in any_object(), pods in vec(any_object(), 0..4)) {
        let own = health(&object);
        let refined = refine(own.clone(), pods_reason(&pods));
        prop_assert!(refined.phase >= own.phase);
        prop_assert!(own.phase != Phase::Healthy || refined == own);
        prop_assert!(is_presentable(&refined.reason, &refined.message), "{:?}", refined);
    }

    #[test]
    fn a_selector_of_anything_is_none_or_has_a_term(object in any_object(), selector in anything()) {
        let object = with(object, "spec.selector", selector);
        prop_assert!(selects_pods(&object).is_none_or(|selector| !selector.is_empty()));
    }
}

#[test]
fn a_list_a_text_and_nothing_are_healthy_as_nothing_says_otherwise() {
    for value in [Value::Null, json!([]), json!("Deployment"), json!(3)] {
        assert_eq!(health(&value), Outcome::healthy());
    }
}
