//! Deployments, ReplicaSets and DaemonSets.

use model::Phase;
use serde_json::Value;

use super::Rule;
use super::condition::{Condition, condition, holding};
use super::generation::{not_observed, unseen};
use super::replicas::{counted, extra, fewer, wanted};
use super::value::text;
use crate::Outcome;

pub const DEPLOYMENT: &[Rule] = &[unseen, refused, blocked, rolling_out, unavailable];

pub const REPLICA_SET: &[Rule] = &[unseen, refused, incomplete];

pub const DAEMON_SET: &[Rule] = &[unseen, unscheduled, outdated_daemons, unready_daemons];

/// The API server refuses to create or delete the pods: a quota, an admission rule. kstatus waits; what is refused,
/// however, is refused again until somebody changes something, and on a ReplicaSet no deadline ever says so.
fn refused(object: &Value) -> Option<Outcome> {
    Some(holding(object, "ReplicaFailure")?.outcome(Phase::Degraded, "ReplicaFailure"))
}

/// It is past its deadline, or its ReplicaSet itself is refused. The controller still tries, and another change may mend
/// it: not failed for good, as kstatus has it.
fn blocked(object: &Value) -> Option<Outcome> {
    let found = condition(object, "Progressing").filter(Condition::fails)?;
    Some(found.outcome(Phase::Degraded, "ProgressFailed"))
}

/// Nobody but who paused it ends a pause; until then it is what was asked for.
fn rolling_out(object: &Value) -> Option<Outcome> {
    let left = rollout(object)?;
    Some(match object["spec"]["paused"].as_bool() {
        Some(true) => Outcome::new(left.phase, "Paused", format!("{}, and it is paused", left.message)),
        _ => left,
    })
}

fn rollout(object: &Value) -> Option<Outcome> {
    let (wanted, count) = (wanted(object), |field| counted(object, field));
    let updated = count("updatedReplicas");
    fewer(count("replicas"), wanted, "LessReplicas", "replicas exist")
        .or_else(|| fewer(updated, wanted, "LessUpdated", "replicas are updated"))
        .or_else(|| extra(object))
        .or_else(|| fewer(count("availableReplicas"), updated, "LessAvailable", "replicas are available"))
        .or_else(|| fewer(count("readyReplicas"), wanted, "LessReady", "replicas are ready"))
}

/// Counts alone do not say that a Deployment of no replicas was ever looked at.
fn unavailable(object: &Value) -> Option<Outcome> {
    match condition(object, "Available") {
        Some(found) if found.holds() => None,
        Some(found) => Some(found.outcome(Phase::Progressing, "NotAvailable")),
        None => Some(not_observed("not known to be available yet")),
    }
}

fn incomplete(object: &Value) -> Option<Outcome> {
    let (wanted, count) = (wanted(object), |field| counted(object, field));
    fewer(count("replicas"), wanted, "LessReplicas", "replicas exist")
        .or_else(|| {
            fewer(count("fullyLabeledReplicas"), wanted, "LessLabelled", "replicas have their labels")
        })
        .or_else(|| fewer(count("availableReplicas"), wanted, "LessAvailable", "replicas are available"))
        .or_else(|| fewer(count("readyReplicas"), wanted, "LessReady", "replicas are ready"))
        .or_else(|| extra(object))
}

/// Nodes that are to run a pod of it and do not. Only the controller knows how many those are.
fn unscheduled(object: &Value) -> Option<Outcome> {
    if object["status"]["desiredNumberScheduled"].is_null() {
        return Some(not_observed("the nodes that are to run it are not counted yet"));
    }
    let current = counted(object, "currentNumberScheduled");
    fewer(current, nodes(object), "LessReplicas", "nodes have a pod of it")
}

/// With `OnDelete` whoever deletes the pods decides when they are updated.
fn outdated_daemons(object: &Value) -> Option<Outcome> {
    let by_hand = text(&object["spec"]["updateStrategy"]["type"]) == "OnDelete";
    let updated = counted(object, "updatedNumberScheduled");
    fewer(updated, nodes(object), "LessUpdated", "pods are updated").filter(|_| !by_hand)
}

fn unready_daemons(object: &Value) -> Option<Outcome> {
    let count = |field| counted(object, field);
    fewer(count("numberAvailable"), nodes(object), "LessAvailable", "pods are available")
        .or_else(|| fewer(count("numberReady"), nodes(object), "LessReady", "pods are ready"))
}

fn nodes(object: &Value) -> i64 {
    counted(object, "desiredNumberScheduled")
}
