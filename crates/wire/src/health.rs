//! Health rules, as resources, inside of releases, and with the objects that they are for.

use model::{HealthCheck, HealthPhase, HealthRuleSpec};

use crate::{
    Error, api,
    clause::{clause, clause_message},
    field::Reader,
};

const RULE: Reader = Reader("HealthRuleSpec");

pub(crate) fn health_rule_message(spec: &HealthRuleSpec) -> api::HealthRuleSpec {
    api::HealthRuleSpec {
        r#match: Some(clause_message(&spec.match_)),
        rules: spec.rules.iter().map(check_message).collect(),
    }
}

pub(crate) fn health_rule(message: api::HealthRuleSpec) -> Result<HealthRuleSpec, Error> {
    Ok(HealthRuleSpec {
        match_: clause(RULE.required("match", message.r#match)?)?,
        rules: message.rules.into_iter().map(check).collect::<Result<_, _>>()?,
    })
}

pub(crate) fn check_message(check: &HealthCheck) -> api::HealthCheck {
    let phase = match check.phase {
        HealthPhase::Progressing => api::HealthPhase::Progressing,
        HealthPhase::Healthy => api::HealthPhase::Healthy,
        HealthPhase::Degraded => api::HealthPhase::Degraded,
        HealthPhase::Failed => api::HealthPhase::Failed,
    };
    let HealthCheck { when, reason, message, .. } = check.clone();
    api::HealthCheck { when, phase: phase.into(), reason, message }
}

/// A phase that is not said is none that anybody could have meant.
pub(crate) fn check(message: api::HealthCheck) -> Result<HealthCheck, Error> {
    let phase = match api::HealthPhase::try_from(message.phase) {
        Ok(api::HealthPhase::Progressing) => HealthPhase::Progressing,
        Ok(api::HealthPhase::Healthy) => HealthPhase::Healthy,
        Ok(api::HealthPhase::Degraded) => HealthPhase::Degraded,
        Ok(api::HealthPhase::Failed) => HealthPhase::Failed,
        Ok(api::HealthPhase::Unspecified) | Err(_) => return Err(RULE.unknown("rules.phase", message.phase)),
    };
    Ok(HealthCheck { when: message.when, phase, reason: message.reason, message: message.message })
}
