//! Why the pods of a workload do not run.

use edge::{Outlook, Why, pods_reason};
use model::Status;
use serde_json::{Value, json};

use crate::check::with;
use crate::pods::{in_state, terminated, unready, unschedulable, waiting};
use crate::samples::pod;

fn named(pod: Value, name: &str) -> Value {
    with(pod, "metadata.name", name)
}

/// Asserts outlook, reason and the whole message.
#[track_caller]
fn why(pods: &[Value], outlook: Outlook, reason: &str, message: &str) {
    let found = pods_reason(pods).expect("something is wrong with them");
    let expected = Why { outlook, reason: reason.into(), message: message.into() };
    assert_eq!(found, expected);
}

fn crashing(last: Value) -> Value {
    let state =
        waiting("CrashLoopBackOff", "back-off 5m0s restarting failed container=app pod=web-1_shop(6f1d6c2e)");
    with(
        state,
        "status.containerStatuses",
        json!([{
            "name": "app", "ready": false, "restartCount": 7, "lastState": {"terminated": last},
            "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 5m0s restarting"}},
        }]),
    )
}

#[test]
fn pods_that_run_or_have_ended_well_give_no_reason() {
    assert_eq!(pods_reason(&[]), None);
    assert_eq!(pods_reason(&[pod(), with(unready(pod()), "status.phase", "Succeeded")]), None);
}

#[test]
fn an_image_that_cannot_be_pulled_names_container_pod_and_error() {
    let words = "Back-off pulling image \"registry.example/web:2\"";
    let pods = ["web-2", "web-1", "web-3"].map(|name| named(waiting("ImagePullBackOff", words), name));
    let message = format!("ImagePullBackOff in container app of pod web-1: {words}, 3 pods");
    why(&pods, Outlook::Stuck, "ImagePullBackOff", &message);
}

#[test]
fn in_the_middle_of_a_rollout_pods_of_the_template_before_give_no_reason() {
    let made = |pod: Value, label: &str, template: &str, time: &str| {
        let labels = json!({"app": "web", label: template});
        with(with(pod, "metadata.labels", labels), "metadata.creationTimestamp", time)
    };
    for label in ["pod-template-hash", "controller-revision-hash"] {
        let bad = waiting("ImagePullBackOff", "no such image");
        let before = made(named(bad, "web-old"), label, "a", "2026-03-02T10:00:00Z");
        let after = |pod: Value| made(named(pod, "web-new"), label, "b", "2026-03-02T10:01:00Z");
        assert_eq!(pods_reason(&[before.clone(), after(pod())]), None);
        let message = "CrashLoopBackOff in container app of pod web-new: last exit code 2 (Error)";
        let pods = [before, after(crashing(terminated(2, "Error")))];
        why(&pods, Outlook::Stuck, "CrashLoopBackOff", message);
    }
}

#[test]
fn a_pull_that_failed_and_the_pause_after_it_are_told_alike() {
    let error = "failed to pull and unpack image \"registry.example/web:2\": not found";
    let failed = waiting("ErrImagePull", error);
    let pause = format!("Back-off pulling image \"registry.example/web:2\": ErrImagePull: {error}");
    assert_eq!(pods_reason(&[failed]), pods_reason(&[waiting("ImagePullBackOff", &pause)]));
}

#[test]
fn a_crash_loop_tells_how_the_container_ended_last() {
    let message = "CrashLoopBackOff in container app of pod web-1: last exit code 137 (OOMKilled)";
    why(&[crashing(terminated(137, "OOMKilled"))], Outlook::Stuck, "CrashLoopBackOff", message);
    let spoke = with(terminated(1, "Error"), "message", "panic: no database\n\tat main.go:7\n");
    let message = "CrashLoopBackOff in container app of pod web-1: last exit code 1 (Error): panic: no database at main.go:7";
    why(&[crashing(spoke)], Outlook::Stuck, "CrashLoopBackOff", message);
}

#[test]
fn a_crash_loop_is_one_while_its_container_runs_and_as_it_ends() {
    let last = terminated(1, "Error");
    let turn = |state: Value, restarts: i64| {
        let app = json!([{
            "name": "app", "ready": false, "restartCount": restarts, "lastState": {"terminated": last}, "state": state,
        }]);
        with(unready(pod()), "status.containerStatuses", app)
    };
    // Times have seconds: it may have been set unready in the one in which it was started.
    let running = json!({"running": {"startedAt": "2026-03-02T10:15:02Z"}});
    let pause = pods_reason(&[crashing(last.clone())]);
    assert_eq!(pods_reason(&[turn(running.clone(), 7)]), pause);
    assert_eq!(pods_reason(&[turn(json!({"terminated": last}), 7)]), pause);
    let once = pods_reason(&[turn(running, 1)]).expect("it is not ready");
    assert_eq!(once.outlook, Outlook::Unready);
}

