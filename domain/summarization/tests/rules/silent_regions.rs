//! Regions that nobody summarizes, and what arrives from them.

use model::Rollout;
use summarization::HubView;

use super::*;

const LEASE_MS: u64 = 3_000;

/// Region `eu` has counted healthy `a` and `b`; `us` is summarized too, and has chosen nothing.
fn settled() -> (RegionView, HubView) {
    let mut view = region(&["a", "b"]);
    let mut hub = HubView::default();
    for name in ["eu", "us"] {
        hub.set_lease(name, LEASE_MS, NOW);
    }
    let row = decision(1, &["a", "b"]);
    view.set_decision(0, &shop(), Some(&row), 1);
    hub.set_decision("eu", 0, &shop(), Some(&row), 1);
    for name in ["a", "b"] {
        view.heartbeat(name, &heartbeat(), NOW);
        view.set_status(name, &shop(), Some(status(1, 1, Phase::Healthy)));
    }
    hub.set_partial("eu", &shop(), view.partial(&shop()));
    (view, hub)
}

/// `b` is on its way to `us`.
fn moving(hub: &mut HubView) {
    hub.set_decision("eu", 0, &shop(), Some(&decision(1, &["a"])), 2);
    let mut arriving = decision(1, &["b"]);
    arriving.groups[0].arriving_from = vec!["eu".into()];
    hub.set_decision("us", 0, &shop(), Some(&arriving), 3);
}

fn lapse_of_eu(hub: &mut HubView) {
    let later = NOW + 10 * LEASE_MS;
    hub.set_lease("us", LEASE_MS, later);
    hub.tick(later);
}

#[test]
fn what_was_told_of_a_region_that_nobody_summarizes_is_stale() {
    let (_, mut hub) = settled();
    hub.tick(NOW + 10 * LEASE_MS - 1);
    assert_eq!(hub.summary(&shop(), NOW).unwrap().total.healthy, 2);
    lapse_of_eu(&mut hub);
    let summary = hub.summary(&shop(), NOW).unwrap();
    assert_eq!(summary.total, Counts { expected: 2, stale: 2, offline: 2, ..Counts::default() });
    assert_eq!(
        (summary.behind, summary.partial.problems[0].reason.as_str()),
        (vec!["eu".to_owned()], "RegionSilent")
    );
}

#[test]
fn a_renewed_lease_brings_a_region_back() {
    let (_, mut hub) = settled();
    lapse_of_eu(&mut hub);
    hub.set_lease("eu", LEASE_MS, NOW + 20 * LEASE_MS);
    let summary = hub.summary(&shop(), NOW).unwrap();
    assert_eq!((summary.total.healthy, summary.behind.len()), (2, 0));
}

#[test]
fn a_location_on_the_move_is_missing_where_it_is_going() {
    let (_, mut hub) = settled();
    moving(&mut hub);
    let summary = hub.summary(&shop(), NOW).unwrap();
    assert_eq!((summary.partial.regions["eu"].expected, summary.partial.regions["us"].missing), (1, 1));
    assert_eq!((summary.total.expected, summary.total.healthy, summary.total.missing), (2, 1, 1));
    assert_eq!(
        summary.partial.watermark["eu"], 1,
        "what is on the move has to wait for the region that it left"
    );
}

#[test]
fn nothing_waits_for_a_region_that_nobody_summarizes() {
    let (_, mut hub) = settled();
    moving(&mut hub);
    lapse_of_eu(&mut hub);
    let summary = hub.summary(&shop(), NOW).unwrap();
    assert_eq!(summary.partial.watermark["eu"], 2);
    assert_eq!(summary.total, Counts { expected: 2, stale: 1, missing: 1, offline: 1, ..Counts::default() });
}

#[test]
fn a_region_without_locations_holds_nobody_up() {
    let (view, mut hub) = settled();
    let mut view = view;
    for seq in [2, 3] {
        view.set_decision(0, &shop(), Some(&decision(1, &[])), seq);
        hub.set_decision("eu", 0, &shop(), Some(&decision(1, &[])), seq);
        hub.set_partial("eu", &shop(), view.partial(&shop()));
    }
    lapse_of_eu(&mut hub);
    assert_eq!(hub.summary(&shop(), NOW).unwrap().behind, Vec::<String>::new());
}

#[test]
fn a_placement_that_has_chosen_nothing_has_a_summary() {
    let mut hub = HubView::default();
    let rollout = Rollout { placement_uid: "uid".into(), number: 1, ..Rollout::default() };
    assert_eq!(hub.summary(&shop(), NOW), None);
    hub.set_rollout(&shop(), Some(&rollout), 1);
    let written = hub.writes(model::unit(&shop()), NOW, 10);
    let summary = &written[0].1;
    assert_eq!((summary.total, summary.as_of_time), (Counts::default(), NOW));
    assert_eq!((summary.partial.placement_uid.as_str(), summary.partial.rollout), ("uid", 1));
}

#[test]
fn the_rollout_number_is_told_where_nothing_is_chosen_any_more() {
    let (mut view, mut hub) = settled();
    view.set_decision(0, &shop(), Some(&decision(2, &[])), 2);
    hub.set_decision("eu", 0, &shop(), Some(&decision(2, &[])), 2);
    let rollout = Rollout { placement_uid: "uid".into(), number: 2, ..Rollout::default() };
    hub.set_rollout(&shop(), Some(&rollout), 3);
    hub.set_partial("eu", &shop(), view.partial(&shop()));
    let summary = hub.summary(&shop(), NOW).unwrap();
    assert_eq!((summary.partial.rollout, summary.behind.len()), (2, 0));
}
