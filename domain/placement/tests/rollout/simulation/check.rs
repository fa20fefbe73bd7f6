//! What must hold in every history: each rule once more, one location after the other, with nothing of the machine's.

use std::collections::{BTreeMap, BTreeSet};

use model::*;
use placement::rollout::{Step, Why};

use crate::stage::{Fares, Row, Stage, progress};

/// What is known from former steps.
#[derive(Default)]
pub struct Watch {
    /// What each number ever stood for.
    numbers: BTreeMap<u64, Option<Digest>>,
    /// The highest number under which anything was ever stored of a location.
    highest: BTreeMap<u32, u64>,
}

impl Watch {
    /// A step, before it is stored.
    pub fn step(&mut self, stage: &Stage, step: &Step) {
        self.numbers_are_fresh(stage, step);
        moves_are_of_those_who_may_be_moved(stage, step);
        bounds_are_kept(stage, step);
        gates_are_kept(stage, step);
        it_says_what_it_waits_for(step);
        nobody_silent_keeps_others_waiting(stage, step);
        counts_are_of_the_number_that_is_held(stage, step);
    }

    fn numbers_are_fresh(&mut self, stage: &Stage, step: &Step) {
        for (location, row) in &stage.rows {
            let highest = self.highest.entry(*location).or_default();
            *highest = row.number.max(*highest);
        }
        for one in &step.moves {
            for location in &one.locations {
                let highest = self.highest.get(&location).copied().unwrap_or_default();
                assert!(
                    one.number > highest,
                    "location {location} gets number {}, after {highest}",
                    one.number
                );
            }
        }
    }

    /// The state is stored that knows of these numbers; the moves perhaps are.
    pub fn stored(&mut self, step: &Step) {
        for one in &step.moves {
            let before = self.numbers.insert(one.number, one.release);
            let is_same = before.is_none_or(|before| before == one.release);
            assert!(is_same, "number {} stands for two releases", one.number);
        }
    }

    /// At the end everybody has the release, is known to, and nothing is waited for.
    pub fn settled(&self, stage: &Stage) {
        let progress = stage.progress();
        assert!(
            matches!(
                stage.phase(),
                RolloutPhase::Completed | RolloutPhase::RolledBack | RolloutPhase::Aborted
            ),
            "it ended as {:?}: {progress:#?}",
            stage.phase()
        );
        assert_eq!(progress.waiting, None);
        let held: BTreeSet<u32> = stage.rows.keys().copied().collect();
        if stage.phase() == RolloutPhase::Aborted {
            assert!(held.is_subset(&stage.chosen));
            return;
        }
        assert_eq!(held, stage.chosen);
        let release = stage.rollout.as_ref().map(|rollout| rollout.release);
        for (location, row) in &stage.rows {
            assert_eq!(Some(row.release), release, "location {location} has another release");
        }
        if let Some(last) = progress.waves.last() {
            assert_eq!(last.phase, WavePhase::Passed);
            let healthy: u64 = progress.waves.iter().map(|wave| wave.counts.healthy).sum();
            assert_eq!(healthy, stage.chosen.len() as u64);
        }
    }
}

/// How a location says that it fares with what it holds; what it said of anything else is nothing.
fn fares(stage: &Stage, location: u32, row: &Row) -> Option<Fares> {
    let (number, fares) = stage.reports.get(&location)?;
    (*number == row.number).then_some(*fares)
}

fn is_absent(stage: &Stage, location: u32) -> bool {
    stage.silent.contains(&location) || stage.unknown.contains(&location)
}

fn moves_are_of_those_who_may_be_moved(stage: &Stage, step: &Step) {
    let target = step.rollout.release;
    let paused = progress(&step.rollout).paused.is_some() || progress(&step.rollout).stopped;
    let mut seen = BTreeSet::new();
    for (one, location) in step.moves.iter().flat_map(|one| one.locations.iter().map(move |l| (one, l))) {
        assert!(seen.insert(location), "location {location} is moved twice");
        if !stage.chosen.contains(&location) {
            assert_eq!(one.release, None);
            continue;
        }
        assert!(!paused, "location {location} is moved in spite of a pause");
        let known = stage.spec.is_none() || !stage.unknown.contains(&location);
        assert!(known, "nothing is known of location {location}");
        let held = stage.rows.get(&location);
        let is_set_back = one.why == Why::SetBack;
        if is_set_back {
            let held = held.expect("only who has something is set back");
            assert!(stage.silent.contains(&location) && fares(stage, location, held).is_none());
            assert_eq!(held.former, one.release, "location {location} goes back to what it had");
        } else if stage.spec.is_some() {
            assert_eq!(one.release, Some(target));
            assert!(!stage.silent.contains(&location) && !stage.closed.contains(&location));
            assert!(held.is_none_or(|held| held.release != target), "location {location} has it already");
        }
    }
}

/// In every wave that somebody is moved in, and in all together, no more are in flight than may be.
fn bounds_are_kept(stage: &Stage, step: &Step) {
    let (Some(spec), progress) = (&stage.spec, progress(&step.rollout)) else { return };
    let members = stage.members();
    let target = step.rollout.release;
    let sent = |location: u32| {
        let mut ways = step.moves.iter().filter(|one| one.why == Why::Sent);
        ways.any(|one| one.locations.contains(location))
    };
    let flies = |location: &&u32| sent(**location) || is_in_flight(stage, **location, target, progress);
    let mut all = 0;
    for (index, wave) in members.iter().enumerate() {
        let flying = wave.iter().filter(flies).count() as u64;
        all += flying;
        let limit = spec.waves.get(index).and_then(|wave| wave.max_concurrency);
        let limit = limit.map_or(u64::MAX, |limit| limit.floor(wave.len() as u64).max(1));
        let moved = wave.iter().any(|location| sent(*location));
        assert!(!moved || flying <= limit, "wave {index}: {flying} of {limit} in flight");
    }
    let moved = members.iter().flatten().any(|location| sent(*location));
    let width = if progress.width == 0 { u64::MAX } else { progress.width };
    assert!(!moved || all <= width, "{all} of {width} in flight");
}