#[test]
fn a_container_that_was_ready_since_it_was_restarted_is_in_no_crash_loop() {
    let app = json!([{
        "name": "app", "ready": false, "restartCount": 7, "lastState": {"terminated": terminated(1, "Error")},
        "state": {"running": {"startedAt": "2026-03-01T00:00:00Z"}},
    }]);
    let probe = with(unready(pod()), "status.containerStatuses", app);
    let message = "NotReady (pod web-1): containers with unready status: [app]";
    why(&[probe], Outlook::Unready, "NotReady", message);
}

#[test]
fn a_first_crash_is_not_yet_a_loop() {
    let message = "ContainerFailed in container app of pod web-1: exit code 2 (Error)";
    why(
        &[in_state(json!({"terminated": terminated(2, "Error")}))],
        Outlook::Blocked,
        "ContainerFailed",
        message,
    );
    let well = pods_reason(&[in_state(json!({"terminated": terminated(0, "Completed")}))]);
    assert_eq!(well.expect("it is not ready").outlook, Outlook::Unready);
}

#[test]
fn a_container_that_cannot_be_made_says_what_it_lacks() {
    let message = "CreateContainerConfigError in container app of pod web-1: configmap \"web\" not found";
    let pods = [waiting("CreateContainerConfigError", "configmap \"web\" not found")];
    why(&pods, Outlook::Stuck, "CreateContainerConfigError", message);
    for reason in ["RunContainerError", "CreateContainerError", "ErrImageNeverPull", "InvalidImageName"] {
        let found = pods_reason(&[waiting(reason, "words")]).expect("it waits");
        assert_eq!((found.outlook, found.reason.as_str()), (Outlook::Stuck, reason));
    }
}

#[test]
fn init_containers_are_named_as_such_and_come_before_what_waits_for_them() {
    let init = json!([{
        "name": "migrate", "ready": false, "restartCount": 4, "lastState": {"terminated": terminated(1, "Error")},
        "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 40s"}},
    }]);
    let waiting = with(waiting("PodInitializing", ""), "status.phase", "Pending");
    let message = "CrashLoopBackOff in init container migrate of pod web-1: last exit code 1 (Error)";
    why(&[with(waiting, "status.initContainerStatuses", init)], Outlook::Stuck, "CrashLoopBackOff", message);
}

#[test]
fn the_schedulers_words_are_shown() {
    let pods = [unschedulable(), named(unschedulable(), "web-2")];
    let message = "Unschedulable (pod web-1): 0/3 nodes are available: 3 Insufficient cpu. \
                   preemption: 0/3 nodes are available, 2 pods";
    why(&pods, Outlook::Blocked, "Unschedulable", message);
}

#[test]
fn the_worst_reason_goes_before_the_most_frequent_and_this_before_the_others() {
    let starting = || waiting("ContainerCreating", "");
    let pull = || waiting("ImagePullBackOff", "not found");
    let pods = [starting(), starting(), unschedulable(), unschedulable(), waiting("CrashLoopBackOff", "x")];
    assert_eq!(pods_reason(&pods).expect("reason").reason, "CrashLoopBackOff");
    assert_eq!(pods_reason(&pods[..4]).expect("reason").reason, "Unschedulable");
    let pods = [pull(), waiting("CrashLoopBackOff", "x")];
    assert_eq!(pods_reason(&pods).expect("reason").reason, "CrashLoopBackOff");
    let pods = [waiting("CrashLoopBackOff", "x"), pull(), pull()];
    assert_eq!(pods_reason(&pods).expect("reason").reason, "ImagePullBackOff");
}

#[test]
fn pods_that_were_evicted_explain_only_what_no_living_pod_explains() {
    let gone =
        json!({"phase": "Failed", "reason": "Evicted", "message": "The node was low on resource: memory."});
    let evicted = with(pod(), "status", gone);
    let message = "Evicted (pod web-1): The node was low on resource: memory";
    why(&[evicted.clone(), waiting("ContainerCreating", "")], Outlook::Over, "Evicted", message);
    let found = pods_reason(&[evicted.clone(), evicted, unready(named(pod(), "web-2"))]);
    assert_eq!(found.expect("reason").reason, "NotReady");
}

#[test]
fn a_pod_that_has_failed_tells_how_its_container_ended() {
    let ended = with(in_state(json!({"terminated": terminated(3, "Error")})), "status.phase", "Failed");
    why(&[ended], Outlook::Over, "PodFailed", "PodFailed in container app of pod web-1: exit code 3 (Error)");
}

#[test]
fn a_pod_that_goes_explains_least_whatever_is_wrong_with_it() {
    let goes = with(waiting("ImagePullBackOff", ""), "metadata.deletionTimestamp", "2026-03-02T10:20:00Z");
    why(&[goes], Outlook::Leaving, "PodTerminating", "PodTerminating (pod web-1): being deleted");
}

#[test]
fn a_long_message_is_cut_and_still_says_how_many() {
    let long = waiting("ImagePullBackOff", &"é".repeat(4000));
    let message = pods_reason(&[long.clone(), long]).expect("reason").message;
    assert!(message.len() <= Status::MAX_MESSAGE && message.ends_with(", 2 pods"), "{message}");
}
