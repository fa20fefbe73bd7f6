use super::*;

fn beat(view: &mut RegionView, digest: Digest, now: u64) {
    view.tick(now);
    view.heartbeat("a", &Heartbeat { status_digest: digest, ..heartbeat() }, now);
}

fn asked(view: &mut RegionView, now: u64) -> Vec<String> {
    view.tick(now);
    view.take_asks()
}

fn reported() -> RegionView {
    let mut view = region(&["a"]);
    view.set_status("a", &shop(), Some(status(1, 1, Phase::Healthy)));
    view
}

#[test]
fn an_agent_whose_reports_are_all_there_is_left_alone() {
    let mut view = reported();
    beat(&mut view, digest(1, 1), NOW);
    assert!(asked(&mut view, NOW + 5_000).is_empty());
}

#[test]
fn an_agent_whose_report_was_lost_is_asked_once_in_a_period() {
    let mut view = reported();
    beat(&mut view, digest(1, 2), NOW);
    assert!(view.take_asks().is_empty());
    assert_eq!(asked(&mut view, NOW + 5_000), ["a"]);
    beat(&mut view, digest(1, 2), NOW + 6_000);
    assert!(asked(&mut view, NOW + 12_000).is_empty());
    beat(&mut view, digest(1, 2), NOW + PERIOD);
    assert_eq!(asked(&mut view, NOW + PERIOD + 5_000), ["a"]);
}

#[test]
fn a_heartbeat_that_overtakes_its_report_leads_to_no_question() {
    let mut view = reported();
    beat(&mut view, digest(1, 2), NOW);
    view.set_status("a", &shop(), Some(status(2, 1, Phase::Healthy)));
    assert!(asked(&mut view, NOW + 5_000).is_empty());
}

#[test]
fn an_agent_may_have_forgotten_what_it_has_withdrawn_or_not() {
    let mut view = reported();
    view.set_status("a", &shop(), Some(Status { withdrawn: true, ..status(2, 1, Phase::Healthy) }));
    beat(&mut view, digest(1, 2), NOW);
    assert!(asked(&mut view, NOW + 5_000).is_empty());
    beat(&mut view, model::status_digest([]), NOW + 2 * PERIOD);
    assert!(asked(&mut view, NOW + 3 * PERIOD).is_empty());
}
