//! Who is in which wave, and when the next one begins.

use model::*;

use crate::stage::*;

fn set(range: std::ops::Range<u32>) -> std::collections::BTreeSet<u32> {
    range.collect()
}

#[test]
fn a_location_belongs_to_the_first_wave_that_selects_it_and_what_is_left_is_an_implied_last_wave() {
    let tier = LabelSelector {
        match_labels: [("tier".to_owned(), "pilot".to_owned())].into(),
        ..Default::default()
    };
    let pilots = Wave { name: "pilots".to_owned(), select: Some(Select::Selector(tier)), ..Wave::default() };
    let tenth =
        Wave { name: "tenth".to_owned(), select: Some(Select::Percent(Percent(10))), ..Wave::default() };
    let mut stage = Stage::new(25, waves(vec![wave("two", 2), pilots, tenth]));
    stage.pilots = set(1..5);
    assert_eq!(stage.members(), [set(0..2), set(2..5), set(5..8), set(8..25)], "a tenth of 25 is rounded up");
    stage.step();
    let names: Vec<&str> = stage.progress().waves.iter().map(|wave| wave.name.as_str()).collect();
    assert_eq!(names, ["two", "pilots", "tenth", "remainder"]);
}

#[test]
fn a_last_wave_without_select_takes_what_is_left_and_there_is_no_implied_one() {
    let mut stage = Stage::new(5, waves(vec![wave("one", 1), rest()]));
    stage.step();
    assert_eq!(stage.progress().waves.len(), 2);
    assert_eq!(stage.members(), [set(0..1), set(1..5)]);
}

#[test]
fn a_wave_begins_when_the_one_before_is_healthy() {
    let mut stage = Stage::settled(6, waves(vec![wave("canary", 2)]));
    stage.wanted = release("b");
    stage.steps();
    assert_eq!(stage.holding("b"), set(0..2));
    stage.report(0, Fares::Healthy);
    stage.report(1, Fares::Progressing);
    stage.steps();
    assert_eq!(stage.holding("b"), set(0..2));
    assert_eq!(stage.waiting(), Some(Waiting::Healthy { in_flight: 1, healthy: 1, needed: 2 }));
    stage.report(1, Fares::Healthy);
    stage.steps();
    assert_eq!(stage.holding("b"), set(0..6));
    stage.run();
    assert_eq!((stage.phase(), stage.waiting()), (RolloutPhase::Completed, None));
}

#[test]
fn min_success_lets_the_next_wave_begin_before_all_are_healthy() {
    let canary = Wave { min_success: Some(Share::Percent(Percent(75))), ..wave("canary", 4) };
    let mut stage = Stage::settled(6, waves(vec![canary]));
    stage.wanted = release("b");
    stage.steps();
    (0..2).for_each(|location| stage.report(location, Fares::Healthy));
    stage.report(3, Fares::Failed);
    stage.steps();
    assert_eq!(stage.holding("b").len(), 4);
    stage.report(2, Fares::Healthy);
    stage.steps();
    assert_eq!(stage.holding("b").len(), 6);
}

#[test]
fn a_wave_soaks_and_begins_anew_if_it_does_not_stay_healthy() {
    let canary = Wave { soak: Some(Span(60_000)), ..wave("canary", 2) };
    let mut stage = Stage::settled(4, waves(vec![canary]));
    stage.wanted = release("b");
    stage.steps();
    stage.heal();
    let until = stage.now + 60_000;
    let step = stage.step();
    assert_eq!((stage.waiting(), step.wake_ms), (Some(Waiting::Soak { until }), Some(until)));
    stage.now += 59_999;
    stage.steps();
    assert_eq!(stage.holding("b").len(), 2);
    stage.report(1, Fares::Degraded);
    stage.now += 1;
    stage.steps();
    assert_eq!(stage.holding("b").len(), 2);
    stage.heal();
    stage.steps();
    assert_eq!(stage.waiting(), Some(Waiting::Soak { until: stage.now + 60_000 }));
    stage.now += 60_000;
    stage.steps();
    assert_eq!(stage.holding("b").len(), 4);
}

#[test]
fn what_a_clock_that_is_ahead_has_begun_counts_from_now() {
    let canary =
        Wave { soak: Some(Span(60_000)), max_concurrency: Some(Share::Count(1)), ..wave("canary", 2) };
    let spec = RolloutSpec { progress_deadline: Some(Span(60_000)), ..waves(vec![canary]) };
    let mut stage = Stage::settled(4, spec);
    stage.now += 86_400_000;
    stage.wanted = release("b");
    stage.steps();
    // Another process goes on, a day behind.
    stage.now -= 86_400_000;
    let step = stage.step();
    assert_eq!((stage.phase(), step.wake_ms), (RolloutPhase::Progressing, Some(stage.now + 60_000)));
    stage.now += 86_400_000;
    stage.heal();
    stage.steps();
    stage.heal();
    stage.steps();
    stage.now -= 86_400_000;
    let step = stage.step();
    let until = stage.now + 60_000;
    assert_eq!((stage.waiting(), step.wake_ms), (Some(Waiting::Soak { until }), Some(until)));
}

