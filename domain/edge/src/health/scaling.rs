//! HorizontalPodAutoscalers and PodDisruptionBudgets. How many pods there are is the workload's health, not theirs: they
//! are healthy when they do their work.

use model::Phase;
use serde_json::Value;

use super::condition::{Condition, condition, find};
use super::generation::not_observed;
use super::value::{list, text};
use crate::Outcome;

/// Where `autoscaling/v1`, whose status has no conditions, keeps them.
const V1_CONDITIONS: &str = "autoscaling.alpha.kubernetes.io/conditions";

pub fn unknown(object: &Value) -> Option<Outcome> {
    let unknown = list(&conditions(object)).is_empty();
    unknown.then(|| not_observed("no controller has acted on it yet"))
}

/// What it is to scale is not there or cannot be written. False with any other reason is a pause between two changes.
pub fn unable(object: &Value) -> Option<Outcome> {
    let conditions = conditions(object);
    let found = failing(&conditions, "AbleToScale").filter(|found| found.reason().starts_with("Failed"))?;
    Some(found.outcome(Phase::Degraded, "UnableToScale"))
}

/// At zero replicas it is off, as asked. Metrics are missing for the first minute of every pod, and nothing tells that
/// from metrics that never come.
pub fn inactive(object: &Value) -> Option<Outcome> {
    let conditions = conditions(object);
    let found = failing(&conditions, "ScalingActive").filter(|found| found.reason() != "ScalingDisabled")?;
    let no_metrics = found.reason().starts_with("FailedGet") || found.reason().starts_with("FailedCompute");
    let phase = if no_metrics { Phase::Progressing } else { Phase::Degraded };
    Some(found.outcome(phase, "ScalingInactive"))
}

/// A budget that lets no pod go is one that works; one that cannot count protects nothing, or too much.
pub fn not_counted(object: &Value) -> Option<Outcome> {
    let found = condition(object, "DisruptionAllowed").filter(|found| found.reason() == "SyncFailed")?;
    Some(found.outcome(Phase::Degraded, "SyncFailed"))
}

fn conditions(object: &Value) -> Value {
    let annotation = || serde_json::from_str(text(&object["metadata"]["annotations"][V1_CONDITIONS])).ok();
    match &object["status"]["conditions"] {
        Value::Null => annotation().unwrap_or_default(),
        conditions => conditions.clone(),
    }
}

fn failing<'a>(conditions: &'a Value, kind: &str) -> Option<Condition<'a>> {
    find(conditions, kind).filter(Condition::fails)
}
