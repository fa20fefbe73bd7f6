//! What the edge is told of an object beside its manifest: decided on the object as it is declared, before anything is
//! done to it.

use std::sync::Arc;

use model::{Clause, HealthCheck, HealthRuleSpec, IgnoreRule, IgnoreWhen, IgnoredPath, JsonPath, Object};

use super::{Broken, Compiled};
use crate::Error;

/// A rule of a placement about fields that others own.
pub struct Ignored<'a> {
    rule: &'a IgnoreRule,
    paths: Compiled<[JsonPath]>,
    told: Arc<[IgnoredPath]>,
}

impl<'a> Ignored<'a> {
    pub fn of(rule: &'a IgnoreRule) -> Self {
        let told = |path: &String| IgnoredPath { path: path.clone(), when: rule.when };
        Self { rule, paths: compile_paths(rule), told: rule.paths.iter().map(told).collect() }
    }

    pub fn takes(&self, object: &Object) -> bool {
        self.rule.match_.matches(object, None)
    }

    /// What is left out of the manifest; `None`: nothing, because the object begins with it.
    pub fn left_out(&self) -> Result<Option<&Arc<[JsonPath]>>, &Broken> {
        let paths = self.paths.as_ref()?;
        Ok((self.rule.when == IgnoreWhen::Always).then_some(paths))
    }
}

fn compile_paths(rule: &IgnoreRule) -> Compiled<[JsonPath]> {
    let paths: Result<Vec<_>, _> =
        rule.paths.iter().map(|path| JsonPath::parse(path).map_err(Error::from)).collect();
    paths.map(Arc::from).map_err(|error| format!("{}: spec.ignore: {error}", error.reason()).into())
}

/// Of all rules that are for this object. Objects of one rule share what it says.
pub fn ignored(object: &Object, rules: &[Ignored<'_>]) -> Arc<[IgnoredPath]> {
    let told = rules.iter().filter(|ignored| ignored.takes(object)).map(|ignored| ignored.told.clone());
    told.reduce(|all, more| all.iter().chain(&*more).cloned().collect()).unwrap_or_default()
}

/// What a health rule says, and of which objects.
pub struct Judged<'a> {
    clause: &'a Clause,
    checks: Arc<[HealthCheck]>,
}

impl<'a> Judged<'a> {
    pub fn of(rule: &'a HealthRuleSpec) -> Self {
        Self { clause: &rule.match_, checks: rule.rules.as_slice().into() }
    }
}

/// Of the first rule that is for this object.
pub fn health(object: &Object, rules: &[Judged<'_>]) -> Arc<[HealthCheck]> {
    let rule = rules.iter().find(|rule| rule.clause.matches(object, None));
    rule.map(|rule| rule.checks.clone()).unwrap_or_default()
}
