//! What runs once: a Job does its work, ends, and may be cleaned up. That it is gone then is no drift.

use model::{ObjectKey, Phase};
use serde_json::Value;

use crate::{Ended, Outcome};

/// Whether objects of this kind do their work once and end.
pub fn runs_once(key: &ObjectKey) -> bool {
    key.group == "batch" && key.kind == "Job"
}

/// Whether the cluster removes it when it has ended, by its manifest or as it is.
pub fn cleans_up(object: &Value) -> bool {
    object.pointer("/spec/ttlSecondsAfterFinished").is_some_and(Value::is_u64)
}

/// How a live Job has ended; `None`: it has not, or is none.
pub fn ended(object: &Value) -> Option<Ended> {
    if object["kind"] != "Job" {
        return None;
    }
    let conditions = object.pointer("/status/conditions")?.as_array()?;
    let holds = |name: &str| conditions.iter().any(|it| it["type"] == name && it["status"] == "True");
    match (holds("Complete"), holds("Failed")) {
        (true, _) => Some(Ended::Succeeded),
        (false, true) => Some(Ended::Failed),
        (false, false) => None,
    }
}

impl Ended {
    /// How something fares of which nothing is left; `None`: nobody has seen how it ended.
    pub fn outcome(ended: Option<Self>) -> Outcome {
        match ended {
            Some(Self::Succeeded) => Outcome::healthy(),
            Some(Self::Failed) => Outcome::new(Phase::Failed, "JobFailed", "it failed, and was cleaned up"),
            None => Outcome::new(
                Phase::Applied,
                "Finished",
                "it was cleaned up after its end, and nobody has seen whether it succeeded",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(condition: &str, status: &str, expected: Option<Ended>) {
        let job = json!({"kind": "Job", "status": {"conditions": [{"type": condition, "status": status}]}});
        assert_eq!(ended(&job), expected, "{condition}={status}");
    }

    #[test]
    fn a_job_has_ended_when_it_says_so() {
        check("Complete", "True", Some(Ended::Succeeded));
        check("Failed", "True", Some(Ended::Failed));
        check("Failed", "False", None);
        check("Suspended", "True", None);
        assert_eq!(ended(&json!({"kind": "Job"})), None);
    }

    #[test]
    fn what_nobody_has_seen_is_not_said_to_be_well() {
        assert!(!Ended::outcome(None).is_good());
        assert!(Ended::outcome(Some(Ended::Succeeded)).is_good());
        assert!(!Ended::outcome(Some(Ended::Failed)).is_good());
    }
}
