//! Kinds without rules of their own.

use model::Phase::{Degraded, Progressing};
use serde_json::{Value, json};

use crate::check::{condition, conditioned, fares, is_healthy, with};
use crate::samples::custom;

#[test]
fn without_status_and_conditions_nothing_says_otherwise() {
    is_healthy(&custom());
    is_healthy(&with(custom(), "status", json!({"observedGeneration": 2, "size": 3})));
    is_healthy(&conditioned(custom(), "Resized", "False", "NotYet", "of no standard meaning"));
}

#[test]
fn a_resource_is_as_ready_as_it_says() {
    is_healthy(&conditioned(custom(), "Ready", "True", "Ready", ""));
    let words = "Waiting on certificate issuance from order shop/web-1";
    fares(&conditioned(custom(), "Ready", "False", "Pending", words), Progressing, "Pending", words);
    fares(
        &conditioned(custom(), "Ready", "Unknown", "", ""),
        Progressing,
        "NotReady",
        "condition Ready is Unknown",
    );
}

#[test]
fn a_resource_is_as_available_as_it_says() {
    is_healthy(&conditioned(custom(), "Available", "True", "", ""));
    fares(&conditioned(custom(), "Available", "False", "NoPods", "none"), Progressing, "NoPods", "none");
    let words = "shard 0: pod prometheus-k8s-0: containers with unready status";
    let half = conditioned(custom(), "Available", "Degraded", "SomePodsNotReady", words);
    fares(&half, Progressing, "SomePodsNotReady", words);
}

#[test]
fn a_stalled_or_degraded_resource_is_degraded_whatever_else_it_says() {
    for kind in ["Stalled", "Degraded"] {
        let also = ["Reconciling", "Progressing", "Ready"].map(|kind| condition(kind, "True", "", ""));
        let mut all = also.to_vec();
        all.push(condition(kind, "True", "InvalidSpec", "size must be odd"));
        fares(&with(custom(), "status.conditions", all), Degraded, "InvalidSpec", "size must be odd");
    }
}

#[test]
fn a_condition_that_does_not_hold_says_that_all_is_well_where_it_names_something_bad() {
    for kind in ["Stalled", "Degraded", "Reconciling", "Progressing"] {
        is_healthy(&conditioned(custom(), kind, "False", "AsExpected", ""));
    }
}

#[test]
fn a_condition_without_a_reason_is_counted_by_what_it_means() {
    let reasons = [("Reconciling", "True", "Reconciling"), ("Progressing", "True", "Progressing")];
    for (kind, status, reason) in reasons {
        fares(
            &conditioned(custom(), kind, status, "", ""),
            Progressing,
            reason,
            &format!("{kind} is {status}"),
        );
    }
    fares(
        &conditioned(custom(), "Available", "False", "", ""),
        Progressing,
        "NotAvailable",
        "Available is False",
    );
    fares(&conditioned(custom(), "Degraded", "True", "", ""), Degraded, "Degraded", "Degraded is True");
}

#[test]
fn a_resource_that_is_worked_on_is_progressing_also_while_it_is_ready() {
    for kind in ["Reconciling", "Progressing"] {
        let both = vec![condition("Ready", "True", "", ""), condition(kind, "True", "Upgrading", "to 1.4")];
        fares(&with(custom(), "status.conditions", both), Progressing, "Upgrading", "to 1.4");
    }
}

#[test]
fn progressing_in_the_sense_of_a_deployment_ends_with_its_last_reason() {
    is_healthy(&conditioned(custom(), "Progressing", "True", "NewReplicaSetAvailable", "done"));
    let late = conditioned(custom(), "Progressing", "False", "ProgressDeadlineExceeded", "timed out");
    fares(&late, Degraded, "ProgressDeadlineExceeded", "timed out");
}

#[test]
fn a_standard_condition_of_an_older_spec_says_nothing() {
    let of = |generation: Value, kind: &str| {
        let ready = with(condition(kind, "True", "", ""), "observedGeneration", generation);
        with(custom(), "status.conditions", vec![ready])
    };
    fares(
        &of(1.into(), "Ready"),
        Progressing,
        "NotObserved",
        "condition Ready is of generation 1, wanted is 2",
    );
    is_healthy(&of(2.into(), "Ready"));
    is_healthy(&of(1.into(), "Resized"));
}

#[test]
fn a_generation_may_be_written_as_text() {
    let behind = with(custom(), "status.observedGeneration", "1");
    fares(&behind, Progressing, "NotObserved", "generation 1 of 2");
    is_healthy(&with(custom(), "status.observedGeneration", "2"));
}

#[test]
fn a_reason_that_is_no_word_is_not_counted_by() {
    for reason in ["size must be odd", "", "lower", "Err-17"] {
        let odd = conditioned(custom(), "Stalled", "True", reason, "size must be odd");
        fares(&odd, Degraded, "Stalled", "size must be odd");
    }
}
