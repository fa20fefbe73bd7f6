//! What runs once.

use model::Phase;
use serde_json::{Value, json};

use crate::fixture::{Edge, document, give, is_healthy, placement, status, until, worst};

fn job(edge: &Edge, name: &str, command: &str) -> Value {
    json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name, "namespace": edge.namespace},
        "spec": {"template": {"spec": {"restartPolicy": "Never",
            "containers": [{"name": "main", "image": "x", "command": [command]}]}}}})
}

fn finish(edge: &Edge, name: &str, conditions: &str) {
    let times = r#""startTime":"2026-01-01T00:00:00Z","completionTime":"2026-01-01T00:00:01Z""#;
    let status = format!(r#"{{"status":{{{times},"succeeded":1,"conditions":[{conditions}]}}}}"#);
    let status = if conditions.contains("Failed") {
        status.replace(r#","completionTime":"2026-01-01T00:00:01Z""#, "").replace(r#""succeeded":1,"#, "")
    } else {
        status
    };
    edge.kubectl(&["patch", &format!("job/{name}"), "--subresource=status", "--type=merge", "-p", &status]);
}

fn condition(name: &str) -> String {
    format!(r#"{{"type":"{name}","status":"True","lastTransitionTime":"2026-01-01T00:00:01Z"}}"#)
}

#[tokio::test]
async fn a_finished_job_that_is_cleaned_up_does_not_run_again_nor_in_the_next_life() {
    let edge = Edge::new("finished").await;
    let mut site = edge.site().await;
    let wanted = placement("shop", &[job(&edge, "migrate", "true")]);
    give(&mut site, &document(1, &[wanted])).await;
    finish(&edge, "migrate", &[condition("SuccessCriteriaMet"), condition("Complete")].join(","));
    until(&mut site, "it is complete", |outbox| is_healthy(outbox, "shop")).await;
    edge.kubectl(&["delete", "job/migrate"]);
    site.reconcile().await;
    assert!(is_healthy(&site.outbox(), "shop") && !edge.has("job/migrate"));
    drop(site);
    let mut site = edge.site().await;
    site.reconcile().await;
    assert!(is_healthy(&site.outbox(), "shop") && !edge.has("job/migrate"));
    // Other work under the same name is work to be done.
    let outbox = give(&mut site, &document(2, &[placement("shop", &[job(&edge, "migrate", "other")])])).await;
    assert_eq!(worst(&outbox, "shop").0, Phase::Progressing);
    assert!(edge.has("job/migrate"));
}

#[tokio::test]
async fn one_that_failed_and_was_cleaned_up_stays_failed() {
    let edge = Edge::new("job-failed").await;
    let mut site = edge.site().await;
    give(&mut site, &document(1, &[placement("shop", &[job(&edge, "migrate", "false")])])).await;
    finish(&edge, "migrate", &[condition("FailureTarget"), condition("Failed")].join(","));
    until(&mut site, "it has failed", |outbox| status(outbox, "shop").phases.failed == 1).await;
    edge.kubectl(&["delete", "job/migrate"]);
    site.reconcile().await;
    assert_eq!(worst(&site.outbox(), "shop"), (Phase::Failed, "JobFailed".to_owned()));
    assert!(!edge.has("job/migrate"));
}

#[tokio::test]
async fn one_that_cleans_itself_up_unseen_does_not_run_again_and_is_not_said_to_be_well() {
    let edge = Edge::new("job-unseen").await;
    let mut site = edge.site().await;
    let mut expiring = job(&edge, "migrate", "true");
    expiring["spec"]["ttlSecondsAfterFinished"] = 1.into();
    give(&mut site, &document(1, &[placement("shop", &[expiring])])).await;
    drop(site);
    edge.kubectl(&["delete", "job/migrate"]);
    let mut site = edge.site().await;
    site.reconcile().await;
    assert!(!edge.has("job/migrate"));
    assert_eq!(worst(&site.outbox(), "shop"), (Phase::Applied, "Finished".to_owned()));
}

#[tokio::test]
async fn one_that_somebody_deletes_before_its_end_runs_again() {
    let edge = Edge::new("job-deleted").await;
    let mut site = edge.site().await;
    give(&mut site, &document(1, &[placement("shop", &[job(&edge, "migrate", "true")])])).await;
    edge.kubectl(&["delete", "job/migrate"]);
    until(&mut site, "it is back", |outbox| status(outbox, "shop").drift_corrected == 1).await;
    assert!(edge.has("job/migrate"));
}
