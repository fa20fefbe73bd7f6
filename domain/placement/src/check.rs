//! What a placement cannot ask for, beyond what the model knows: told before it is accepted.

use expression::Expression;
use model::{PlacementSpec, Resource, RolloutSpec, Spec};

use crate::condition::check_expression;

/// A field's path from the resource's root, and what is wrong there.
pub type Problem = (String, String);

/// All that is wrong with the conditions of a resource, and what would be ignored: what the hub refuses beside what is not
/// valid by itself.
pub fn check_resource(resource: &Resource) -> Vec<Problem> {
    match &resource.spec {
        Spec::Placement(spec) => check(spec),
        _ => Vec::new(),
    }
}

fn check(spec: &PlacementSpec) -> Vec<Problem> {
    let gates = spec.rollout.iter().flat_map(gates);
    check_expression(&spec.where_).into_iter().chain(gates).collect()
}

fn gates(spec: &RolloutSpec) -> impl Iterator<Item = Problem> {
    let waves = spec.waves.iter().enumerate();
    let gates = waves.flat_map(|(wave, declared)| {
        declared.gates.iter().enumerate().map(move |(gate, declared)| (wave, gate, declared))
    });
    gates.filter_map(|(wave, gate, declared)| {
        let wrong = Expression::gate(declared.expression.as_ref()?).err()?;
        Some((format!("spec.rollout.waves[{wave}].gates[{gate}].expression"), wrong.to_string()))
    })
}

#[cfg(test)]
mod tests {
    use model::{Gate, Wave};

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
    fn a_gate_on_what_no_wave_has_is_refused_with_what_there_is() {
        let found = checked(expression("collectors.sales.count > 10"));
        assert_eq!(
            found,
            [(
                "spec.rollout.waves[1].gates[0].expression".to_owned(),
                "`collectors.sales.count > 10`, character 1: `collectors` is not known; a gate sees `wave`, with `expected`, `moved`, `updated`, `healthy`, `degraded`, `failed` and `offline`: write a condition over them, as `wave.failed == 0`, or let a program decide by `request` or `webhook`".to_owned()
            )]
        );
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
