//! How an object fares by what its user says its state means, decided on the object as it is at the location.
//!
//! ```text
//!   HealthCheck, HealthCheck, … --compile--> Verdict --judge(live)--> the Outcome of the first that holds, or none
//! ```
//!
//! What cannot be evaluated does not hold: controllers fill in a status bit by bit, and a field that is not there yet is
//! what rules meet most. The hub bounds expressions in length, nesting and work by what locations hold; objects may
//! hold more, so that the rounds of nested comprehensions are bounded here again.

use std::sync::{Arc, LazyLock};

use cel::common::ast::{EntryExpr, Expr, IdedExpr};
use cel::objects::Map;
use cel::{Context, Env, Value};
use model::{HealthCheck, HealthPhase, Phase};
use serde_json::Value as Json;

use crate::Outcome;

/// Rounds of all loops of one expression: a second, if each has as many operators as an expression may have.
const MAX_ROUNDS: usize = 1_000_000;

static ENV: LazyLock<Arc<Env>> = LazyLock::new(|| Arc::new(Env::stdlib()));

/// The rules of one object, or of all that have the same ones: compiling takes longer than judging.
#[derive(Clone, Debug)]
pub struct Verdict {
    checks: Vec<Check>,
    /// `obj` costs a copy of the object, `status` only of its status.
    reads_object: bool,
}

#[derive(Clone, Debug)]
struct Check {
    when: IdedExpr,
    /// Comprehensions inside one another.
    depth: u32,
    outcome: Outcome,
}

impl Verdict {
    /// Reads the rules that came with an object.
    ///
    /// # Errors
    /// How the object fares, and will until the rules change, if one of them is no expression to this version: the hub,
    /// which has checked it, may be newer.
    pub fn compile(checks: &[HealthCheck]) -> Result<Self, Outcome> {
        let compile = |(index, check)| {
            Check::compile(check).map_err(|why| {
                let message = format!("rules[{index}].when of its HealthRule: {why}");
                Outcome::new(Phase::Degraded, "HealthRuleInvalid", message)
            })
        };
        let checks: Vec<Check> = checks.iter().enumerate().map(compile).collect::<Result<_, _>>()?;
        let reads_object = checks.iter().any(Check::reads_object);
        Ok(Self { checks, reads_object })
    }

    /// What the first rule that holds says; `None`: none does, so that health is what it is without rules.
    pub fn judge(&self, live: &Json) -> Option<Outcome> {
        let mut context = Context::with_env(ENV.clone());
        let status = live.get("status").filter(|status| status.is_object());
        context.add_variable_from_value("status", status.map_or_else(empty, to_cel));
        if self.reads_object {
            context.add_variable_from_value("obj", to_cel(live));
        }
        let entries =
            self.checks.iter().any(|check| check.depth > 1).then(|| most_entries(live)).unwrap_or(0);
        self.checks.iter().find(|check| check.holds(&context, entries)).map(|check| check.outcome.clone())
    }
}

impl Check {
    fn compile(check: &HealthCheck) -> Result<Self, String> {
        let when = ENV
            .parser()
            .parse(&check.when)
            .map_err(|errors| errors.errors.first().map(|error| error.msg.clone()).unwrap_or_default())?;
        Ok(Self { depth: depth(&when), when, outcome: outcome(check) })
    }

    fn reads_object(&self) -> bool {
        let references = self.when.references();
        references.has_variable("obj") || references.has_variable(".obj")
    }

    fn holds(&self, context: &Context<'_, '_>, entries: usize) -> bool {
        let is_bounded = entries.checked_pow(self.depth).is_some_and(|rounds| rounds <= MAX_ROUNDS);
        is_bounded && matches!(Value::resolve(&self.when, context), Ok(Value::Bool(true)))
    }
}

/// What is not well has a reason, which summaries count by.
fn outcome(check: &HealthCheck) -> Outcome {
    let reason = match (check.reason.as_str(), check.phase) {
        ("", HealthPhase::Healthy) => String::new(),
        ("", phase) => format!("{phase:?}"),
        (reason, _) => reason.to_owned(),
    };
    Outcome { phase: check.phase.into(), reason, message: check.message.clone() }
}

fn empty() -> Value {
    to_cel(&Json::Object(serde_json::Map::new()))
}

/// Numbers are signed where they fit, as they are in Kubernetes: CEL does not add an unsigned one to a literal.
fn to_cel(json: &Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(bool) => Value::Bool(*bool),
        Json::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(int), _) => Value::Int(int),
            (None, Some(int)) => Value::UInt(int),
            (None, None) => Value::Float(number.as_f64().unwrap_or(f64::NAN)),
        },
        Json::String(text) => Value::String(Arc::new(text.clone())),
        Json::Array(items) => Value::List(Arc::new(items.iter().map(to_cel).collect())),
        Json::Object(entries) => {
            let entries = entries.iter().map(|(key, value)| (key.clone().into(), to_cel(value)));
            Value::Map(Map { map: Arc::new(entries.collect()) })
        }
    }
}

/// Of the largest list or map in it.
fn most_entries(json: &Json) -> usize {
    match json {
        Json::Array(items) => items.iter().map(most_entries).max().unwrap_or(0).max(items.len()),
        Json::Object(entries) => entries.values().map(most_entries).max().unwrap_or(0).max(entries.len()),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => 0,
    }
}

/// Comprehensions inside what each round of another evaluates.
fn depth(expr: &IdedExpr) -> u32 {
    match &expr.expr {
        Expr::Unspecified | Expr::Literal(_) | Expr::Ident(_) => 0,
        Expr::Select(select) => depth(&select.operand),
        Expr::Call(call) => deepest(call.target.as_deref().into_iter().chain(&call.args)),
        Expr::List(list) => deepest(&list.elements),
        Expr::Map(map) => deepest(map.entries.iter().flat_map(|entry| parts(&entry.expr))),
        Expr::Struct(it) => deepest(it.entries.iter().flat_map(|entry| parts(&entry.expr))),
        Expr::Comprehension(it) => depth(&it.iter_range).max(1 + depth(&it.loop_step)),
    }
}

fn deepest<'e>(exprs: impl IntoIterator<Item = &'e IdedExpr>) -> u32 {
    exprs.into_iter().map(depth).max().unwrap_or(0)
}

fn parts(entry: &EntryExpr) -> Vec<&IdedExpr> {
    match entry {
        EntryExpr::StructField(field) => vec![&field.value],
        EntryExpr::MapEntry(entry) => vec![&entry.key, &entry.value],
    }
}
