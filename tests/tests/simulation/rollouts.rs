//! How releases go out as users declare it, and what they say while they do.

use bus::Key;
use model::{
    Gate, LabelSelector, OnFailure, PlacementKey, Rollout, RolloutControlSpec, RolloutProgress, RolloutSpec,
    Select, Share, Span, Waiting, Wave,
};
use rand::Rng;
use rand::seq::IndexedRandom;

use crate::tables::Tables;

/// A gate that lets nothing through, until somebody takes it away.
pub const CLOSED: &str = "wave.expected < 0";

/// Any rollout of up to three waves. All spans are shorter than the time after which all is taken to be quiet.
pub fn spec(rng: &mut impl Rng) -> RolloutSpec {
    let tier = LabelSelector {
        match_labels: [("tier".to_owned(), "lab".to_owned())].into(),
        ..LabelSelector::default()
    };
    let selects =
        [("few", Some(Select::Count(rng.random_range(1..4)))), ("lab", Some(Select::Selector(tier)))];
    let mut waves: Vec<Wave> = Vec::new();
    for (name, select) in selects {
        if rng.random_bool(0.6) {
            waves.push(wave(name, select, rng));
        }
    }
    waves.push(wave("rest", None, rng));
    RolloutSpec {
        waves,
        progress_deadline: Some(Span(rng.random_range(1000..3000))),
        max_failures: rng.random_bool(0.4).then(|| Share::Count(rng.random_range(0..2))),
        on_failure: if rng.random_bool(0.5) { OnFailure::Rollback } else { OnFailure::Pause },
        paused: rng.random_bool(0.05),
        ..RolloutSpec::default()
    }
}

fn wave(name: &str, select: Option<Select>, rng: &mut impl Rng) -> Wave {
    let gate =
        |text: &str| Gate { expression: Some(text.to_owned()), interval: Span(500), ..Gate::default() };
    let gates = match rng.random_range(0..10) {
        0 => vec![gate(CLOSED)],
        1..4 => vec![gate("wave.failed == 0")],
        _ => Vec::new(),
    };
    Wave {
        name: name.to_owned(),
        select,
        max_concurrency: rng.random_bool(0.8).then(|| Share::Count(rng.random_range(1..3))),
        min_success: rng.random_bool(0.3).then_some(Share::Count(1)),
        soak: rng.random_bool(0.3).then(|| Span(rng.random_range(1..1000))),
        gates,
        approval: rng.random_bool(0.2),
    }
}

/// The stored state of a placement that is there.
pub fn stored(tables: &Tables, placement: &PlacementKey) -> Option<Rollout> {
    let row = tables.get(&Key::Rollout(placement.clone()))?;
    let rollout = wire::decode_rollout(row.value.as_ref()?).expect("only placement writes it");
    (!rollout.withdrawn).then_some(rollout)
}

/// What was said before, if it was about the rollout of now.
pub fn about(rollout: &Rollout, before: Option<&RolloutControlSpec>) -> Option<RolloutControlSpec> {
    let progress = rollout.progress.as_ref()?;
    let is_of_now = |said: &&RolloutControlSpec| {
        said.placement_uid == rollout.placement_uid && (progress.first..=progress.last).contains(&said.number)
    };
    let fresh = || RolloutControlSpec {
        placement_uid: rollout.placement_uid.clone(),
        number: progress.last,
        ..RolloutControlSpec::default()
    };
    Some(before.filter(is_of_now).cloned().unwrap_or_else(fresh))
}

/// Somebody says anything.
pub fn speak(said: &mut RolloutControlSpec, progress: &RolloutProgress, rng: &mut impl Rng) {
    match rng.random_range(0..12) {
        0 => said.paused = true,
        1..5 => (said.paused, said.resumed) = (false, progress.pauses),
        5..9 => approve(said, progress),
        9 | 10 => said.undo_to = progress.releases.choose(rng).map(|past| past.release),
        _ => said.aborted = true,
    }
}

/// Somebody approves of the wave that is under way.
pub fn approve(said: &mut RolloutControlSpec, progress: &RolloutProgress) {
    said.approved.extend(progress.current().map(|wave| progress.waves[wave].name.clone()));
}

/// Whether people could let it go on.
pub fn waits_for_people(progress: &RolloutProgress) -> bool {
    matches!(progress.waiting, Some(Waiting::Approval | Waiting::Gate { .. }))
}
