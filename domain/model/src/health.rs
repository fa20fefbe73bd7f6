//! How objects fare whose kind nobody here knows: what users say about it.

use serde::{Deserialize, Serialize};

use crate::{Clause, Phase};

/// Decides on the health of the objects that it matches, in all placements of its space. Of several rules that match an
/// object, the first by name decides.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HealthRuleSpec {
    #[serde(rename = "match")]
    pub match_: Clause,
    /// The first that holds decides. If none does, health is what it is without a rule.
    pub rules: Vec<HealthCheck>,
}

impl HealthRuleSpec {
    /// Each is evaluated for every change of an object.
    pub const MAX_RULES: usize = 32;
}

/// What an object's state means.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HealthCheck {
    /// CEL over `obj`, which is the object as it is at the location, and `status`, which is `obj.status`, or an empty map.
    /// It does not hold where it cannot be evaluated: a field that is not there yet is the usual case.
    pub when: String,
    pub phase: HealthPhase,
    /// Stable, in CamelCase: what summaries count by. Empty: the phase's name, or nothing if it is healthy.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// For people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub message: String,
}

/// The phases that the state of an object can mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum HealthPhase {
    Progressing,
    Healthy,
    Degraded,
    Failed,
}

impl From<HealthPhase> for Phase {
    fn from(phase: HealthPhase) -> Self {
        match phase {
            HealthPhase::Progressing => Self::Progressing,
            HealthPhase::Healthy => Self::Healthy,
            HealthPhase::Degraded => Self::Degraded,
            HealthPhase::Failed => Self::Failed,
        }
    }
}
