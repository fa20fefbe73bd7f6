//! Which problems and reasons are named.

use super::*;

fn failing(count: usize, reasons: usize) -> RegionView {
    let names: Vec<String> = (0..count).map(|n| format!("l{n:03}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut view = region(&names);
    view.set_decision(0, &shop(), Some(&decision(1, &names)), 1);
    for (index, name) in names.iter().enumerate() {
        view.heartbeat(name, &heartbeat(), NOW);
        let mut row = status(1, 1, Phase::Failed);
        row.unhealthy[0].reason = format!("Reason{:02}", index % reasons);
        view.set_status(name, &shop(), Some(row));
    }
    view
}

#[test]
fn the_worst_come_first_then_names_decide() {
    let names =
        ["progressing", "never-heard", "degraded", "z-failed", "a-failed", "healthy", "gone", "awaited"];
    let mut view = region(&names);
    view.set_decision(0, &shop(), Some(&decision(1, &names)), 1);
    let phases = [
        ("progressing", Phase::Progressing),
        ("degraded", Phase::Degraded),
        ("z-failed", Phase::Failed),
        ("a-failed", Phase::Conflict),
        ("healthy", Phase::Healthy),
        ("gone", Phase::Healthy),
    ];
    for (name, phase) in phases {
        view.set_status(name, &shop(), Some(status(1, 1, phase)));
    }
    for name in names.iter().filter(|name| !["never-heard", "gone"].contains(name)) {
        view.heartbeat(name, &heartbeat(), NOW);
    }
    let problems = view.partial(&shop()).unwrap().problems;
    let named: Vec<_> = problems.iter().map(|it| (it.location.as_str(), it.reason.as_str())).collect();
    let wanted = [
        ("a-failed", "ConflictBecause"),
        ("z-failed", "FailedBecause"),
        ("degraded", "DegradedBecause"),
        ("gone", "Silent"),
        ("never-heard", "Offline"),
        ("progressing", "ProgressingBecause"),
    ];
    assert_eq!(named, wanted);
}

#[test]
fn no_more_than_twenty_problems_are_named_and_always_the_same() {
    let problems = failing(100, 3).partial(&shop()).unwrap().problems;
    let named: Vec<_> = problems.iter().map(|it| it.location.clone()).collect();
    assert_eq!(named, (0..20).map(|n| format!("l{n:03}")).collect::<Vec<_>>());
}

#[test]
fn reasons_beyond_the_bound_are_counted_together() {
    let reasons = failing(100, 30).partial(&shop()).unwrap().reasons;
    assert_eq!(reasons.len(), Partial::MAX_REASONS);
    assert_eq!(reasons.values().sum::<u64>(), 100);
    assert_eq!((reasons["Reason00"], reasons["Other"]), (4, 45));
}

#[test]
fn a_reason_is_forgotten_with_its_last_location() {
    let mut view = failing(2, 2);
    view.set_status("l000", &shop(), Some(status(2, 1, Phase::Healthy)));
    let reasons = view.partial(&shop()).unwrap().reasons;
    assert_eq!(reasons.into_iter().collect::<Vec<_>>(), [("Reason01".to_owned(), 1)]);
}

/// What is told: object, reason, how many, and the examples.
fn told(view: &RegionView) -> Vec<(String, String, u64, Vec<String>)> {
    let failures = view.partial(&shop()).expect("something was decided").failures.into_iter();
    failures.map(|(failure, at)| (failure.object, failure.reason, at.locations, at.examples)).collect()
}

#[test]
fn the_same_failure_is_told_once_with_how_many_locations_have_it_and_the_first_three() {
    let mut view = failing(40, 1);
    let examples = |names: [&str; 3]| names.map(str::to_owned).to_vec();
    let object = status(1, 1, Phase::Failed).unhealthy[0].object.clone();
    assert_eq!(told(&view), [(object.clone(), "Reason00".into(), 40, examples(["l000", "l001", "l002"]))]);
    view.set_status("l001", &shop(), Some(status(2, 1, Phase::Healthy)));
    assert_eq!(told(&view), [(object, "Reason00".into(), 39, examples(["l000", "l002", "l003"]))]);
}

#[test]
fn failures_that_differ_in_their_words_are_told_apart_and_degraded_ones_are_among_them() {
    let mut view = failing(3, 1);
    let mut other = status(2, 1, Phase::Failed);
    other.unhealthy[0].message = "in other words".into();
    view.set_status("l001", &shop(), Some(other));
    view.set_status("l002", &shop(), Some(status(2, 1, Phase::Degraded)));
    let mut counts: Vec<_> = told(&view).into_iter().map(|(_, reason, count, _)| (reason, count)).collect();
    counts.sort();
    assert_eq!(counts, [("DegradedBecause".into(), 1), ("FailedBecause".into(), 1), ("Reason00".into(), 1)]);
}

#[test]
fn failures_beyond_the_bound_are_told_together() {
    let told = told(&failing(100, 30));
    assert_eq!(told.len(), Partial::MAX_FAILURES);
    assert_eq!(told.iter().map(|(_, _, count, _)| count).sum::<u64>(), 100);
    let other = told.iter().find(|(_, reason, ..)| reason == "Other").unwrap();
    assert_eq!(
        (other.0.as_str(), other.2, &other.3),
        ("", 45, &["l015", "l016", "l017"].map(str::to_owned).to_vec())
    );
}

#[test]
fn silent_locations_have_no_failure_of_their_own() {
    let mut view = failing(3, 1);
    view.tick(NOW + 1_000_000_000);
    assert_eq!(told(&view), []);
}