fn is_in_flight(stage: &Stage, location: u32, target: Digest, now: &RolloutProgress) -> bool {
    let Some(row) = stage.rows.get(&location).filter(|row| row.release == target) else { return false };
    let fares = fares(stage, location, row);
    let had_it_before = row.number < now.first && fares.is_some();
    let is_old = row.number < if now.cut_off > 0 { now.cut_off } else { now.first };
    let was_set_back = row.former == Some(row.release);
    let arrived = is_absent(stage, location) && (fares.is_some() || was_set_back || is_old);
    !had_it_before && !arrived && (fares != Some(Fares::Healthy) || is_absent(stage, location))
}

/// Nobody is moved in a wave before all those before have passed, and none passes without its gates and its approval.
fn gates_are_kept(stage: &Stage, step: &Step) {
    let (Some(spec), now) = (&stage.spec, progress(&step.rollout)) else { return };
    for one in step.moves.iter().filter(|one| one.why == Why::Sent) {
        let before = &now.waves[..one.wave as usize];
        assert!(before.iter().all(|wave| wave.phase == WavePhase::Passed), "wave {} is not next", one.wave);
    }
    let past = stage.rollout.as_ref().and_then(|rollout| rollout.progress.as_ref());
    let Some(past) = past.filter(|past| past.first == now.first && past.current().is_some()) else { return };
    for wave in now.waves.iter().filter(|wave| wave.phase == WavePhase::Passed && !now.cause.is_back()) {
        let was = past.waves.iter().any(|known| known.name == wave.name && known.phase == WavePhase::Passed);
        let Some(declared) = spec.waves.iter().find(|declared| declared.name == wave.name && !was) else {
            continue;
        };
        let numbers = now.first..=now.last;
        let control = stage.control.as_ref().filter(|said| numbers.contains(&said.number));
        let approved = control.is_some_and(|said| said.approved.contains(&wave.name));
        assert!(!declared.approval || approved, "wave {} passed without approval", wave.name);
        let known = past.waves.iter().find(|known| known.name == wave.name);
        let (soaked, known) =
            known.map_or((false, 0), |known| (known.phase > WavePhase::Soaking, known.gates));
        for gate in known..u32::try_from(declared.gates.len()).expect("gates are few") {
            let said = |verdict: &&placement::rollout::Verdict| {
                (verdict.wave.as_str(), verdict.gate) == (wave.name.as_str(), gate)
                    && numbers.contains(&verdict.number)
            };
            let last = stage.verdicts.iter().filter(said).max_by_key(|verdict| verdict.asked_ms);
            assert!(last.is_some_and(|verdict| verdict.allowed), "wave {} passed gate {gate}", wave.name);
        }
        let soak = declared.soak.unwrap_or_default().0;
        assert!(
            soaked || wave.counts.expected == 0 || stage.now >= wave.soak_time + soak,
            "wave {} did not soak",
            wave.name
        );
    }
}

/// Where somebody could be moved, and is not, somebody who is there is in flight, or a slot is about to be free.
fn nobody_silent_keeps_others_waiting(stage: &Stage, step: &Step) {
    let (Some(_), now) = (&stage.spec, progress(&step.rollout)) else { return };
    let goes_on = !step.moves.is_empty() || step.wake_ms == Some(stage.now);
    if goes_on || now.paused.is_some() || now.stopped || now.width > 0 {
        return;
    }
    let target = step.rollout.release;
    for (wave, members) in
        now.waves.iter().zip(stage.members()).filter(|(wave, _)| wave.phase != WavePhase::Waiting)
    {
        let holds = |location: &u32| stage.rows.get(location).is_some_and(|row| row.release == target);
        let free = |location: &&u32| {
            !holds(location) && !is_absent(stage, **location) && !stage.closed.contains(location)
        };
        let flies = |location: &&u32| {
            let silent = stage.silent.contains(location) && !stage.unknown.contains(location);
            let is_there = !silent && is_in_flight(stage, **location, target, now);
            is_there
                || stage
                    .rows
                    .get(location)
                    .is_some_and(|row| row.release != target && fares(stage, **location, row).is_none())
        };
        let waits = members.iter().any(|location| free(&location));
        assert!(
            !waits || members.iter().any(|location| flies(&location)),
            "wave {} waits for nobody",
            wave.name
        );
    }
}

fn it_says_what_it_waits_for(step: &Step) {
    let now = progress(&step.rollout);
    let is_open = !now.stopped && (now.paused.is_some() || now.current().is_some());
    assert_eq!(now.waiting.is_some(), is_open, "{now:#?}");
    assert!(!step.rollout.history.is_empty());
}

fn counts_are_of_the_number_that_is_held(stage: &Stage, step: &Step) {
    let target = step.rollout.release;
    for (wave, members) in progress(&step.rollout).waves.iter().zip(stage.members()) {
        let says = |wanted: Fares| {
            let told = |location: &&u32| {
                let row = stage
                    .rows
                    .get(location)
                    .filter(|row| row.release == target && !is_absent(stage, **location));
                row.is_some_and(|row| fares(stage, **location, row) == Some(wanted))
            };
            members.iter().filter(told).count() as u64
        };
        assert_eq!((wave.counts.healthy, wave.counts.failed), (says(Fares::Healthy), says(Fares::Failed)));
    }
}
