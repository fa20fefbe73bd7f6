//! How a placement treats what it finds at the edge. A policy that is not said is the default one; one that this
//! version does not know is an error, because guessing could delete something.

use model::{Adopt, Conflict, Deletion, Dependency, DependencyPhase, IgnoreRule, IgnoreWhen};

use crate::{
    Error, api,
    clause::{clause, clause_message},
    field::Reader,
};

pub(crate) fn deletion_value(deletion: Deletion) -> i32 {
    match deletion {
        Deletion::Delete => api::Deletion::Delete,
        Deletion::Orphan => api::Deletion::Orphan,
    }
    .into()
}

pub(crate) fn deletion(reader: Reader, value: i32) -> Result<Deletion, Error> {
    match api::Deletion::try_from(value) {
        Ok(api::Deletion::Unspecified | api::Deletion::Delete) => Ok(Deletion::Delete),
        Ok(api::Deletion::Orphan) => Ok(Deletion::Orphan),
        Err(_) => Err(reader.unknown("deletion", value)),
    }
}

pub(crate) fn conflict_value(conflict: Conflict) -> i32 {
    match conflict {
        Conflict::Force => api::Conflict::Force,
        Conflict::Report => api::Conflict::Report,
    }
    .into()
}

pub(crate) fn conflict(reader: Reader, value: i32) -> Result<Conflict, Error> {
    match api::Conflict::try_from(value) {
        Ok(api::Conflict::Unspecified | api::Conflict::Force) => Ok(Conflict::Force),
        Ok(api::Conflict::Report) => Ok(Conflict::Report),
        Err(_) => Err(reader.unknown("conflict", value)),
    }
}

pub(crate) fn adopt_value(adopt: Adopt) -> i32 {
    match adopt {
        Adopt::IfNoDiff => api::Adopt::IfNoDiff,
        Adopt::Always => api::Adopt::Always,
        Adopt::Never => api::Adopt::Never,
    }
    .into()
}

pub(crate) fn adopt(reader: Reader, value: i32) -> Result<Adopt, Error> {
    match api::Adopt::try_from(value) {
        Ok(api::Adopt::Unspecified | api::Adopt::IfNoDiff) => Ok(Adopt::IfNoDiff),
        Ok(api::Adopt::Always) => Ok(Adopt::Always),
        Ok(api::Adopt::Never) => Ok(Adopt::Never),
        Err(_) => Err(reader.unknown("adopt", value)),
    }
}

pub(crate) fn ignore_messages(rules: &[IgnoreRule]) -> Vec<api::IgnoreRule> {
    let message = |rule: &IgnoreRule| api::IgnoreRule {
        r#match: Some(clause_message(&rule.match_)),
        paths: rule.paths.clone(),
        when: ignore_when_value(rule.when),
    };
    rules.iter().map(message).collect()
}

pub(crate) fn ignore(reader: Reader, messages: Vec<api::IgnoreRule>) -> Result<Vec<IgnoreRule>, Error> {
    let rule = |message: api::IgnoreRule| {
        let when = ignore_when(reader, message.when)?;
        let match_ = clause(reader.required("ignore.match", message.r#match)?)?;
        Ok(IgnoreRule { match_, paths: message.paths, when })
    };
    messages.into_iter().map(rule).collect()
}

pub(crate) fn ignore_when_value(when: IgnoreWhen) -> i32 {
    match when {
        IgnoreWhen::Always => api::IgnoreWhen::Always,
        IgnoreWhen::OnUpdate => api::IgnoreWhen::OnUpdate,
    }
    .into()
}

pub(crate) fn ignore_when(reader: Reader, value: i32) -> Result<IgnoreWhen, Error> {
    match api::IgnoreWhen::try_from(value) {
        Ok(api::IgnoreWhen::Unspecified | api::IgnoreWhen::Always) => Ok(IgnoreWhen::Always),
        Ok(api::IgnoreWhen::OnUpdate) => Ok(IgnoreWhen::OnUpdate),
        Err(_) => Err(reader.unknown("ignore.when", value)),
    }
}

pub(crate) fn dependency_messages(dependencies: &[Dependency]) -> Vec<api::Dependency> {
    let message = |it: &Dependency| {
        let phase = match it.phase {
            DependencyPhase::Applied => api::DependencyPhase::Applied,
            DependencyPhase::Healthy => api::DependencyPhase::Healthy,
        };
        api::Dependency { placement: it.placement.clone(), phase: phase.into() }
    };
    dependencies.iter().map(message).collect()
}

pub(crate) fn dependencies(reader: Reader, messages: Vec<api::Dependency>) -> Result<Vec<Dependency>, Error> {
    let dependency = |message: api::Dependency| {
        let phase = match api::DependencyPhase::try_from(message.phase) {
            Ok(api::DependencyPhase::Applied) => DependencyPhase::Applied,
            Ok(api::DependencyPhase::Unspecified | api::DependencyPhase::Healthy) => DependencyPhase::Healthy,
            Err(_) => return Err(reader.unknown("depends_on.phase", message.phase)),
        };
        let placement = reader.filled("depends_on.placement", message.placement)?;
        Ok(Dependency { placement, phase })
    };
    messages.into_iter().map(dependency).collect()
}
