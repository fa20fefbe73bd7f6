//! What a placement cannot ask for, beyond what the model knows: told before it is accepted.

use model::{PlacementSpec, RolloutSpec};

use crate::condition::check_expression;

/// A field's path from the resource's root, and what is wrong there.
pub type Problem = (String, String);

/// All that is wrong with a placement's conditions, and what would be ignored.
pub fn check(spec: &PlacementSpec) -> Vec<Problem> {
    let later = spec.rollout.iter().flat_map(not_yet);
    check_expression(&spec.where_).into_iter().chain(later).collect()
}

/// Nobody asks gates yet, and windows are not looked at: a rollout would wait for ever, or not at all.
fn not_yet(spec: &RolloutSpec) -> Vec<Problem> {
    let waves = spec.waves.iter().enumerate();
    let gated = waves.filter(|(_, wave)| !wave.gates.is_empty());
    let gates = gated.map(|(index, _)| {
        let help = "gates are not asked yet: remove them, and use `approval: true` to decide yourself";
        (format!("spec.rollout.waves[{index}].gates"), help.to_owned())
    });
    let windows = (!spec.windows.is_empty()).then(|| {
        let help = "windows are not looked at yet: remove them, and pause the rollout by `paused` instead";
        ("spec.rollout.windows".to_owned(), help.to_owned())
    });
    gates.chain(windows).collect()
}

#[cfg(test)]
mod tests {
    use model::{Gate, TimeOfDay, Wave, Window};

    use super::*;

    #[test]
    fn what_would_be_ignored_is_refused() {
        let window = Window { days: Vec::new(), from: TimeOfDay::default(), to: TimeOfDay::MIDNIGHT };
        let wave = Wave { gates: vec![Gate::default()], ..Wave::default() };
        let rollout = RolloutSpec {
            waves: vec![Wave::default(), wave],
            windows: vec![window],
            ..RolloutSpec::default()
        };
        let found = check(&PlacementSpec { rollout: Some(rollout), ..PlacementSpec::default() });
        let fields: Vec<&str> = found.iter().map(|(field, _)| field.as_str()).collect();
        assert_eq!(fields, ["spec.rollout.waves[1].gates", "spec.rollout.windows"]);
        assert_eq!(
            check(&PlacementSpec { rollout: Some(RolloutSpec::default()), ..PlacementSpec::default() }),
            []
        );
    }
}
