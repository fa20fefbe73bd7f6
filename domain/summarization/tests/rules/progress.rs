//! What placement is told of rollouts in waves.

use model::{Progress, ProgressState};

use super::*;

/// As [`decision`], of a placement that is rolled out in waves.
fn staged(rollout: u64, locations: &[&str]) -> Decision {
    let mut decision = decision(rollout, locations);
    decision.groups.iter_mut().for_each(|group| group.wave = 1);
    decision
}

/// The rows of progress among what the region writes; they are taken in.
fn store(view: &mut RegionView, now: u64) -> Vec<Progress> {
    let rows = view.writes(now, 1_000).into_iter().filter_map(|output| match output {
        Output::Progress { bucket, placement, progress } => Some((bucket, placement, progress)),
        Output::Partial { .. } | Output::Presence { .. } => None,
    });
    let rows: Vec<_> = rows.collect();
    rows.iter().for_each(|(bucket, placement, row)| view.set_progress(*bucket, placement, Some(row)));
    rows.into_iter().map(|(_, _, progress)| progress).collect()
}

/// By rollout number and state.
fn told(rows: &[Progress]) -> Vec<(u64, ProgressState, Vec<&str>)> {
    let groups = rows.iter().flat_map(|row| &row.groups);
    let told = groups.map(|group| {
        let locations = group.locations.iter().map(String::as_str);
        (group.rollout, group.state, locations.collect())
    });
    told.collect()
}

/// `a` and `b`, both heard, decided with number 1.
fn decided() -> RegionView {
    let mut view = region(&["a", "b"]);
    ["a", "b"].iter().for_each(|name| view.heartbeat(name, &heartbeat(), NOW));
    view.set_decision(0, &shop(), Some(&staged(1, &["a", "b"])), 1);
    view
}

#[test]
fn what_locations_report_for_the_number_that_was_decided_for_them_is_told() {
    let mut view = decided();
    assert_eq!(store(&mut view, NOW), []);
    view.set_status("a", &shop(), Some(status(1, 1, Phase::Healthy)));
    view.set_status("b", &shop(), Some(status(1, 7, Phase::Healthy)));
    assert_eq!(told(&store(&mut view, NOW)), [(1, ProgressState::Healthy, vec!["a"])]);
    view.set_status("b", &shop(), Some(status(2, 1, Phase::Failed)));
    let both = [(1, ProgressState::Healthy, vec!["a"]), (1, ProgressState::Failed, vec!["b"])];
    assert_eq!(told(&store(&mut view, NOW + 25)), both);
    assert_eq!(store(&mut view, NOW + 60_000), []);
}

#[test]
fn who_falls_silent_after_a_report_is_told_as_stale() {
    let mut view = decided();
    view.set_status("a", &shop(), Some(status(1, 1, Phase::Healthy)));
    store(&mut view, NOW);
    let later = NOW + 4 * PERIOD;
    view.tick(later);
    assert_eq!(told(&store(&mut view, later)), [(1, ProgressState::Stale, vec!["a"])]);
}

#[test]
fn a_report_for_an_earlier_number_is_no_progress() {
    let mut view = decided();
    view.set_status("a", &shop(), Some(status(1, 1, Phase::Healthy)));
    store(&mut view, NOW);
    view.set_decision(0, &shop(), Some(&staged(2, &["a", "b"])), 2);
    // Placement knows what it has decided: this is not urgent.
    assert_eq!(store(&mut view, NOW + 999), []);
    assert_eq!(told(&store(&mut view, NOW + 1_000)), []);
    view.set_status("b", &shop(), Some(status(1, 2, Phase::Progressing)));
    assert_eq!(told(&store(&mut view, NOW + 1_025)), [(2, ProgressState::Progressing, vec!["b"])]);
}

#[test]
fn a_placement_that_is_not_rolled_out_in_waves_has_no_progress_any_more() {
    let mut view = decided();
    view.set_status("a", &shop(), Some(status(1, 1, Phase::Healthy)));
    store(&mut view, NOW);
    view.set_decision(0, &shop(), Some(&decision(1, &["a", "b"])), 2);
    assert_eq!(store(&mut view, NOW + 1_000), [Progress::default()]);
    view.set_status("b", &shop(), Some(status(1, 1, Phase::Healthy)));
    assert_eq!(store(&mut view, NOW + 2_000), []);
}

#[test]
fn what_was_lost_is_told_again() {
    let mut view = decided();
    view.set_status("a", &shop(), Some(status(1, 1, Phase::Healthy)));
    let rows = store(&mut view, NOW);
    view.forget(summarization::Table::Partials);
    assert_eq!(store(&mut view, NOW + 1), rows);
}
