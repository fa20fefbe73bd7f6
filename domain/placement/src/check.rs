//! What a placement cannot ask for, beyond what the model knows: told before it is accepted.

use expression::Expression;
use model::{Gate, PlacementSpec, RolloutSpec};

use crate::condition::check_expression;

/// A field's path from the resource's root, and what is wrong there.
pub type Problem = (String, String);

/// All that is wrong with a placement's conditions, and what would be ignored.
pub fn check(spec: &PlacementSpec) -> Vec<Problem> {
    let gates = spec.rollout.iter().flat_map(gates);
    check_expression(&spec.where_).into_iter().chain(gates).collect()
}

fn gates(spec: &RolloutSpec) -> impl Iterator<Item = Problem> {
    let waves = spec.waves.iter().enumerate();
    let gates = waves.flat_map(|(wave, declared)| {
        declared.gates.iter().enumerate().map(move |(gate, declared)| (wave, gate, declared))
    });
    gates.filter_map(|(wave, gate, declared)| {
        let (field, wrong) = check_gate(declared)?;
        Some((format!("spec.rollout.waves[{wave}].gates[{gate}].{field}"), wrong))
    })
}

/// Programs are asked on NATS only: a rollout would wait for ever for others.
fn check_gate(gate: &Gate) -> Option<(&'static str, String)> {
    let help = "programs are not asked over HTTP yet: let yours answer a `request` on NATS";
    match gate {
        Gate { webhook: Some(_), .. } => Some(("webhook", help.to_owned())),
        Gate { expression: Some(text), .. } => {
            Some(("expression", Expression::gate(text).err()?.to_string()))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use model::{GateWebhook, Span, Wave};

    use super::*;

    fn checked(gate: Gate) -> Vec<Problem> {
        let wave = Wave { gates: vec![gate], ..Wave::default() };
        let rollout = RolloutSpec { waves: vec![Wave::default(), wave], ..RolloutSpec::default() };
        check(&PlacementSpec { rollout: Some(rollout), ..PlacementSpec::default() })
    }

    fn expression(text: &str) -> Gate {
        Gate { expression: Some(text.into()), ..Gate::default() }
    }

    #[test]
    fn a_program_that_nobody_would_ask_is_refused() {
        let (url, default) = ("http://gates.example".into(), model::GateDefault::Deny);
        let webhook = GateWebhook { url, timeout: Span(5), default };
        let found = checked(Gate { webhook: Some(webhook), ..Gate::default() });
        assert_eq!(found[0].0, "spec.rollout.waves[1].gates[0].webhook");
    }

    #[test]
    fn a_gate_that_could_run_for_ever_is_refused() {
        let nested = format!("{}wave.failed == x{}", "[1, 2, 3].all(x, ".repeat(5), ")".repeat(5));
        let chained = format!("['a']{} == []", ".map(x, x + x)".repeat(40));
        for text in [nested, chained] {
            let found = checked(expression(&text));
            assert_eq!(found[0].0, "spec.rollout.waves[1].gates[0].expression");
            let why = &found[0].1;
            assert!(why.contains("inside one another") || why.contains("too much time"), "{why}");
        }
    }

    #[test]
    fn a_gate_that_could_never_be_true_or_false_is_refused() {
        for text in ["wave.failed == 0 && wave.healthy > 10", "wave.healthy * 100 / wave.expected >= 95"] {
            assert_eq!(checked(expression(text)), []);
        }
        for text in ["wave.faild == 0", "location.name == 'a'", "wave.failed", "wave.failed =="] {
            assert_eq!(checked(expression(text))[0].0, "spec.rollout.waves[1].gates[0].expression", "{text}");
        }
    }
}
