//! Deployments, ReplicaSets, StatefulSets, DaemonSets.

use model::Phase::{Degraded, Progressing};

use crate::check::{conditioned, fares, is_healthy, status, with, without};
use crate::samples::{daemon_set, deployment, plain, replica_set, stateful_set};

#[test]
fn workloads_that_have_all_they_want_are_healthy() {
    for object in [deployment(), replica_set(), stateful_set(), daemon_set()] {
        is_healthy(&object);
    }
}

#[test]
fn a_status_of_an_older_spec_says_nothing() {
    for object in [deployment(), replica_set(), stateful_set(), daemon_set()] {
        let changed = with(object, "metadata.generation", 3);
        fares(&changed, Progressing, "NotObserved", "generation 2 of 3");
    }
}

#[test]
fn a_workload_that_no_controller_has_seen_is_not_healthy_whatever_it_wants() {
    for object in [deployment(), replica_set(), stateful_set(), daemon_set()] {
        let new = with(with(object, "status", serde_json::json!({})), "spec.replicas", 0);
        fares(&new, Progressing, "NotObserved", "no controller");
        let unnumbered = without(new, "metadata.generation");
        assert_ne!(edge::health(&unnumbered).phase, Degraded);
    }
}

#[test]
fn a_deployment_says_which_step_of_its_rollout_it_waits_for() {
    let new = status(deployment(), &[("replicas", 0), ("updatedReplicas", 0)]);
    fares(&new, Progressing, "LessReplicas", "0 of 3 replicas exist");
    let updated = status(deployment(), &[("updatedReplicas", 1), ("replicas", 4)]);
    fares(&updated, Progressing, "LessUpdated", "1 of 3 replicas are updated");
    let old = status(deployment(), &[("replicas", 4)]);
    fares(&old, Progressing, "ExtraPods", "1 pod more than wanted");
    let available = status(deployment(), &[("availableReplicas", 2)]);
    fares(&available, Progressing, "LessAvailable", "2 of 3 replicas are available");
    let ready = status(deployment(), &[("readyReplicas", 2)]);
    fares(&ready, Progressing, "LessReady", "2 of 3 replicas are ready");
}

#[test]
fn a_count_that_is_missing_is_zero_and_replicas_that_are_not_said_are_one() {
    let none = without(deployment(), "status.availableReplicas");
    fares(&none, Progressing, "LessAvailable", "0 of 3");
    let one = without(deployment(), "spec.replicas");
    fares(&one, Progressing, "ExtraPods", "2 pods more");
}

#[test]
fn a_deployment_past_its_deadline_is_degraded_with_the_controllers_words() {
    let words = "ReplicaSet \"web-5d4f8c7b9\" has timed out progressing.";
    let late = status(deployment(), &[("availableReplicas", 2), ("updatedReplicas", 1)]);
    let late = conditioned(late, "Progressing", "False", "ProgressDeadlineExceeded", words);
    fares(&late, Degraded, "ProgressDeadlineExceeded", words);
}

#[test]
fn a_deployment_whose_replica_set_is_refused_is_degraded() {
    let words = "replicasets.apps \"web\" is forbidden: exceeded quota: objects";
    let refused = conditioned(deployment(), "Progressing", "False", "ReplicaSetCreateError", words);
    fares(&refused, Degraded, "ReplicaSetCreateError", words);
}

#[test]
fn pods_that_the_api_server_refuses_degrade_their_workload_before_its_deadline() {
    let words = "pods \"web-5d4f8c7b9-\" is forbidden: exceeded quota: pods, requested: pods=1, used: pods=2";
    for object in [deployment(), replica_set()] {
        let refused = conditioned(object, "ReplicaFailure", "True", "FailedCreate", words);
        fares(&refused, Degraded, "FailedCreate", words);
    }
}

#[test]
fn a_paused_rollout_says_so_and_a_paused_deployment_that_is_complete_is_healthy() {
    is_healthy(&with(deployment(), "spec.paused", true));
    let half = status(with(deployment(), "spec.paused", true), &[("updatedReplicas", 1)]);
    fares(&half, Progressing, "Paused", "1 of 3 replicas are updated, and it is paused");
}

#[test]
fn a_deployment_of_no_replicas_is_healthy_once_it_is_available() {
    let zero = &[("replicas", 0), ("updatedReplicas", 0), ("readyReplicas", 0), ("availableReplicas", 0)];
    let none = with(status(deployment(), zero), "spec.replicas", 0);
    is_healthy(&none);
    fares(&without(none.clone(), "status.conditions"), Progressing, "NotObserved", "available");
    let no = conditioned(none, "Available", "False", "MinimumReplicasUnavailable", "too few");
    fares(&no, Progressing, "MinimumReplicasUnavailable", "too few");
}

