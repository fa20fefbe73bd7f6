//! How many may be in flight, and who counts.

use std::collections::BTreeSet;

use model::*;

use crate::stage::*;

fn bounded(count: u32, limit: u32) -> RolloutSpec {
    let all = Wave { max_concurrency: Some(Share::Count(limit)), ..rest() };
    let mut spec = waves(vec![all]);
    assert!(count > limit);
    spec.waves[0].name = "all".to_owned();
    spec
}

fn rolling(count: u32, limit: u32) -> Stage {
    let mut stage = Stage::settled(count, bounded(count, limit));
    stage.wanted = release("b");
    stage.steps();
    stage
}

#[test]
fn no_more_are_in_flight_than_may_be_and_each_that_is_healthy_makes_room_for_another() {
    let mut stage = rolling(10, 3);
    assert_eq!(stage.holding("b").len(), 3);
    stage.report(1, Fares::Healthy);
    stage.report(0, Fares::Progressing);
    stage.steps();
    assert_eq!(stage.holding("b").len(), 4);
    stage.report(2, Fares::Failed);
    stage.report(3, Fares::Degraded);
    stage.steps();
    assert_eq!(stage.holding("b").len(), 4, "neither is healthy");
    stage.run();
    assert_eq!(stage.holding("b").len(), 10);
}

#[test]
fn a_percentage_is_of_the_wave_rounded_down_but_never_to_none() {
    for (count, expected) in [(25, 2), (5, 1)] {
        let all = Wave { max_concurrency: Some(Share::Percent(Percent(10))), ..rest() };
        let mut stage = Stage::settled(count, waves(vec![all]));
        stage.wanted = release("b");
        stage.steps();
        assert_eq!(stage.holding("b").len(), expected);
    }
}

#[test]
fn offline_locations_are_not_moved_and_hold_up_nobody() {
    let mut stage = Stage::settled(6, waves(vec![Wave { soak: Some(Span(1000)), ..wave("canary", 3) }]));
    stage.silent = [0, 1, 5].into();
    stage.wanted = release("b");
    stage.steps();
    assert_eq!(stage.holding("b"), [2].into());
    stage.heal();
    stage.steps();
    assert_eq!(stage.progress().waves[0].counts.offline, 2, "they are counted apart");
    stage.now += 1000;
    stage.run();
    assert_eq!(stage.phase(), RolloutPhase::Completed);
    assert_eq!(stage.holding("b"), [2, 3, 4].into());
}

#[test]
fn a_wave_whose_locations_are_all_offline_is_passed() {
    let mut stage = Stage::settled(4, waves(vec![wave("canary", 2)]));
    stage.silent = [0, 1].into();
    stage.wanted = release("b");
    stage.run();
    assert_eq!(stage.holding("b"), [2, 3].into());
}

#[test]
fn who_comes_back_late_is_moved_under_the_limit_of_its_wave() {
    let canary = Wave { max_concurrency: Some(Share::Count(1)), ..wave("canary", 4) };
    let mut stage = Stage::settled(6, waves(vec![canary]));
    stage.silent = [0, 1, 2].into();
    stage.wanted = release("b");
    stage.run();
    assert_eq!(stage.phase(), RolloutPhase::Completed);
    stage.silent.clear();
    stage.steps();
    assert_eq!(stage.holding("b").len(), 4, "one of the three, though the rollout has ended");
    assert_eq!(stage.phase(), RolloutPhase::Completed);
    stage.run();
    assert_eq!(stage.holding("b").len(), 6);
}

