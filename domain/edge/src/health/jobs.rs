//! Jobs. Who waits for a Job to be healthy waits for its work to be done: unlike kstatus, which takes a Job for current
//! as soon as it has started, one that runs is progressing until it is complete.

use model::Phase;
use serde_json::Value;

use super::condition::holding;
use super::value::text;
use crate::Outcome;
use crate::health::replicas::counted;

/// For good: a Job that has failed is not run again. With `FailureTarget` that is decided, and pods have yet to end.
pub fn failed(object: &Value) -> Option<Outcome> {
    let found = holding(object, "Failed").or_else(|| holding(object, "FailureTarget"))?;
    Some(found.outcome(Phase::Failed, "JobFailed"))
}

pub fn complete(object: &Value) -> Option<Outcome> {
    holding(object, "Complete").map(|_| Outcome::healthy())
}

/// As kstatus has it: that it does not run is what was asked for.
pub fn suspended(object: &Value) -> Option<Outcome> {
    object["spec"]["suspend"].as_bool().filter(|suspend| *suspend)?;
    holding(object, "Suspended").map(|_| Outcome::new(Phase::Healthy, "Suspended", "suspended by its spec"))
}

pub fn not_started(object: &Value) -> Option<Outcome> {
    let started = !text(&object["status"]["startTime"]).is_empty();
    (!started).then(|| Outcome::new(Phase::Progressing, "JobNotStarted", "not started yet"))
}

pub fn running(object: &Value) -> Option<Outcome> {
    let count = |field| counted(object, field);
    let of = object["spec"]["completions"].as_i64().map(|all| format!(" of {all}")).unwrap_or_default();
    let (succeeded, active, failed) = (count("succeeded"), count("active"), count("failed"));
    let message = format!("{succeeded}{of} succeeded, {active} running, {failed} failed");
    Some(Outcome::new(Phase::Progressing, "JobRunning", message))
}
