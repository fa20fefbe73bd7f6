//! Which release goes out, and why: changes, undo, abort, pause.

use std::collections::BTreeSet;

use model::*;

use crate::stage::*;

fn one_by_one() -> RolloutSpec {
    waves(vec![
        wave("first", 2),
        wave("second", 2),
        Wave { max_concurrency: Some(Share::Count(1)), ..rest() },
    ])
}

fn rolling() -> Stage {
    let mut stage = Stage::settled(8, one_by_one());
    stage.wanted = release("b");
    stage.steps();
    stage
}

#[test]
fn a_newer_release_begins_with_the_first_wave_and_who_has_the_middle_one_moves_directly() {
    let mut stage = rolling();
    stage.heal();
    stage.steps();
    assert_eq!(stage.holding("b").len(), 4);
    let before = stage.progress().first;
    stage.wanted = release("c");
    stage.steps();
    assert_eq!(stage.holding("c"), [0, 1].into());
    assert_eq!(stage.holding("b"), [2, 3].into(), "until it is their turn");
    assert!(stage.progress().first > before);
    assert_eq!(stage.progress().good, Some(release("a")), "the middle one was never whole");
    stage.run();
    assert_eq!(stage.holding("c").len(), 8);
    assert_eq!(stage.progress().releases.last().unwrap().release, release("b"));
}

#[test]
fn who_is_in_flight_to_the_middle_release_takes_a_slot_and_is_moved_first() {
    let all = Wave { max_concurrency: Some(Share::Count(2)), ..rest() };
    let mut stage = Stage::settled(6, waves(vec![all]));
    stage.wanted = release("b");
    stage.steps();
    stage.report(0, Fares::Healthy);
    stage.steps();
    assert_eq!(stage.holding("b"), [0, 1, 2].into());
    stage.wanted = release("c");
    stage.steps();
    assert_eq!(stage.holding("c"), [1, 2].into(), "no other is disturbed meanwhile");
}

#[test]
fn who_is_silent_on_its_way_to_a_release_that_was_cut_off_is_set_back_at_once() {
    let mut stage = rolling();
    stage.silent.insert(0);
    stage.wanted = release("c");
    stage.steps();
    assert_eq!(
        stage.rows[&0].release,
        release("a"),
        "when it wakes up it does not begin with the middle one"
    );
    assert_eq!(stage.holding("c"), [1].into());
    stage.silent.clear();
    stage.run();
    assert_eq!(stage.holding("c").len(), 8);
}

#[test]
fn who_was_set_back_to_what_is_wanted_now_is_not_set_back_again() {
    let all = Wave { max_concurrency: Some(Share::Count(1)), ..rest() };
    let mut stage = Stage::settled(4, waves(vec![all]));
    stage.wanted = release("b");
    for _ in 0..3 {
        stage.steps();
        stage.report(stage.holding("b").len() as u32 - 1, Fares::Healthy);
    }
    stage.steps();
    stage.silent.insert(3);
    stage.say(|said| said.undo_to = Some(release("a")));
    stage.steps();
    let restored = stage.rows[&3];
    assert_eq!((restored.release, restored.former), (release("a"), Some(release("a"))));
    stage.steps();
    assert_eq!(stage.rows[&3], restored, "though others wait for a slot");
}

#[test]
fn pausing_stops_every_move_and_resuming_goes_on() {
    for declared in [true, false] {
        let mut stage = rolling();
        match declared {
            true => stage.spec.as_mut().unwrap().paused = true,
            false => stage.say(|said| said.paused = true),
        }
        stage.heal();
        stage.steps();
        assert_eq!(stage.holding("b").len(), 2);
        assert_eq!((stage.phase(), stage.waiting()), (RolloutPhase::Paused, Some(Waiting::Resume)));
        stage.spec.as_mut().unwrap().paused = false;
        stage.control = None;
        stage.run();
        assert_eq!((stage.phase(), stage.holding("b").len()), (RolloutPhase::Completed, 8));
    }
}

#[test]
fn what_is_said_to_another_rollout_or_placement_is_not_heard() {
    let mut stage = rolling();
    stage.say(|said| (said.paused, said.aborted) = (true, true));
    stage.control.as_mut().unwrap().number = stage.progress().last + 1;
    stage.run();
    assert_eq!((stage.phase(), stage.holding("b").len()), (RolloutPhase::Completed, 8));
    stage.say(|said| said.paused = true);
    stage.control.as_mut().unwrap().placement_uid = "uid-0".to_owned();
    stage.steps();
    assert_eq!(stage.phase(), RolloutPhase::Completed);
}

