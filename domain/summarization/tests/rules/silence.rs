use super::*;

fn healthy_region() -> RegionView {
    let mut view = region(&["a"]);
    view.set_decision(0, &shop(), Some(&decision(1, &["a"])), 1);
    view.set_status("a", &shop(), Some(status(1, 1, Phase::Healthy)));
    view
}

#[test]
fn a_location_that_was_never_heard_is_offline_whatever_it_has_reported() {
    let view = healthy_region();
    assert_eq!(counts(&view), Counts { expected: 1, stale: 1, offline: 1, ..Counts::default() });
}

#[test]
fn a_location_is_heard_for_three_of_its_periods() {
    let mut view = healthy_region();
    view.heartbeat("a", &heartbeat(), NOW);
    view.tick(NOW + 3 * PERIOD - 1);
    assert_eq!(
        counts(&view),
        Counts { expected: 1, reported: 1, updated: 1, healthy: 1, ..Counts::default() }
    );
    view.tick(NOW + 3 * PERIOD);
    assert_eq!(counts(&view), Counts { expected: 1, stale: 1, offline: 1, ..Counts::default() });
}

#[test]
fn each_heartbeat_starts_the_three_periods_anew() {
    let mut view = healthy_region();
    for periods in 0..9 {
        view.tick(NOW + periods * PERIOD);
        view.heartbeat("a", &heartbeat(), NOW + periods * PERIOD);
    }
    view.tick(NOW + 11 * PERIOD - 1);
    assert_eq!(counts(&view).healthy, 1);
    view.tick(NOW + 11 * PERIOD);
    assert_eq!(counts(&view).stale, 1);
}

#[test]
fn a_silent_location_counts_again_with_its_next_heartbeat() {
    let mut view = healthy_region();
    view.heartbeat("a", &heartbeat(), NOW);
    view.tick(NOW + 10 * PERIOD);
    view.heartbeat("a", &heartbeat(), NOW + 10 * PERIOD);
    assert_eq!(counts(&view).healthy, 1);
    view.tick(NOW + 13 * PERIOD);
    assert_eq!(counts(&view).stale, 1);
}

#[test]
fn a_report_for_another_rollout_number_is_reported_but_missing() {
    let mut view = healthy_region();
    view.heartbeat("a", &heartbeat(), NOW);
    view.set_decision(0, &shop(), Some(&decision(2, &["a"])), 2);
    assert_eq!(counts(&view), Counts { expected: 1, reported: 1, missing: 1, ..Counts::default() });
}

#[test]
fn a_report_of_a_placement_of_the_same_name_that_was_deleted_counts_for_nothing() {
    let mut view = healthy_region();
    view.heartbeat("a", &heartbeat(), NOW);
    let other = Decision { placement_uid: "another".into(), ..decision(1, &["a"]) };
    view.set_decision(0, &shop(), Some(&other), 2);
    assert_eq!(counts(&view), Counts { expected: 1, missing: 1, ..Counts::default() });
}