#[test]
fn a_replica_set_waits_for_pods_their_labels_and_their_end() {
    fares(&status(replica_set(), &[("replicas", 1)]), Progressing, "LessReplicas", "1 of 3");
    fares(&status(replica_set(), &[("fullyLabeledReplicas", 2)]), Progressing, "LessLabelled", "2 of 3");
    fares(&status(replica_set(), &[("availableReplicas", 2)]), Progressing, "LessAvailable", "2 of 3");
    fares(&status(replica_set(), &[("readyReplicas", 2)]), Progressing, "LessReady", "2 of 3");
    fares(&status(replica_set(), &[("replicas", 5)]), Progressing, "ExtraPods", "2 pods");
}

#[test]
fn a_replication_controller_follows_the_rules_of_a_replica_set() {
    let old = with(with(replica_set(), "apiVersion", "v1"), "kind", "ReplicationController");
    is_healthy(&old);
    fares(&status(old, &[("availableReplicas", 2)]), Progressing, "LessAvailable", "2 of 3");
}

#[test]
fn a_stateful_set_waits_for_its_replicas_one_after_the_other() {
    fares(&status(stateful_set(), &[("replicas", 1)]), Progressing, "LessReplicas", "1 of 3 replicas exist");
    fares(
        &status(stateful_set(), &[("readyReplicas", 2)]),
        Progressing,
        "LessReady",
        "2 of 3 replicas are ready",
    );
    fares(&status(stateful_set(), &[("availableReplicas", 2)]), Progressing, "LessAvailable", "2 of 3");
    fares(&status(stateful_set(), &[("replicas", 4)]), Progressing, "ExtraPods", "1 pod more");
    fares(&status(stateful_set(), &[("updatedReplicas", 1)]), Progressing, "LessUpdated", "1 of 3");
    let last = with(stateful_set(), "status.updateRevision", "db-8f21");
    fares(&last, Progressing, "RevisionMismatch", "");
}

#[test]
fn a_stateful_set_of_a_server_that_does_not_count_available_pods_goes_by_ready_ones() {
    is_healthy(&without(stateful_set(), "status.availableReplicas"));
}

#[test]
fn only_the_replicas_above_the_partition_are_waited_for() {
    let canary = with(stateful_set(), "spec.updateStrategy.rollingUpdate.partition", 2);
    let canary = with(canary, "status.updateRevision", "db-8f21");
    is_healthy(&status(canary.clone(), &[("updatedReplicas", 1)]));
    fares(&status(canary.clone(), &[("updatedReplicas", 0)]), Progressing, "LessUpdated", "0 of 1");
    let shifted = with(canary.clone(), "spec.ordinals.start", 1);
    fares(&status(shifted, &[("updatedReplicas", 1)]), Progressing, "LessUpdated", "1 of 2");
    let none = with(canary, "spec.updateStrategy.rollingUpdate.partition", 9);
    is_healthy(&status(none, &[("updatedReplicas", 0)]));
}

#[test]
fn updates_on_delete_are_not_waited_for_but_their_pods_are() {
    let set = with(stateful_set(), "spec.updateStrategy", serde_json::json!({"type": "OnDelete"}));
    let set = with(set, "status.updateRevision", "db-8f21");
    is_healthy(&status(set.clone(), &[("updatedReplicas", 0)]));
    fares(&status(set, &[("readyReplicas", 2)]), Progressing, "LessReady", "2 of 3");
    let daemons = with(daemon_set(), "spec.updateStrategy.type", "OnDelete");
    is_healthy(&status(daemons.clone(), &[("updatedNumberScheduled", 0)]));
    fares(&status(daemons, &[("numberReady", 2)]), Progressing, "LessReady", "2 of 3");
}

#[test]
fn a_daemon_set_waits_for_every_node_that_is_to_run_it() {
    let current = status(daemon_set(), &[("currentNumberScheduled", 1)]);
    fares(&current, Progressing, "LessReplicas", "1 of 3 nodes have a pod of it");
    let updated = status(daemon_set(), &[("updatedNumberScheduled", 2)]);
    fares(&updated, Progressing, "LessUpdated", "2 of 3 pods are updated");
    let available = without(daemon_set(), "status.numberAvailable");
    fares(&available, Progressing, "LessAvailable", "0 of 3 pods are available");
    let uncounted = without(daemon_set(), "status.desiredNumberScheduled");
    fares(&uncounted, Progressing, "NotObserved", "not counted yet");
}

#[test]
fn a_daemon_set_that_no_node_is_to_run_is_healthy() {
    let none = [
        "desiredNumberScheduled",
        "currentNumberScheduled",
        "updatedNumberScheduled",
        "numberAvailable",
        "numberReady",
    ];
    is_healthy(&status(daemon_set(), &none.map(|field| (field, 0))));
}

#[test]
fn the_rules_of_a_kind_hold_for_its_own_group_only() {
    is_healthy(&with(plain("example.com/v1", "Deployment"), "spec.replicas", 3));
}
