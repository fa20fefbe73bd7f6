use summarization::{Page, Query};

use super::*;

fn fleet() -> RegionView {
    let names: Vec<String> = (0..10).map(|n| format!("l{n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut view = region(&names);
    view.set_decision(0, &shop(), Some(&decision(1, &names[..8])), 1);
    for (index, name) in names.iter().enumerate().skip(1) {
        view.heartbeat(name, &heartbeat(), NOW);
        let phase = if index % 2 == 0 { Phase::Healthy } else { Phase::Failed };
        view.set_status(name, &shop(), Some(status(1, 1, phase)));
    }
    view
}

fn names(page: &Page) -> Vec<&str> {
    page.rows.iter().map(|row| row.location.as_str()).collect()
}

fn of_shop() -> Query {
    Query { placement: Some(shop()), ..Query::default() }
}

#[test]
fn pages_follow_each_other_without_gap_or_overlap() {
    let view = fleet();
    let (mut after, mut seen) = (String::new(), vec![]);
    loop {
        let page = view.query(&Query { page_size: 3, after, ..of_shop() });
        seen.extend(page.rows.into_iter().map(|row| row.location));
        after = page.next;
        if after.is_empty() {
            break;
        }
    }
    assert_eq!(seen, (0..10).map(|n| format!("l{n}")).collect::<Vec<_>>());
}

#[test]
fn states_select() {
    let view = fleet();
    let of = |states: &[&str]| {
        let states = states.iter().map(|state| (*state).to_owned()).collect();
        names(&view.query(&Query { states, ..of_shop() })).join(" ")
    };
    assert_eq!(of(&["healthy"]), "l2 l4 l6");
    assert_eq!(of(&["failed", "offline"]), "l0 l1 l3 l5 l7");
    assert_eq!(of(&["missing"]), "l0");
    assert_eq!(of(&["withdrawing"]), "l8 l9");
}

#[test]
fn one_location_can_be_asked_for() {
    let page = fleet().query(&Query { location: "l3".into(), ..of_shop() });
    assert_eq!(names(&page), ["l3"]);
    let row = &page.rows[0];
    assert_eq!((row.state, row.updated, row.rollout, row.agent_version.as_str()), ("failed", true, 1, "1.0"));
    assert_eq!(row.problems[0].reason, "FailedBecause");
}

#[test]
fn without_a_placement_all_locations_of_the_region_are_told() {
    let mut view = fleet();
    view.set_location("l9", Some(&in_region("us")));
    let states: Vec<_> = view.query(&Query::default()).rows.iter().map(|row| row.state).collect();
    assert_eq!(states, [&["never-seen"][..], &["online"; 8]].concat());
}
