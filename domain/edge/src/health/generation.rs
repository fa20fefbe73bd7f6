//! Whether a status speaks of the present spec.

use model::Phase;
use serde_json::Value;

use crate::Outcome;

/// The status is of an older spec, or nobody has written one: nothing in it, and no pod, says how the present spec
/// fares.
pub const NOT_OBSERVED: &str = "NotObserved";

/// The status is of an older spec.
pub fn behind(object: &Value) -> Option<Outcome> {
    let (wanted, seen) = (generation(object)?, observed(object)?);
    (seen < wanted).then(|| not_observed(format!("the controller has seen generation {seen} of {wanted}")))
}

/// The controller of this kind says which generation it has seen, and has not said so yet.
pub fn unseen(object: &Value) -> Option<Outcome> {
    let unseen = generation(object).is_some() && observed(object).is_none();
    unseen.then(|| not_observed("no controller has acted on it yet"))
}

pub fn not_observed(message: impl Into<String>) -> Outcome {
    Outcome::new(Phase::Progressing, NOT_OBSERVED, message)
}

pub fn generation(object: &Value) -> Option<i64> {
    count(&object["metadata"]["generation"])
}

fn observed(object: &Value) -> Option<i64> {
    count(&object["status"]["observedGeneration"])
}

/// Some controllers write the generation as text (Argo Rollouts).
pub fn count(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}
