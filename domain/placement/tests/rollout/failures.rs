//! Rollouts that fail.

use model::*;

use crate::stage::*;

fn spec(on_failure: OnFailure) -> RolloutSpec {
    let all = Wave { max_concurrency: Some(Share::Count(4)), ..rest() };
    RolloutSpec {
        max_failures: Some(Share::Count(1)),
        progress_deadline: Some(Span(60_000)),
        on_failure,
        ..waves(vec![wave("canary", 4), all])
    }
}

fn rolling(on_failure: OnFailure) -> Stage {
    let mut stage = Stage::settled(12, spec(on_failure));
    stage.wanted = release("b");
    stage.steps();
    stage
}

#[test]
fn more_failures_than_may_be_pause_the_rollout_until_somebody_resumes_it() {
    let mut stage = rolling(OnFailure::Pause);
    stage.report(0, Fares::Failed);
    stage.steps();
    assert_eq!(stage.phase(), RolloutPhase::Progressing, "one may");
    stage.report(1, Fares::Failed);
    stage.steps();
    assert_eq!(stage.progress().paused, Some(RolloutPause::Failures { failed: 2, allowed: 1 }));
    stage.heal();
    stage.steps();
    assert_eq!(stage.phase(), RolloutPhase::Paused, "also when they have recovered");
    assert_eq!(stage.holding("b").len(), 4);
    stage.say(|said| said.resumed = 1);
    stage.run();
    assert_eq!((stage.phase(), stage.holding("b").len()), (RolloutPhase::Completed, 12));
}

#[test]
fn failures_in_spite_of_which_a_rollout_is_resumed_pause_it_no_more_but_others_do() {
    let mut stage = rolling(OnFailure::Pause);
    (0..2).for_each(|location| stage.report(location, Fares::Failed));
    stage.steps();
    stage.say(|said| said.resumed = 1);
    stage.steps();
    assert_eq!(stage.phase(), RolloutPhase::Progressing);
    stage.report(2, Fares::Failed);
    stage.steps();
    assert_eq!(stage.progress().paused, Some(RolloutPause::Failures { failed: 3, allowed: 1 }));
    assert_eq!(stage.progress().pauses, 2, "what was said to the first pause does not lift the second");
}

#[test]
fn a_rollout_that_fails_goes_back_to_the_last_release_that_was_whole() {
    let mut stage = rolling(OnFailure::Rollback);
    (0..2).for_each(|location| stage.report(location, Fares::Failed));
    stage.steps();
    assert_eq!((stage.holding("a").len(), stage.progress().cause), (12, RolloutCause::Failure));
    stage.run();
    assert_eq!(stage.phase(), RolloutPhase::RolledBack);
    // The content still wants what failed.
    stage.steps();
    assert_eq!(stage.holding("a").len(), 12);
    let reason = stage
        .rollout
        .as_ref()
        .unwrap()
        .history
        .iter()
        .any(|step| step.reason.starts_with("2 locations failed, 1 may: back to"));
    assert!(reason);
}

#[test]
fn who_does_not_recover_by_a_rollback_does_not_keep_others_from_it() {
    let mut stage = rolling(OnFailure::Rollback);
    stage.heal();
    stage.steps();
    assert_eq!(stage.holding("b").len(), 8);
    (0..2).for_each(|location| stage.report(location, Fares::Failed));
    stage.steps();
    stage.heal();
    stage.report(0, Fares::Failed);
    stage.steps();
    assert_eq!(stage.holding("a").len(), 12, "the second wave goes back, too");
}

#[test]
fn a_rollback_that_fails_is_paused() {
    let mut stage = rolling(OnFailure::Rollback);
    (0..2).for_each(|location| stage.report(location, Fares::Failed));
    stage.steps();
    (0..2).for_each(|location| stage.report(location, Fares::Failed));
    stage.steps();
    assert_eq!(stage.phase(), RolloutPhase::Paused);
    assert_eq!(stage.waiting(), Some(Waiting::Resume));
}

#[test]
fn the_first_rollout_of_a_placement_has_nothing_to_go_back_to_and_is_paused() {
    let mut stage = Stage::new(12, spec(OnFailure::Rollback));
    stage.steps();
    (0..2).for_each(|location| stage.report(location, Fares::Failed));
    stage.steps();
    assert_eq!(stage.phase(), RolloutPhase::Paused);
}

#[test]
fn no_progress_until_the_deadline_is_a_failure() {
    let mut stage = rolling(OnFailure::Pause);
    let begun = stage.now;
    assert_eq!(stage.step().wake_ms, Some(begun + 60_000));
    stage.now += 59_999;
    stage.report(0, Fares::Progressing);
    let step = stage.step();
    assert_eq!(step.wake_ms, Some(stage.now + 60_000), "it is progress that one has the release");
    let since = stage.now;
    stage.now += 60_000;
    stage.steps();
    assert_eq!(stage.progress().paused, Some(RolloutPause::Deadline { since }));
}

#[test]
fn the_deadline_runs_only_while_somebody_is_in_flight() {
    let mut spec = spec(OnFailure::Pause);
    spec.waves[0].approval = true;
    let mut stage = Stage::settled(12, spec);
    stage.wanted = release("b");
    stage.steps();
    stage.heal();
    stage.steps();
    stage.now += 600_000;
    stage.steps();
    assert_eq!(stage.waiting(), Some(Waiting::Approval));
    // Nor while those who are in flight are offline.
    let mut stage = rolling(OnFailure::Pause);
    stage.silent = stage.holding("b");
    stage.silent.extend(4..12);
    stage.now += 600_000;
    stage.steps();
    assert_ne!(stage.phase(), RolloutPhase::Paused);
}

#[test]
fn failures_from_before_the_rollout_are_not_its_own() {
    let mut stage = Stage::settled(12, spec(OnFailure::Pause));
    (8..12).for_each(|location| stage.report(location, Fares::Failed));
    stage.wanted = release("b");
    stage.steps();
    assert_eq!(stage.phase(), RolloutPhase::Progressing);
    stage.say(|said| said.undo_to = Some(release("a")));
    stage.steps();
    (0..4).for_each(|location| stage.report(location, Fares::Healthy));
    stage.steps();
    assert_eq!(stage.phase(), RolloutPhase::Completed, "they had that release, and were not well with it");
}
