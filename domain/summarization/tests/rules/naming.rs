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
