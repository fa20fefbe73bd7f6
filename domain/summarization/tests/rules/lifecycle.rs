use summarization::Table;

use super::*;

fn withdrawing(view: &RegionView) -> u64 {
    view.partial(&shop()).unwrap_or_default().withdrawing
}

#[test]
fn a_location_withdraws_until_it_confirms() {
    let mut view = region(&["a"]);
    view.set_decision(0, &shop(), Some(&decision(1, &["a"])), 1);
    view.set_status("a", &shop(), Some(status(1, 1, Phase::Healthy)));
    view.set_decision(0, &shop(), Some(&decision(1, &[])), 2);
    assert_eq!((counts(&view).expected, withdrawing(&view)), (0, 1));
    view.set_status("a", &shop(), Some(Status { withdrawn: true, ..status(2, 1, Phase::Healthy) }));
    assert_eq!((counts(&view).expected, withdrawing(&view)), (0, 0));
}

#[test]
fn nothing_is_withdrawn_where_nothing_was_said() {
    let mut view = region(&["a"]);
    view.set_status("a", &shop(), Some(status(1, 1, Phase::Healthy)));
    assert_eq!(view.partial(&shop()), None);
    view.set_decision(0, &shop(), Some(&decision(1, &[])), 1);
    assert_eq!(withdrawing(&view), 1);
}

#[test]
fn a_location_that_has_moved_away_withdraws_nothing_here() {
    let mut view = region(&["a"]);
    view.set_status("a", &shop(), Some(status(1, 1, Phase::Healthy)));
    view.set_decision(0, &shop(), Some(&decision(1, &[])), 1);
    view.set_location("a", Some(&in_region("us")));
    assert_eq!(withdrawing(&view), 0);
}

#[test]
fn a_location_that_arrives_is_not_counted_yet() {
    let mut view = region(&["a"]);
    let mut arriving = decision(1, &["a"]);
    arriving.groups[0].arriving_from = vec!["us".into()];
    view.set_decision(0, &shop(), Some(&arriving), 1);
    view.set_status("a", &shop(), Some(status(1, 1, Phase::Healthy)));
    assert_eq!((counts(&view).expected, withdrawing(&view)), (0, 0));
    view.set_decision(0, &shop(), Some(&decision(1, &["a"])), 2);
    assert_eq!(counts(&view).expected, 1);
}

#[test]
fn an_older_report_changes_nothing() {
    let mut view = region(&["a"]);
    view.set_decision(0, &shop(), Some(&decision(1, &["a"])), 1);
    assert!(view.set_status("a", &shop(), Some(status(2, 1, Phase::Failed))));
    assert!(!view.set_status("a", &shop(), Some(status(1, 1, Phase::Healthy))));
    assert!(!view.set_status("a", &shop(), Some(status(2, 1, Phase::Healthy))));
    view.heartbeat("a", &heartbeat(), NOW);
    assert_eq!(counts(&view).failed, 1);
}

#[test]
fn a_partial_is_written_at_once_when_quiet_and_conflated_when_busy() {
    let mut view = region(&["a"]);
    view.set_decision(0, &shop(), Some(&decision(1, &["a"])), 1);
    assert_eq!(partials(&mut view, NOW).len(), 1);
    for seq in 1..10 {
        view.set_status("a", &shop(), Some(status(seq, 1, Phase::Healthy)));
        view.heartbeat("a", &heartbeat(), NOW + seq);
        assert!(partials(&mut view, NOW + seq).is_empty());
    }
    assert_eq!(partials(&mut view, NOW + 250)[0].regions["eu"].healthy, 1);
}

#[test]
fn what_was_refused_is_written_again() {
    let mut view = region(&["a"]);
    view.set_decision(0, &shop(), Some(&decision(1, &["a"])), 1);
    let first = view.writes(NOW, 1_000);
    view.rejected();
    assert_eq!(view.writes(NOW + 1, 1_000), first);
}

#[test]
fn tables_that_are_read_again_give_the_same_result() {
    let mut view = region(&["a", "b"]);
    let fill = |view: &mut RegionView| {
        ["a", "b"].iter().for_each(|name| view.set_location(name, Some(&in_region("eu"))));
        view.set_decision(0, &shop(), Some(&decision(1, &["a"])), 1);
        for name in ["a", "b"] {
            view.set_status(name, &shop(), Some(status(1, 1, Phase::Failed)));
        }
    };
    fill(&mut view);
    view.heartbeat("a", &heartbeat(), NOW);
    let before = view.partial(&shop());
    for table in [Table::Locations, Table::Decisions, Table::Statuses, Table::Partials, Table::Summaries] {
        view.forget(table);
    }
    assert_eq!(view.partial(&shop()), None);
    fill(&mut view);
    assert_eq!(view.partial(&shop()), before);
}

#[test]
fn finer_buckets_replace_coarser_ones_row_by_row() {
    let names: Vec<String> = (0..20).map(|n| format!("l{n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut view = region(&names);
    view.set_decision(0, &shop(), Some(&decision(1, &names)), 1);
    for (bucket, seq) in [(1, 2), (0, 3)] {
        let listed: Vec<&str> =
            names.iter().copied().filter(|name| model::bucket(name, 1) == bucket).collect();
        let finer = Decision { bucket_bits: 1, ..decision(1, &listed) };
        view.set_decision(bucket, &shop(), Some(&finer), seq);
        assert_eq!(counts(&view).expected, 20);
    }
}
