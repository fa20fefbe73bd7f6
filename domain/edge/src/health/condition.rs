//! The conditions of an object's status.

use model::Phase;
use serde_json::Value;

use super::generation::count;
use super::value::{list, reason, text};
use crate::Outcome;

/// A condition, as controllers write it.
#[derive(Clone, Copy, Debug)]
pub struct Condition<'a>(&'a Value);

/// The condition of the type `kind`; the first, should there be several.
pub fn condition<'a>(object: &'a Value, kind: &str) -> Option<Condition<'a>> {
    find(&object["status"]["conditions"], kind)
}

/// The same in a list of conditions that stands elsewhere.
pub fn find<'a>(conditions: &'a Value, kind: &str) -> Option<Condition<'a>> {
    list(conditions).iter().find(|condition| text(&condition["type"]) == kind).map(Condition)
}

/// The condition of the type `kind`, if it holds.
pub fn holding<'a>(object: &'a Value, kind: &str) -> Option<Condition<'a>> {
    condition(object, kind).filter(Condition::holds)
}

impl<'a> Condition<'a> {
    pub fn holds(&self) -> bool {
        text(&self.0["status"]) == "True"
    }

    pub fn fails(&self) -> bool {
        text(&self.0["status"]) == "False"
    }

    pub fn reason(&self) -> &'a str {
        text(&self.0["reason"])
    }

    pub fn message(&self) -> &'a str {
        text(&self.0["message"])
    }

    /// In the form that Kubernetes writes, which sorts as it passes.
    pub fn since(&self) -> &'a str {
        text(&self.0["lastTransitionTime"])
    }

    pub fn observed_generation(&self) -> Option<i64> {
        count(&self.0["observedGeneration"])
    }

    /// Its own words; a condition without a reason gets `otherwise`, one without a message says what it is.
    pub fn outcome(&self, phase: Phase, otherwise: &str) -> Outcome {
        let reason = reason(self.reason(), otherwise);
        match self.message() {
            "" => Outcome::new(phase, reason, self.to_string()),
            message => Outcome::new(phase, reason, message),
        }
    }
}

impl std::fmt::Display for Condition<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "condition {} is {}", text(&self.0["type"]), text(&self.0["status"]))
    }
}
