//! What users declare and say.

use model::*;

use super::dice::Dice;
use crate::stage::waves;

const NAMES: [&str; 4] = ["w0", "w1", "w2", "w3"];

/// Any rollout of up to four declared waves.
pub fn spec(dice: &mut Dice) -> RolloutSpec {
    let count = dice.below(4) as usize;
    let mut spec = waves(NAMES[..count].iter().map(|name| wave(name, dice)).collect());
    if let Some(last) = spec.waves.last_mut().filter(|_| dice.percent(30)) {
        last.select = None;
    }
    spec.max_failures = dice.percent(50).then(|| share(dice, 0));
    spec.progress_deadline = dice.percent(50).then(|| Span(u64::from(dice.below(90_000)) + 1000));
    spec.on_failure = if dice.percent(50) { OnFailure::Rollback } else { OnFailure::Pause };
    spec.paused = dice.percent(5);
    spec.rate = dice.percent(30).then(|| Rate {
        start: Share::Count(1 + dice.below(2)),
        factor: Factor { thousandths: 1000 + dice.below(2000) },
        max: dice.percent(50).then(|| Share::Count(2 + dice.below(6))),
    });
    spec
}

fn wave(name: &str, dice: &mut Dice) -> Wave {
    let select = match dice.below(3) {
        0 => Select::Selector(LabelSelector {
            match_labels: [("tier".to_owned(), "pilot".to_owned())].into(),
            ..LabelSelector::default()
        }),
        1 => Select::Count(1 + dice.below(5)),
        _ => Select::Percent(Percent(5 + dice.below(40))),
    };
    let gate = Gate { expression: Some("true".to_owned()), interval: Span(5000), ..Gate::default() };
    Wave {
        name: name.to_owned(),
        select: Some(select),
        max_concurrency: dice.percent(70).then(|| share(dice, 1)),
        min_success: dice.percent(50).then(|| share(dice, 0)),
        soak: dice.percent(40).then(|| Span(dice.below(30_000).into())),
        gates: vec![gate; if dice.percent(30) { 1 + dice.below(2) as usize } else { 0 }],
        approval: dice.percent(20),
    }
}

fn share(dice: &mut Dice, least: u32) -> Share {
    match dice.percent(50) {
        true => Share::Count(least + dice.below(4)),
        false => Share::Percent(Percent(least + dice.below(101 - least))),
    }
}

/// Something is said to the rollout that there is.
pub fn say(said: &mut RolloutControlSpec, progress: &RolloutProgress, releases: &[Digest], dice: &mut Dice) {
    match dice.below(10) {
        0 => said.paused = true,
        1..=3 => (said.paused, said.resumed) = (false, progress.pauses),
        4..=7 => {
            let waves = progress.waves.iter().map(|wave| wave.name.as_str());
            said.approved.extend(dice.pick(waves).map(str::to_owned));
        }
        8 => said.undo_to = dice.pick(releases.iter().copied()),
        _ => said.aborted = dice.percent(30),
    }
}