#[test]
fn nobody_soaks_in_an_empty_wave() {
    let canary = Wave { soak: Some(Span(60_000)), ..wave("canary", 1) };
    let tier = LabelSelector {
        match_labels: [("tier".to_owned(), "pilot".to_owned())].into(),
        ..Default::default()
    };
    let empty = Wave { select: Some(Select::Selector(tier)), ..canary };
    let mut stage = Stage::settled(4, waves(vec![empty]));
    stage.wanted = release("b");
    stage.run();
    assert_eq!(stage.phase(), RolloutPhase::Completed);
}

#[test]
fn who_joins_during_a_rollout_is_moved_in_place_and_nobody_changes_its_wave() {
    let mut stage = Stage::settled(8, waves(vec![wave("canary", 2), wave("second", 2)]));
    // Before all others in the order.
    stage.chosen.remove(&0);
    stage.rows.remove(&0);
    stage.wanted = release("b");
    stage.steps();
    assert_eq!(stage.holding("b"), set(1..3));
    stage.chosen.insert(0);
    stage.steps();
    assert_eq!(stage.holding("b"), set(1..3));
    assert_eq!(stage.members()[..2], [set(1..3), [0, 3].into()]);
    stage.run();
    assert_eq!(stage.holding("b"), set(0..8));
    assert_eq!(stage.rows[&1].wave, 0);
}

#[test]
fn who_is_not_chosen_any_more_leaves_at_once_and_comes_back_under_another_number() {
    let mut stage = Stage::settled(4, waves(vec![wave("canary", 1)]));
    stage.wanted = release("b");
    stage.run();
    let before = stage.rows[&3].number;
    stage.chosen.remove(&3);
    stage.spec.as_mut().unwrap().paused = true;
    stage.steps();
    assert!(!stage.rows.contains_key(&3), "also while it is paused");
    stage.spec.as_mut().unwrap().paused = false;
    stage.chosen.insert(3);
    stage.steps();
    assert!(stage.rows[&3].number > before, "its old report must not count");
    assert!(stage.progress().current().is_none(), "the rollout itself has ended");
}

#[test]
fn waves_may_be_declared_otherwise_in_mid_rollout() {
    let mut stage = Stage::settled(8, waves(vec![wave("one", 1), wave("two", 2)]));
    stage.wanted = release("b");
    stage.steps();
    stage.heal();
    stage.steps();
    assert_eq!(stage.holding("b").len(), 3);
    let approved = Wave { approval: true, ..wave("zero", 1) };
    stage.spec = Some(waves(vec![approved, wave("one", 1), wave("two", 2)]));
    stage.steps();
    stage.heal();
    stage.steps();
    assert_eq!(
        stage.waiting(),
        Some(Waiting::Approval),
        "a wave that has not passed holds up those after it"
    );
    assert_eq!(stage.progress().waves[1].phase, WavePhase::Passed, "what is known by its name stays");
    stage.say(|said| said.approved.push("zero".to_owned()));
    stage.run();
    assert_eq!(stage.holding("b").len(), 8);
}

#[test]
fn a_wave_declared_after_the_end_waits_for_nothing() {
    let mut stage = Stage::settled(4, waves(vec![wave("canary", 1)]));
    stage.wanted = release("b");
    stage.run();
    let approved = Wave { approval: true, ..wave("zero", 1) };
    stage.spec = Some(waves(vec![approved]));
    stage.steps();
    assert_eq!(stage.phase(), RolloutPhase::Completed);
}

#[test]
fn without_a_spec_everything_goes_everywhere_at_once() {
    let mut stage = Stage::new(4, RolloutSpec::default());
    stage.spec = None;
    stage.silent = set(2..4);
    stage.steps();
    assert_eq!(stage.holding("a"), set(0..4), "also to those who are offline");
    assert_eq!((stage.phase(), stage.progress().waves.len()), (RolloutPhase::Completed, 0));
}

#[test]
fn a_placement_that_went_everywhere_at_once_is_what_its_first_rollout_goes_back_to() {
    let mut stage = Stage::settled(4, waves(vec![wave("canary", 1)]));
    stage.rollout.as_mut().unwrap().progress = None;
    stage.steps();
    assert_eq!(stage.phase(), RolloutPhase::Completed, "nothing changes by the spec alone");
    stage.wanted = release("b");
    stage.steps();
    assert_eq!(stage.progress().good, Some(release("a")));
    assert_eq!(stage.holding("b").len(), 1);
}
