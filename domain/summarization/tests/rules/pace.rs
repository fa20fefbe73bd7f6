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
fn the_hub_conflates_partials_and_writes_the_one_that_settles_a_region_at_once() {
    let (mut view, mut hub) = (decided(), HubView::default());
    let unit = model::unit(&shop());
    let mut told = |view: &RegionView, now| {
        hub.set_decision("eu", 0, &shop(), Some(&decision(1, &["a", "b"])), 1);
        hub.set_partial("eu", &shop(), view.partial(&shop()));
        let written = hub.writes(unit, now, 10);
        written.iter().for_each(|(_, summary)| hub.set_written(&shop(), Some(summary.clone())));
        written.first().map(|(_, summary)| summary.total.healthy)
    };
    assert_eq!(told(&view, NOW), Some(0));
    report(&mut view, "a");
    assert_eq!(told(&view, NOW + 10), None);
    report(&mut view, "b");
    assert_eq!(told(&view, NOW + 20), Some(2));
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
