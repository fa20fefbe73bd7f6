//! The hub's side: what regions have counted against what was decided.

use summarization::HubView;

use super::*;

/// A region `eu` with healthy `a` and `b`, and a hub that knows the same decision.
fn settled() -> (RegionView, HubView) {
    let mut view = region(&["a", "b", "c"]);
    let mut hub = HubView::default();
    decide(&mut view, &mut hub, &decision(1, &["a", "b"]), 1);
    for name in ["a", "b"] {
        view.heartbeat(name, &heartbeat(), NOW);
        view.set_status(name, &shop(), Some(status(1, 1, Phase::Healthy)));
    }
    hub.set_partial("eu", &shop(), view.partial(&shop()));
    (view, hub)
}

fn decide(view: &mut RegionView, hub: &mut HubView, row: &Decision, seq: u64) {
    view.set_decision(0, &shop(), Some(row), seq);
    hub.set_decision("eu", 0, &shop(), Some(row), seq);
}

#[test]
fn a_region_that_has_counted_everything_is_not_behind() {
    let (_, hub) = settled();
    let summary = hub.summary(&shop(), NOW).unwrap();
    assert_eq!((summary.total.healthy, summary.behind.len(), summary.partial.watermark["eu"]), (2, 0, 1));
}

#[test]
fn an_older_rollout_number_makes_all_locations_missing() {
    let (_, mut hub) = settled();
    hub.set_decision("eu", 0, &shop(), Some(&decision(2, &["a", "b"])), 2);
    let summary = hub.summary(&shop(), NOW).unwrap();
    assert_eq!(summary.total, Counts { expected: 2, missing: 2, ..Counts::default() });
    assert_eq!((summary.behind, summary.partial.rollout), (vec!["eu".to_owned()], 2));
}

#[test]
fn an_older_watermark_alone_makes_the_new_locations_missing() {
    let (_, mut hub) = settled();
    hub.set_decision("eu", 0, &shop(), Some(&decision(1, &["a", "b", "c"])), 2);
    let summary = hub.summary(&shop(), NOW).unwrap();
    assert_eq!((summary.total.expected, summary.total.healthy, summary.total.missing), (3, 2, 1));
    assert_eq!((summary.behind, summary.partial.watermark["eu"]), (vec!["eu".to_owned()], 1));
}

#[test]
fn a_region_that_never_told_anything_is_missing_as_a_whole() {
    let (_, mut hub) = settled();
    hub.set_decision("us", 0, &shop(), Some(&decision(1, &["x"])), 2);
    let summary = hub.summary(&shop(), NOW).unwrap();
    assert_eq!((summary.total.expected, summary.total.missing), (3, 1));
    assert_eq!(summary.behind, ["us"]);
}

#[test]
fn a_partial_of_a_deleted_placement_of_the_same_name_counts_for_nothing() {
    let (_, mut hub) = settled();
    let other = Decision { placement_uid: "another".into(), ..decision(1, &["a"]) };
    hub.set_decision("eu", 0, &shop(), Some(&other), 2);
    let summary = hub.summary(&shop(), NOW).unwrap();
    assert_eq!(summary.total, Counts { expected: 1, missing: 1, ..Counts::default() });
}

#[test]
fn a_deleted_placement_is_summarized_until_all_have_confirmed() {
    let (mut view, mut hub) = settled();
    decide(&mut view, &mut hub, &decision(1, &[]), 2);
    hub.set_partial("eu", &shop(), view.partial(&shop()));
    let summary = hub.summary(&shop(), NOW).unwrap();
    assert_eq!((summary.total.expected, summary.partial.withdrawing, summary.behind.len()), (0, 2, 0));
    for name in ["a", "b"] {
        view.set_status(name, &shop(), Some(Status { withdrawn: true, ..status(2, 1, Phase::Healthy) }));
    }
    hub.set_partial("eu", &shop(), view.partial(&shop()));
    assert_eq!(hub.summary(&shop(), NOW).unwrap().partial.withdrawing, 0);
}

#[test]
fn a_summary_has_the_time_of_its_content() {
    let (_, mut hub) = settled();
    let unit = model::unit(&shop());
    let written = hub.writes(unit, NOW, 10);
    assert_eq!((written.len(), written[0].1.as_of_time), (1, NOW));
    hub.set_written(&shop(), Some(written[0].1.clone()));
    hub.set_region("us", Some(""));
    assert!(hub.writes(unit, NOW + 10_000, 10).is_empty());
}

#[test]
fn a_region_that_moves_in_the_tree_is_counted_once() {
    let (mut view, mut hub) = settled();
    let mut above = RegionView::new("world", Settings::default(), NOW);
    for (name, parent) in [("world", ""), ("eu", "world")] {
        [&mut view, &mut above].into_iter().for_each(|view| view.set_region(name, Some(parent)));
        hub.set_region(name, Some(parent));
    }
    assert_eq!(hub.summary(&shop(), NOW).unwrap().behind, ["eu"]);
    above.set_child_partial("eu", &shop(), view.partial(&shop()));
    hub.set_partial("world", &shop(), above.partial(&shop()));
    let summary = hub.summary(&shop(), NOW).unwrap();
    assert_eq!((summary.total.expected, summary.total.healthy, summary.behind.len()), (2, 2, 0));
}