#[test]
fn who_comes_back_while_its_wave_soaks_does_not_hold_it_up_unless_it_does_badly() {
    let canary = Wave { soak: Some(Span(1000)), ..wave("canary", 3) };
    let mut stage = Stage::settled(4, waves(vec![canary]));
    stage.silent = [2].into();
    stage.wanted = release("b");
    stage.steps();
    stage.heal();
    stage.steps();
    let until = stage.now + 1000;
    stage.silent.clear();
    stage.now += 1;
    stage.steps();
    assert_eq!(stage.holding("b").len(), 3, "it is moved");
    assert_eq!(stage.waiting(), Some(Waiting::Soak { until }));
    stage.report(2, Fares::Failed);
    stage.steps();
    assert_eq!(stage.progress().waves[0].phase, WavePhase::Moving);
}

#[test]
fn who_goes_silent_before_it_reported_is_set_back_before_its_slot_is_used() {
    let mut stage = rolling(4, 1);
    let (number, moved) = (stage.rows[&0].number, stage.holding("b"));
    assert_eq!(moved, [0].into());
    stage.silent.insert(0);
    let step = stage.step();
    assert_eq!(step.moves.len(), 1, "only that");
    assert_eq!(step.moves[0].release, Some(release("a")));
    assert_eq!(stage.waiting(), Some(Waiting::SetBack { locations: 1 }));
    let back = stage.rows[&0];
    assert!(back.number > number, "what it reports of the release before is not about this");
    assert_eq!(back.former, Some(release("a")));
    stage.step();
    assert_eq!(stage.holding("b"), [1].into(), "now its slot is free");
    assert!(stage.rows[&1].number > back.number, "so that it is one when the other is moved again, too");
}

#[test]
fn who_was_set_back_and_comes_back_is_moved_again_under_a_number_of_its_own() {
    let mut stage = rolling(4, 1);
    let first = stage.rows[&0].number;
    stage.silent.insert(0);
    stage.run();
    assert_eq!((stage.phase(), stage.holding("b").len()), (RolloutPhase::Completed, 3));
    stage.silent.clear();
    // Late, and about a decision that has been taken back.
    stage.reports.insert(0, (first, Fares::Healthy));
    stage.steps();
    assert_eq!(stage.holding("b").len(), 4);
    assert!(stage.rows[&0].number > first);
    stage.step();
    assert_eq!(stage.progress().waves[0].counts.healthy, 3, "the old report counts for nothing");
}

#[test]
fn who_is_silent_is_left_alone_while_nobody_needs_its_slot() {
    let mut stage = rolling(4, 3);
    (0..3).for_each(|location| stage.report(location, Fares::Healthy));
    stage.steps();
    stage.silent.insert(3);
    stage.steps();
    assert_eq!(stage.holding("b").len(), 4);
    assert_eq!(stage.phase(), RolloutPhase::Completed, "and it holds up nobody");
}

#[test]
fn who_has_reported_the_release_and_goes_silent_keeps_it_and_gives_up_its_slot() {
    let mut stage = rolling(4, 1);
    stage.report(0, Fares::Progressing);
    stage.silent.insert(0);
    stage.step();
    assert_eq!(stage.holding("b"), [0, 1].into());
}

#[test]
fn a_new_location_that_goes_silent_before_it_reported_is_to_have_nothing_again() {
    let mut stage = Stage::new(3, bounded(3, 1));
    stage.steps();
    assert_eq!(stage.rows.len(), 1);
    stage.silent.insert(0);
    let step = stage.step();
    assert_eq!(step.moves[0].release, None);
    stage.step();
    assert_eq!(stage.rows.keys().copied().collect::<BTreeSet<_>>(), [1].into());
}

#[test]
fn of_whom_nobody_can_tell_anything_is_neither_moved_nor_set_back_but_waited_for() {
    let mut stage = rolling(6, 2);
    stage.unknown = [0, 5].into();
    for _ in 0..6 {
        let known = stage.holding("b").into_iter().filter(|location| *location != 0);
        known.for_each(|location| stage.report(location, Fares::Healthy));
        stage.steps();
    }
    assert_eq!(stage.holding("b"), [0, 1, 2, 3, 4].into(), "who is unknown keeps what it has, and its slot");
    assert_eq!(stage.phase(), RolloutPhase::Progressing);
    stage.report(0, Fares::Healthy);
    stage.unknown = [5].into();
    stage.steps();
    assert_eq!(stage.waiting(), Some(Waiting::Unknown { locations: 1 }));
    stage.unknown.clear();
    stage.run();
    assert_eq!(stage.holding("b").len(), 6);
}