#[test]
fn undo_is_a_rollout_to_an_older_release_in_waves_under_a_new_number() {
    let mut stage = rolling();
    stage.run();
    let before = stage.progress().last;
    stage.say(|said| said.undo_to = Some(release("a")));
    stage.steps();
    assert_eq!(stage.holding("a"), [0, 1].into());
    assert!(stage.rows[&0].number > before);
    assert_eq!(stage.progress().cause, RolloutCause::Undo);
    // Late reports of the first time that they had this release.
    stage.reports.extend((0..2).map(|location| (location, (1, Fares::Healthy))));
    stage.steps();
    assert_eq!(stage.holding("a"), [0, 1].into());
    stage.run();
    assert_eq!((stage.phase(), stage.holding("a").len()), (RolloutPhase::Completed, 8));
    // The content wants what it wanted before: that is no change.
    stage.steps();
    assert_eq!(stage.holding("a").len(), 8);
}

#[test]
fn who_still_has_the_release_that_is_wanted_back_is_not_moved() {
    let mut stage = rolling();
    let untouched = stage.rows[&7];
    stage.say(|said| said.undo_to = Some(release("a")));
    stage.run();
    assert_eq!(stage.rows[&7], untouched);
    assert_eq!((stage.phase(), stage.holding("a").len()), (RolloutPhase::Completed, 8));
}

#[test]
fn undo_to_a_release_that_nobody_remembers_changes_nothing() {
    let mut stage = rolling();
    stage.say(|said| said.undo_to = Some(release("z")));
    stage.run();
    assert_eq!(stage.holding("b").len(), 8);
}

#[test]
fn a_changed_content_goes_out_after_an_undo() {
    let mut stage = rolling();
    stage.say(|said| said.undo_to = Some(release("a")));
    stage.run();
    stage.wanted = release("c");
    stage.run();
    assert_eq!((stage.holding("c").len(), stage.progress().cause), (8, RolloutCause::Change));
}

#[test]
fn abort_takes_back_what_was_moved_without_gates_and_approvals() {
    let mut spec = one_by_one();
    spec.waves[0].approval = true;
    spec.waves[0].soak = Some(Span(1000));
    let mut stage = Stage::settled(8, spec);
    stage.wanted = release("b");
    stage.steps();
    stage.say(|said| said.aborted = true);
    stage.run();
    assert_eq!((stage.phase(), stage.holding("a").len()), (RolloutPhase::RolledBack, 8));
    assert_eq!(stage.progress().cause, RolloutCause::Abort);
}

#[test]
fn abort_with_nothing_to_go_back_to_leaves_everything_as_it_is() {
    let mut stage = Stage::new(8, one_by_one());
    stage.steps();
    stage.say(|said| said.aborted = true);
    stage.heal();
    stage.steps();
    assert_eq!((stage.phase(), stage.waiting(), stage.rows.len()), (RolloutPhase::Aborted, None, 2));
    stage.wanted = release("b");
    stage.run();
    assert_eq!((stage.phase(), stage.holding("b").len()), (RolloutPhase::Completed, 8));
}

#[test]
fn abort_after_the_end_changes_nothing() {
    let mut stage = rolling();
    stage.run();
    stage.say(|said| said.aborted = true);
    stage.steps();
    assert_eq!((stage.phase(), stage.holding("b").len()), (RolloutPhase::Completed, 8));
}

#[test]
fn a_placement_of_an_old_name_begins_anew_with_higher_numbers() {
    let mut stage = rolling();
    stage.run();
    let last = stage.progress().last;
    stage.rollout.as_mut().unwrap().placement_uid = "uid-0".to_owned();
    stage.wanted = release("c");
    stage.steps();
    assert!(stage.progress().first > last);
    assert_eq!((stage.progress().good, stage.progress().releases.len()), (None, 0));
    assert_eq!(stage.rollout.as_ref().unwrap().placement_uid, UID);
}

#[test]
fn no_number_is_given_twice_even_if_rows_are_ahead_of_the_state() {
    let mut stage = rolling();
    stage.rows.get_mut(&7).unwrap().number = 40;
    stage.wanted = release("c");
    stage.steps();
    assert!(stage.progress().first > 40);
}

#[test]
fn what_is_remembered_is_bounded() {
    let mut stage = Stage::settled(4, waves(vec![wave("first", 1)]));
    for number in 0..30 {
        stage.wanted = Digest::of(&[number]);
        stage.run();
    }
    assert_eq!(stage.progress().releases.len(), RolloutProgress::MAX_RELEASES);
    assert_eq!(stage.rollout.as_ref().unwrap().history.len(), 50);
    let releases: BTreeSet<Digest> = stage.progress().releases.iter().map(|past| past.release).collect();
    assert!(releases.contains(&Digest::of(&[28])) && !releases.contains(&Digest::of(&[3])));
}

#[test]
fn each_decision_is_in_the_history_with_its_reason_and_time() {
    let mut stage = rolling();
    stage.now += 7;
    stage.run();
    let history = &stage.rollout.as_ref().unwrap().history;
    let told: Vec<&str> = history.iter().map(|step| step.reason.as_str()).collect();
    let tail = [
        "wave first began",
        "wave first passed",
        "wave second began",
        "wave second passed",
        "wave rest began",
        "wave rest passed",
        "completed",
    ];
    assert!(told.ends_with(&tail), "{told:?}");
    assert_eq!(history.last().unwrap().time, stage.now);
}
