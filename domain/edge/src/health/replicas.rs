//! Counts of pods in the status of what runs them.

use model::Phase;
use serde_json::Value;

use super::value::number;
use crate::Outcome;

/// How many are wanted; one where the spec does not say, as the API server has it.
pub fn wanted(object: &Value) -> i64 {
    object["spec"]["replicas"].as_i64().unwrap_or(1)
}

/// A count in the status; what is not there is nothing.
pub fn counted(object: &Value, field: &str) -> i64 {
    number(&object["status"][field])
}

/// Fewer than are wanted `are` something.
pub fn fewer(count: i64, wanted: i64, reason: &str, are: &str) -> Option<Outcome> {
    let message = || format!("{count} of {wanted} {are}");
    (count < wanted).then(|| Outcome::new(Phase::Progressing, reason, message()))
}

/// Pods of the former spec or of a larger scale still run.
pub fn extra(object: &Value) -> Option<Outcome> {
    let extra = counted(object, "replicas").saturating_sub(wanted(object));
    let message = match extra {
        1 => "1 pod more than wanted has still to end".to_owned(),
        _ => format!("{extra} pods more than wanted have still to end"),
    };
    (extra > 0).then(|| Outcome::new(Phase::Progressing, "ExtraPods", message))
}
