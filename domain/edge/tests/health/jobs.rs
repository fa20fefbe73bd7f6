//! Jobs and CronJobs.

use model::Phase::{Failed, Healthy, Progressing};

use crate::check::{conditioned, fares, is_healthy, status, with, without};
use crate::samples::{job, plain};

#[test]
fn a_job_that_runs_is_progressing_until_it_is_complete() {
    fares(&job(), Progressing, "JobRunning", "0 of 1 succeeded, 1 running, 0 failed");
    let again = status(job(), &[("failed", 2)]);
    fares(&again, Progressing, "JobRunning", "2 failed");
    let queue = without(status(job(), &[("succeeded", 4)]), "spec.completions");
    fares(&queue, Progressing, "JobRunning", "4 succeeded");
    let words = "Reached expected number of succeeded pods";
    let enough = conditioned(job(), "SuccessCriteriaMet", "True", "CompletionsReached", words);
    fares(&enough, Progressing, "JobRunning", "");
    is_healthy(&conditioned(job(), "Complete", "True", "CompletionsReached", words));
}

#[test]
fn a_job_that_has_not_started_says_so() {
    fares(&with(job(), "status", serde_json::json!({})), Progressing, "JobNotStarted", "not started");
}

#[test]
fn a_failed_job_has_failed_for_good_with_its_reason() {
    let words = "Job has reached the specified backoff limit";
    let failed = conditioned(job(), "Failed", "True", "BackoffLimitExceeded", words);
    fares(&failed, Failed, "BackoffLimitExceeded", words);
    let late =
        conditioned(job(), "Failed", "True", "DeadlineExceeded", "Job was active longer than its deadline");
    fares(&late, Failed, "DeadlineExceeded", "longer than its deadline");
}

#[test]
fn a_job_that_is_going_to_fail_has_failed_while_its_pods_end() {
    let words =
        "Container app for pod shop/migrate-x failed with exit code 3 matching FailJob rule at index 0";
    let failing = conditioned(job(), "FailureTarget", "True", "PodFailurePolicy", words);
    fares(&failing, Failed, "PodFailurePolicy", words);
}

#[test]
fn a_failed_condition_that_does_not_hold_means_nothing() {
    fares(&conditioned(job(), "Failed", "False", "", ""), Progressing, "JobRunning", "");
    fares(&conditioned(job(), "Complete", "False", "", ""), Progressing, "JobRunning", "");
}

#[test]
fn a_suspended_job_is_as_it_was_asked_for_once_it_has_stopped() {
    let asked = with(without(job(), "status.startTime"), "spec.suspend", true);
    fares(&asked, Progressing, "JobNotStarted", "");
    let suspended = conditioned(asked, "Suspended", "True", "JobSuspended", "Job suspended");
    fares(&suspended, Healthy, "Suspended", "suspended by its spec");
    let resumed = with(with(suspended, "spec.suspend", false), "status.startTime", "2026-03-02T10:15:00Z");
    fares(&resumed, Progressing, "JobRunning", "");
}

#[test]
fn a_cron_job_is_healthy_as_it_is_accepted() {
    is_healthy(&with(plain("batch/v1", "CronJob"), "spec.schedule", "*/5 * * * *"));
}