#[test]
fn where_nothing_is_known_of_anybody_no_wave_passes() {
    let mut stage = Stage::new(4, waves(vec![wave("canary", 2)]));
    stage.unknown = (0..4).collect();
    stage.steps();
    assert_eq!((stage.rows.len(), stage.waiting()), (0, Some(Waiting::Unknown { locations: 2 })));
}

#[test]
fn the_rate_starts_low_and_grows_with_each_success_up_to_its_bound() {
    let rate = Rate { start: Share::Count(1), factor: Factor::default(), max: Some(Share::Count(5)) };
    let mut stage = Stage::settled(30, RolloutSpec { rate: Some(rate), ..RolloutSpec::default() });
    stage.wanted = release("b");
    let mut flying = Vec::new();
    for _ in 0..6 {
        stage.steps();
        let healthy = stage.progress().waves[0].counts.healthy;
        flying.push(stage.holding("b").len() as u64 - healthy);
        stage.heal();
    }
    assert_eq!(flying, [1, 2, 4, 5, 5, 5]);
    assert_eq!(stage.progress().width, 5);
}

#[test]
fn the_rate_does_not_grow_by_those_who_fail() {
    let rate = Rate { start: Share::Percent(Percent(10)), factor: Factor { thousandths: 1500 }, max: None };
    let mut stage = Stage::settled(20, RolloutSpec { rate: Some(rate), ..RolloutSpec::default() });
    stage.wanted = release("b");
    stage.steps();
    assert_eq!(stage.holding("b").len(), 2);
    stage.report(0, Fares::Failed);
    stage.report(1, Fares::Healthy);
    stage.steps();
    assert_eq!((stage.holding("b").len(), stage.progress().width), (3, 2));
}

#[test]
fn outside_of_its_window_a_location_waits_and_is_counted_apart() {
    let mut stage = Stage::settled(4, waves(vec![wave("canary", 2)]));
    (stage.closed, stage.opens) = ([1].into(), stage.now + 5000);
    stage.wanted = release("b");
    stage.steps();
    stage.heal();
    let step = stage.step();
    assert_eq!(stage.holding("b"), [0].into());
    assert_eq!(stage.waiting(), Some(Waiting::Window { locations: 1, until: stage.opens }));
    assert_eq!((step.wake_ms, stage.progress().waves[0].counts.outside), (Some(stage.opens), 1));
    stage.closed.clear();
    stage.run();
    assert_eq!(stage.holding("b").len(), 4);
}

#[test]
fn a_report_of_an_older_number_is_not_about_what_is_decided_now() {
    let mut stage = rolling(4, 1);
    let older = stage.rows[&3].number;
    stage.reports.insert(0, (older, Fares::Healthy));
    stage.steps();
    assert_eq!(stage.holding("b"), [0].into());
    assert_eq!(stage.progress().waves[0].counts.updated, 0);
}

#[test]
fn who_was_silent_on_its_way_to_a_release_that_is_wanted_again_keeps_nobody_waiting() {
    let mut stage = rolling(6, 1);
    stage.wanted = release("c");
    stage.steps();
    stage.silent.insert(0);
    // It is in flight to it, by a rollout that was cut off twice.
    stage.rows.get_mut(&0).expect("it has something").release = release("b");
    stage.wanted = release("b");
    stage.steps();
    assert_ne!(stage.holding("b"), [0].into());
    stage.run();
    assert_eq!(stage.phase(), RolloutPhase::Completed);
    assert_eq!(stage.holding("b"), (1..6).collect());
}
