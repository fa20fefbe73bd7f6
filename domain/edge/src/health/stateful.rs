//! StatefulSets: their pods have numbers, and an update may be meant for the highest only.

use serde_json::Value;

use super::Rule;
use super::generation::unseen;
use super::replicas::{counted, extra, fewer, wanted};
use super::value::{number, text};
use crate::Outcome;
use model::Phase;

pub const STATEFUL_SET: &[Rule] = &[unseen, incomplete, extra, outdated, unfinished];

/// kstatus takes `OnDelete` for healthy whatever runs. Only the update is up to the user then, the pods are not.
fn incomplete(object: &Value) -> Option<Outcome> {
    let (wanted, count) = (wanted(object), |field| counted(object, field));
    fewer(count("replicas"), wanted, "LessReplicas", "replicas exist")
        .or_else(|| fewer(count("readyReplicas"), wanted, "LessReady", "replicas are ready"))
        .or_else(|| fewer(available(object), wanted, "LessAvailable", "replicas are available"))
}

/// Servers before 1.22 do not count them; there, as before, ready is available.
fn available(object: &Value) -> i64 {
    let available = object["status"]["availableReplicas"].as_i64();
    available.unwrap_or_else(|| counted(object, "readyReplicas"))
}

fn outdated(object: &Value) -> Option<Outcome> {
    let updated = counted(object, "updatedReplicas");
    fewer(updated, to_update(object), "LessUpdated", "replicas are updated").filter(|_| !by_hand(object))
}

/// The last pods are updated, and the controller has not yet made theirs the current revision.
fn unfinished(object: &Value) -> Option<Outcome> {
    let revision = |field| text(&object["status"][field]);
    let whole = to_update(object) == wanted(object) && !by_hand(object);
    let differs = revision("currentRevision") != revision("updateRevision");
    let message = "the updated revision is not the current one yet";
    (whole && differs).then(|| Outcome::new(Phase::Progressing, "RevisionMismatch", message))
}

/// How many replicas have a number that the partition lets be updated.
fn to_update(object: &Value) -> i64 {
    let partition = number(&object["spec"]["updateStrategy"]["rollingUpdate"]["partition"]);
    let kept = partition.saturating_sub(number(&object["spec"]["ordinals"]["start"]));
    wanted(object).saturating_sub(kept.max(0)).max(0)
}

fn by_hand(object: &Value) -> bool {
    text(&object["spec"]["updateStrategy"]["type"]) == "OnDelete"
}
