//! When a busy row is written.

use summarization::HubView;

use super::*;

/// `eu` with a decision for `a` and `b`, both heard; its first partial is written.
fn decided() -> RegionView {
    let mut view = region(&["a", "b"]);
    ["a", "b"].iter().for_each(|name| view.heartbeat(name, &heartbeat(), NOW));
    view.set_decision(0, &shop(), Some(&decision(1, &["a", "b"])), 1);
    assert_eq!(partials(&mut view, NOW).len(), 1);
    view
}

fn report(view: &mut RegionView, location: &str) {
    view.set_status(location, &shop(), Some(status(1, 1, Phase::Healthy)));
}

#[test]
fn a_region_conflates_reports_and_writes_the_last_awaited_one_at_once() {
    let mut view = decided();
    report(&mut view, "a");
    assert_eq!(partials(&mut view, NOW + 10), []);
    report(&mut view, "b");
    let written = partials(&mut view, NOW + 10);
    assert_eq!(written[0].regions["eu"].healthy, 2);
}

#[test]
fn that_everybody_has_what_was_decided_is_written_at_once_also_if_it_may_never_be_healthy() {
    let (mut view, mut hub) = (decided(), HubView::default());
    assert_eq!(told(&mut hub, &view, 1, NOW), Some((1, 0)));
    for (name, at_once) in [("a", false), ("b", true)] {
        view.set_status(name, &shop(), Some(status(1, 1, Phase::Progressing)));
        assert_eq!(partials(&mut view, NOW + 10).len(), usize::from(at_once));
        assert_eq!(told(&mut hub, &view, 1, NOW + 10).is_some(), at_once);
    }
    // From one that is not healthy to another.
    view.set_status("a", &shop(), Some(status(2, 1, Phase::Degraded)));
    assert_eq!(partials(&mut view, NOW + 20), []);
    assert_eq!(told(&mut hub, &view, 1, NOW + 20), None);
}

#[test]
fn the_hub_conflates_partials_and_writes_the_one_that_settles_a_region_at_once() {
    let (mut view, mut hub) = (decided(), HubView::default());
    assert_eq!(told(&mut hub, &view, 1, NOW), Some((1, 0)));
    report(&mut view, "a");
    assert_eq!(told(&mut hub, &view, 1, NOW + 10), None);
    report(&mut view, "b");
    assert_eq!(told(&mut hub, &view, 1, NOW + 20), Some((1, 2)));
}

#[test]
fn the_end_of_a_rollout_is_written_at_once_also_if_its_beginning_was_conflated() {
    let (mut view, mut hub) = (decided(), HubView::default());
    ["a", "b"].iter().for_each(|name| report(&mut view, name));
    assert_eq!(told(&mut hub, &view, 1, NOW), Some((1, 2)));
    view.set_decision(0, &shop(), Some(&decision(2, &["a", "b"])), 2);
    for name in ["a", "b"] {
        view.set_status(name, &shop(), Some(status(2, 2, Phase::Healthy)));
    }
    assert_eq!(told(&mut hub, &view, 2, NOW + 30), Some((2, 2)));
}

/// The rollout and how many are healthy in it, if the hub writes that now.
fn told(hub: &mut HubView, view: &RegionView, rollout: u64, now: u64) -> Option<(u64, u64)> {
    hub.set_decision("eu", 0, &shop(), Some(&decision(rollout, &["a", "b"])), rollout);
    hub.set_partial("eu", &shop(), view.partial(&shop()));
    let written = hub.writes(model::unit(&shop()), now, 10);
    written.iter().for_each(|(_, summary)| hub.set_written(&shop(), Some(summary.clone())));
    written.first().map(|(_, summary)| (summary.partial.rollout, summary.total.healthy))
}

#[test]
fn one_who_is_offline_keeps_nobody_waiting() {
    let mut view = decided();
    report(&mut view, "a");
    let later = NOW + 4 * PERIOD;
    view.heartbeat("a", &heartbeat(), later);
    view.tick(later);
    partials(&mut view, later);
    view.set_decision(0, &shop(), Some(&decision(2, &["a", "b"])), 2);
    partials(&mut view, later + 250);
    view.set_status("a", &shop(), Some(status(2, 2, Phase::Healthy)));
    let written = partials(&mut view, later + 260);
    assert_eq!((written[0].regions["eu"].healthy, written[0].regions["eu"].offline), (1, 1));
}
