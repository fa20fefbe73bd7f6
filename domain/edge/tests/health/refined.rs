//! What the pods add to what an object says of itself.

use edge::{Outcome, Outlook, Why, health, pods_reason, refine};
use model::{Phase, Status};
use serde_json::Value;

use crate::check::{conditioned, status, with};
use crate::pods::{unready, unschedulable, waiting};
use crate::samples::{deployment, job, pod};

fn refined(object: &Value, pods: &[Value]) -> Outcome {
    refine(health(object), pods_reason(pods))
}

fn starting() -> Value {
    status(deployment(), &[("availableReplicas", 2), ("readyReplicas", 2)])
}

#[test]
fn a_deployment_whose_image_cannot_be_pulled_is_degraded_before_its_deadline() {
    let found = refined(&starting(), &[pod(), waiting("ImagePullBackOff", "not found")]);
    assert_eq!((found.phase, found.reason.as_str()), (Phase::Degraded, "ImagePullBackOff"));
    let words = "ImagePullBackOff in container app of pod web-1: not found; 2 of 3 replicas are available";
    assert_eq!(found.message, words);
}

#[test]
fn what_waiting_may_mend_stays_progressing_with_the_reason_of_the_pods() {
    for (pod, reason) in [(unschedulable(), "Unschedulable"), (unready(pod()), "NotReady")] {
        let found = refined(&starting(), &[pod]);
        assert_eq!((found.phase, found.reason.as_str()), (Phase::Progressing, reason));
    }
}

#[test]
fn an_object_that_is_well_is_left_as_it_is_whatever_its_pods_say() {
    assert_eq!(refined(&deployment(), &[waiting("CrashLoopBackOff", "x")]), Outcome::healthy());
}

#[test]
fn without_a_reason_an_object_says_what_it_says() {
    assert_eq!(refined(&starting(), &[pod()]), health(&starting()));
}

#[test]
fn pods_do_not_explain_an_object_that_goes_or_whose_spec_is_newer_than_they() {
    let goes = with(starting(), "metadata.deletionTimestamp", "2026-03-02T10:20:00Z");
    let changed = with(starting(), "metadata.generation", 3);
    for object in [goes, changed] {
        assert_eq!(refined(&object, &[waiting("ImagePullBackOff", "x")]), health(&object));
    }
}

#[test]
fn pods_do_not_explain_what_the_api_server_refused() {
    for phase in [Phase::Conflict, Phase::Pending, Phase::Applied, Phase::Orphaned] {
        let own = Outcome::new(phase, "Own", "own words");
        assert_eq!(refine(own.clone(), pods_reason(&[waiting("CrashLoopBackOff", "x")])), own);
    }
}

#[test]
fn a_failed_job_keeps_its_reason_and_quotes_its_pods() {
    let words = "Job has reached the specified backoff limit";
    let failed = conditioned(job(), "Failed", "True", "BackoffLimitExceeded", words);
    let found = refined(&failed, &[with(pod(), "status.phase", "Failed")]);
    assert_eq!((found.phase, found.reason.as_str()), (Phase::Failed, "BackoffLimitExceeded"));
    assert_eq!(found.message, format!("{words}; PodFailed (pod web-1): failed"));
}

#[test]
fn a_deadline_that_has_passed_is_explained_by_what_is_wrong_not_by_what_is_slow() {
    let late = conditioned(starting(), "Progressing", "False", "ProgressDeadlineExceeded", "timed out");
    let slow = refined(&late, &[unready(pod())]);
    assert_eq!((slow.phase, slow.reason.as_str()), (Phase::Degraded, "ProgressDeadlineExceeded"));
    assert!(slow.message.starts_with("timed out; NotReady"), "{slow:?}");
    let wrong = refined(&late, &[unschedulable()]);
    assert_eq!((wrong.phase, wrong.reason.as_str()), (Phase::Degraded, "Unschedulable"));
}

#[test]
fn both_messages_together_are_within_the_bound() {
    let why = Why { outlook: Outlook::Stuck, reason: "R".into(), message: "é".repeat(300) };
    let found = refine(Outcome::new(Phase::Progressing, "Own", "x".repeat(500)), Some(why));
    assert!(found.message.len() <= Status::MAX_MESSAGE);
}
