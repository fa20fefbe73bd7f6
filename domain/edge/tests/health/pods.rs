//! Pods that are applied as they are.

use model::Phase::{Degraded, Failed, Progressing};
use serde_json::{Value, json};

use crate::check::{condition, conditioned, fares, is_healthy, with};
use crate::samples::pod;

/// A pod of which one container waits for `reason`.
pub fn waiting(reason: &str, message: &str) -> Value {
    in_state(json!({"waiting": {"reason": reason, "message": message}}))
}

/// A pod of which one container is in `state`, and which is not ready for that.
pub fn in_state(state: Value) -> Value {
    let app = json!({"name": "app", "ready": false, "started": false, "restartCount": 0, "lastState": {}, "state": state});
    unready(with(pod(), "status.containerStatuses", vec![app]))
}

/// Since it was scheduled, as a kubelet has it.
pub fn unready(pod: Value) -> Value {
    let mut ready =
        condition("Ready", "False", "ContainersNotReady", "containers with unready status: [app]");
    ready["lastTransitionTime"] = json!("2026-03-02T10:15:02Z");
    let scheduled = condition("PodScheduled", "True", "", "");
    with(pod, "status.conditions", vec![scheduled, ready])
}

pub fn terminated(code: i64, reason: &str) -> Value {
    json!({"exitCode": code, "reason": reason, "startedAt": "2026-03-02T10:15:04Z", "finishedAt": "2026-03-02T10:15:05Z"})
}

pub fn unschedulable() -> Value {
    let words = "0/3 nodes are available: 3 Insufficient cpu. preemption: 0/3 nodes are available.";
    let pending = with(pod(), "status", json!({"phase": "Pending", "qosClass": "Burstable"}));
    conditioned(pending, "PodScheduled", "False", "Unschedulable", words)
}

#[test]
fn a_pod_is_healthy_when_it_is_ready_or_has_ended_well() {
    is_healthy(&pod());
    is_healthy(&unready(with(pod(), "status.phase", "Succeeded")));
}

#[test]
fn a_pod_that_runs_and_is_not_ready_is_waited_for() {
    fares(&unready(pod()), Progressing, "NotReady", "(pod web-1): containers with unready status: [app]");
}

#[test]
fn a_pod_whose_node_went_silent_is_not_ready_though_its_containers_are() {
    let silent = vec![condition("ContainersReady", "True", "", ""), condition("Ready", "False", "", "")];
    fares(&with(pod(), "status.conditions", silent), Progressing, "NotReady", "its node does not answer");
}

#[test]
fn a_pod_that_starts_says_how_far_it_is() {
    let new = with(pod(), "status", json!({"phase": "Pending"}));
    fares(&new, Progressing, "PodPending", "not started yet");
    fares(&with(pod(), "status", json!({})), Progressing, "PodPending", "");
    let creating = with(waiting("ContainerCreating", ""), "status.phase", "Pending");
    fares(&creating, Progressing, "ContainerCreating", "in container app of pod web-1");
    let init = json!([{"name": "fetch", "ready": false, "state": {"running": {"startedAt": "2026-03-02T10:15:04Z"}}}]);
    let waiting = with(waiting("PodInitializing", ""), "status.phase", "Pending");
    let fetching = with(waiting, "status.initContainerStatuses", init);
    fares(&fetching, Progressing, "ContainerStarting", "in init container fetch");
}

#[test]
fn a_pod_that_no_node_takes_waits_with_the_schedulers_words() {
    fares(
        &unschedulable(),
        Progressing,
        "Unschedulable",
        "(pod web-1): 0/3 nodes are available: 3 Insufficient cpu.",
    );
    let silent = conditioned(unschedulable(), "PodScheduled", "False", "", "");
    fares(&silent, Progressing, "Unschedulable", "(pod web-1)");
    let words = "Scheduling is blocked due to non-empty scheduling gates";
    let gated = conditioned(unschedulable(), "PodScheduled", "False", "SchedulingGated", words);
    fares(&gated, Progressing, "SchedulingGated", words);
}

#[test]
fn a_pod_in_a_crash_loop_or_with_a_wrong_image_is_degraded() {
    fares(&waiting("CrashLoopBackOff", "back-off 10s"), Degraded, "CrashLoopBackOff", "back-off 10s");
    fares(&waiting("InvalidImageName", "couldn't parse"), Degraded, "InvalidImageName", "couldn't parse");
}

#[test]
fn a_pod_that_has_ended_badly_has_failed_for_good() {
    let state = json!({"terminated": terminated(3, "Error")});
    let ended = with(in_state(state), "status.phase", "Failed");
    fares(&ended, Failed, "PodFailed", "in container app of pod web-1: exit code 3 (Error)");
    let words = "The node was low on resource: ephemeral-storage.";
    let evicted = json!({"phase": "Failed", "reason": "Evicted", "message": words});
    fares(&with(pod(), "status", evicted), Failed, "Evicted", "low on resource: ephemeral-storage");
    fares(&with(pod(), "status", json!({"phase": "Failed"})), Failed, "PodFailed", "(pod web-1): failed");
}

#[test]
fn a_pod_of_a_node_that_does_not_answer_is_waited_for() {
    let lost = with(pod(), "status", json!({"phase": "Unknown", "reason": "NodeLost"}));
    fares(&lost, Progressing, "PodUnknown", "does not answer");
}
