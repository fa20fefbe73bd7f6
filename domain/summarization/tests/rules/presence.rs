use model::{Connection, LocationPresence, Presence};

use super::*;

fn rows(view: &mut RegionView, now: u64) -> Vec<(u32, Presence)> {
    let row = |output| match output {
        Output::Presence { bucket, presence } => Some((bucket, presence)),
        Output::Partial { .. } | Output::Progress { .. } => None,
    };
    view.writes(now, 1_000).into_iter().filter_map(row).collect()
}

/// Writes what is to be written and takes it in.
fn store(view: &mut RegionView, now: u64) -> Vec<(u32, Presence)> {
    let rows = rows(view, now);
    rows.iter().for_each(|(bucket, row)| view.set_presence(*bucket, Some(row)));
    rows
}

/// A region of many locations, and their names.
fn crowd(count: usize) -> (RegionView, Vec<String>) {
    let names: Vec<String> = (0..count).map(|n| format!("l{n}")).collect();
    let view = region(&names.iter().map(String::as_str).collect::<Vec<_>>());
    (view, names)
}

fn connection(rows: &[(u32, Presence)], location: &str) -> Option<Connection> {
    rows.iter().find_map(|(_, row)| row.locations.get(location)).map(|it| it.connection)
}

#[test]
fn a_location_that_no_placement_chose_is_present_too() {
    let mut view = region(&["a"]);
    assert_eq!(connection(&store(&mut view, NOW), "a"), Some(Connection::NeverSeen));
    view.heartbeat("a", &heartbeat(), NOW + 1_000);
    let rows = store(&mut view, NOW + 1_000);
    assert_eq!(connection(&rows, "a"), Some(Connection::Online));
    assert_eq!(rows[0].1.locations["a"].last_seen, NOW / 60_000 * 60);
    view.tick(NOW + 1_000 + 3 * PERIOD);
    assert_eq!(connection(&store(&mut view, NOW + 4 * PERIOD), "a"), Some(Connection::Offline));
}

#[test]
fn a_row_is_written_for_seconds_only_once_a_minute() {
    let mut view = region(&["a"]);
    view.heartbeat("a", &heartbeat(), NOW);
    assert_eq!(store(&mut view, NOW).len(), 1);
    let written = (1..=300).filter(|second| {
        let now = NOW + second * 1_000;
        view.tick(now);
        view.heartbeat("a", &heartbeat(), now);
        !store(&mut view, now).is_empty()
    });
    assert_eq!(written.count(), 5);
}

#[test]
fn a_row_of_many_who_beat_at_different_times_is_not_written_more_often() {
    let (mut view, names) = crowd(60);
    names.iter().for_each(|name| view.heartbeat(name, &heartbeat(), NOW));
    assert_eq!(store(&mut view, NOW).len(), 1);
    let written = (1..=300).filter(|second| {
        let now = NOW + second * 1_000;
        view.tick(now);
        let rows = rows(&mut view, now);
        // While the row is on its way, somebody is heard.
        view.heartbeat(&names[*second as usize % 60], &heartbeat(), now);
        rows.iter().for_each(|(bucket, row)| view.set_presence(*bucket, Some(row)));
        !rows.is_empty()
    });
    assert!((4..=5).contains(&written.count()));
}

#[test]
fn a_row_of_many_who_beat_seldom_is_written_once_a_heartbeat() {
    let (mut view, names) = crowd(60);
    let seldom = Heartbeat { period_ms: 600_000, ..heartbeat() };
    names.iter().for_each(|name| view.heartbeat(name, &seldom, NOW));
    assert_eq!(store(&mut view, NOW).len(), 1);
    let written = (1..=3_000).filter(|second| {
        let now = NOW + second * 1_000;
        view.tick(now);
        if second % 10 == 0 {
            view.heartbeat(&names[*second as usize / 10 % 60], &seldom, now);
        }
        !store(&mut view, now).is_empty()
    });
    assert!((4..=5).contains(&written.count()));
}

#[test]
fn rows_are_cut_finer_as_the_region_grows_and_never_coarser() {
    let (mut view, names) = crowd(1_200);
    let cut = store(&mut view, NOW);
    assert_eq!(cut.iter().map(|(bucket, _)| *bucket).collect::<Vec<_>>(), [0, 1, 2, 3]);
    assert_eq!(cut.iter().map(|(_, row)| row.locations.len()).sum::<usize>(), 1_200);
    names[10..].iter().for_each(|name| view.set_location(name, None));
    let left = store(&mut view, NOW + PERIOD);
    assert_eq!((left.len(), left.iter().map(|(_, row)| row.locations.len()).sum::<usize>()), (4, 10));
}

#[test]
fn after_a_restart_a_location_that_was_online_has_a_period_to_be_heard() {
    let seen = LocationPresence {
        last_seen: NOW / 1_000 - 30,
        connection: Connection::Online,
        ..Default::default()
    };
    let row = Presence { locations: [("a".to_owned(), seen)].into() };
    let mut view = RegionView::new("eu", Settings::default(), NOW);
    view.set_presence(0, Some(&row));
    view.set_location("a", Some(&in_region("eu")));
    view.set_decision(0, &shop(), Some(&decision(1, &["a"])), 1);
    view.set_status("a", &shop(), Some(status(1, 1, Phase::Healthy)));
    assert_eq!(counts(&view).healthy, 1);
    view.tick(NOW + PERIOD);
    // The row comes again, as it was written: that is no sign of life.
    view.set_presence(0, Some(&row));
    assert_eq!(counts(&view).healthy, 1);
    view.tick(NOW + 2 * PERIOD);
    assert_eq!(counts(&view).stale, 1);
    assert_eq!(connection(&rows(&mut view, NOW + 2 * PERIOD), "a"), Some(Connection::Offline));
}

#[test]
fn after_a_restart_the_period_is_the_one_that_the_agent_told() {
    let mut before = region(&["a"]);
    before.heartbeat("a", &Heartbeat { period_ms: 10 * PERIOD_MS, ..heartbeat() }, NOW);
    let (_, row) = store(&mut before, NOW).remove(0);
    let mut view = region(&["a"]);
    view.set_presence(0, Some(&row));
    view.tick(NOW + 10 * PERIOD);
    assert!(view.is_heard("a"));
    view.tick(NOW + 15 * PERIOD);
    assert!(!view.is_heard("a"));
}

#[test]
fn a_location_that_has_moved_away_leaves_its_row() {
    let mut view = region(&["a", "b"]);
    store(&mut view, NOW);
    view.set_location("a", Some(&in_region("us")));
    let rows = store(&mut view, NOW + 2_000);
    assert_eq!(rows[0].1.locations.keys().collect::<Vec<_>>(), ["b"]);
}
