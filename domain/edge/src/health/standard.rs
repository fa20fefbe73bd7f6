//! Kinds without rules of their own, by the conditions that many controllers write in the same sense.
//!
//! Without any of them nothing says otherwise, and the object is healthy.

use model::Phase;
use serde_json::Value;

use super::Rule;
use super::condition::{condition, holding};
use super::generation::{generation, not_observed};
use crate::Outcome;

pub const RULES: &[Rule] =
    &[stale, stalled, degraded, past_deadline, reconciling, progressing, not_ready, not_available];

const KINDS: [&str; 6] = ["Stalled", "Degraded", "Reconciling", "Progressing", "Ready", "Available"];

/// A condition that counts here is of an older spec. Others may stay as they were written once, and do not matter.
fn stale(object: &Value) -> Option<Outcome> {
    let wanted = generation(object)?;
    let found = KINDS.iter().find_map(|kind| {
        let seen = condition(object, kind)?.observed_generation()?;
        (seen < wanted).then_some((kind, seen))
    });
    let message = |(kind, seen)| format!("condition {kind} is of generation {seen}, wanted is {wanted}");
    found.map(|found| not_observed(message(found)))
}

/// The controller cannot go on by itself. It may when something else changes: not failed for good.
fn stalled(object: &Value) -> Option<Outcome> {
    Some(holding(object, "Stalled")?.outcome(Phase::Degraded, "Stalled"))
}

fn degraded(object: &Value) -> Option<Outcome> {
    Some(holding(object, "Degraded")?.outcome(Phase::Degraded, "Degraded"))
}

/// As Deployments and their kin say it. With any other reason the condition is false once there is nothing to do.
fn past_deadline(object: &Value) -> Option<Outcome> {
    let found = condition(object, "Progressing")?;
    let past = found.reason() == "ProgressDeadlineExceeded";
    past.then(|| found.outcome(Phase::Degraded, "ProgressDeadlineExceeded"))
}

fn reconciling(object: &Value) -> Option<Outcome> {
    Some(holding(object, "Reconciling")?.outcome(Phase::Progressing, "Reconciling"))
}

/// Where the condition is meant as a Deployment's, it keeps holding once everything is there.
fn progressing(object: &Value) -> Option<Outcome> {
    let found = holding(object, "Progressing")?;
    let there = found.reason() == "NewReplicaSetAvailable";
    (!there).then(|| found.outcome(Phase::Progressing, "Progressing"))
}

/// Not ready yet and never ready look alike here: waiting may mend it.
fn not_ready(object: &Value) -> Option<Outcome> {
    let found = condition(object, "Ready")?;
    (!found.holds()).then(|| found.outcome(Phase::Progressing, "NotReady"))
}

fn not_available(object: &Value) -> Option<Outcome> {
    let found = condition(object, "Available")?;
    (!found.holds()).then(|| found.outcome(Phase::Progressing, "NotAvailable"))
}
