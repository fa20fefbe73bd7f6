//! One view and its rules, case by case.

use model::Desired;
use serde_json::json;
use translation::{Mark, Writes};

use crate::one::{World, world};
use crate::world::{inline, location, placement};

#[test]
fn every_location_of_a_region_gets_a_document_even_an_empty_one() {
    let mut world = world().ready();
    world.locate("l1", "eu", 1);
    world.locate("l2", "eu", 2);
    world.decide("eu", &[(world.own, 3, &["l1"])]);
    world.deliver();
    let outcome = world.writes("eu");
    let names: Vec<_> = outcome.rows.iter().map(|row| &*row.location).collect();
    assert_eq!(names, ["l1", "l2"]);
    let entry = &outcome.rows[0].desired.placements[0];
    assert_eq!((entry.rollout, entry.placement_uid.as_str()), (3, "u"));
    assert_eq!(inline(&entry.own, "b").unwrap().unwrap()["data"]["n"], json!("gold"));
    assert_eq!(outcome.rows[0].trace.as_deref(), Some("trace-1"));
    assert_eq!(outcome.rows[1].desired.placements, []);
    assert!(outcome.blobs.iter().any(|(digest, _)| Some(*digest) == entry.shared));
}

#[test]
fn a_document_that_waited_for_its_release_carries_the_trace_of_its_decision() {
    let mut world = world().ready();
    world.locate("l1", "eu", 1);
    world.decide("eu", &[(world.own, 3, &["l1"])]);
    assert!(world.writes("eu").rows.iter().all(|row| row.desired.placements.is_empty()));
    world.deliver();
    let outcome = world.writes("eu");
    let traces: Vec<_> = outcome.rows.iter().map(|row| row.trace.as_deref()).collect();
    assert_eq!(traces, [Some("trace-1")]);
}

#[test]
fn nothing_is_written_before_all_units_of_placement_have_told_and_the_epoch_is_known() {
    let mut world = world();
    world.locate("l1", "eu", 1);
    world.view.set_epoch("eu", Some(1));
    world.view.see_locations(9);
    let mark = Mark { locations: 9, seq: 1 };
    (1..model::UNITS).for_each(|unit| world.view.set_complete(unit, Some(mark)));
    assert_eq!(world.writes("eu"), Writes::default());
    world.view.set_complete(0, Some(mark));
    world.view.set_epoch("eu", None);
    assert_eq!(world.writes("eu"), Writes::default());
    world.view.set_epoch("eu", Some(1));
    assert_eq!(world.writes("eu").rows.len(), 1);
}

#[test]
fn a_first_document_waits_until_placement_has_seen_the_location() {
    let mut world = world();
    world.complete(4);
    world.view.set_epoch("eu", Some(1));
    world.locate("l0", "eu", 6);
    world.locate("l1", "eu", 5);
    assert_eq!(world.commit("eu"), []);
    world.complete(5);
    assert_eq!(world.commit("eu").len(), 1);
}

#[test]
fn decisions_that_account_for_unread_locations_wait() {
    let mut world = world();
    world.complete(1);
    world.view.set_epoch("eu", Some(1));
    world.locate("l1", "eu", 1);
    world.decide("eu", &[(world.shared, 1, &["l1"])]);
    world.deliver();
    let first = world.commit("eu").remove(0);
    // It has moved, and its former region's row says so before the location's own row has been read.
    world.begin_to_decide("eu", &[]);
    assert_eq!(world.commit("eu"), []);
    world.complete(2);
    assert_eq!(world.commit("eu"), []);
    world.locate("l1", "us", 2);
    let moved = world.commit("eu").remove(0);
    assert_eq!((moved.moved_to_region.as_deref(), moved.placements), (Some("us"), first.placements));
}

#[test]
fn an_entry_goes_when_placement_has_ended_the_pass_that_withdraws_it() {
    let mut world = world().ready();
    world.locate("l1", "eu", 1);
    world.decide("eu", &[(world.shared, 1, &["l1"])]);
    world.deliver();
    world.commit("eu");
    world.begin_to_decide("eu", &[]);
    assert_eq!(world.commit("eu"), []);
    world.complete(world.locations);
    assert_eq!(world.commit("eu")[0].placements, []);
}

#[test]
fn a_first_document_is_not_written_without_a_release_that_belongs_in_it() {
    let mut world = world().ready();
    world.locate("l1", "eu", 1);
    world.decide("eu", &[(world.shared, 1, &["l1"])]);
    assert_eq!(world.commit("eu"), []);
    world.deliver();
    assert_eq!(world.commit("eu")[0].placements.len(), 1);
}

#[test]
fn an_entry_stays_while_its_next_release_is_not_there() {
    let mut world = world().ready();
    world.locate("l1", "eu", 1);
    world.decide("eu", &[(world.shared, 1, &["l1"])]);
    world.deliver();
    world.commit("eu");
    world.decide("eu", &[(world.own, 2, &["l1"])]);
    assert_eq!(world.commit("eu"), []);
    world.deliver();
    let written = world.commit("eu");
    assert_eq!((written[0].placements[0].rollout, written[0].order.revision), (2, 2));
}

#[test]
fn only_a_row_that_is_there_takes_an_entry_away() {
    let mut world = world().ready();
    world.locate("l1", "eu", 1);
    world.decide("eu", &[(world.shared, 1, &["l1"])]);
    world.deliver();
    let written = world.commit("eu").remove(0);
    world.view.set_decision(("eu", 0, &placement("p")), None, 0, None);
    assert_eq!(world.commit("eu"), []);
    world.view.reset_decisions();
    world.complete(99);
    assert_eq!(world.commit("eu"), []);
    world.decide("eu", &[]);
    // The row does not say whom it has let go of: that is found when the location is looked at, as at a start.
    world.view.reset_desired("eu");
    world.view.set_desired("eu", "l1", Some(&written));
    assert_eq!(world.commit("eu")[0].placements, []);
}

#[test]
fn a_location_that_moves_is_sent_on_with_all_it_runs_and_never_goes_back() {
    let mut world = world().ready();
    world.locate("l1", "eu", 1);
    world.decide("eu", &[(world.shared, 1, &["l1"])]);
    world.decide("us", &[]);
    world.deliver();
    let first = world.commit("eu").remove(0);
    world.complete(1);
    world.locate("l1", "us", 2);
    world.decide("eu", &[]);
    assert_eq!(world.commit("us"), [], "placement has not seen the move");
    world.decide("us", &[(world.shared, 1, &["l1"])]);
    world.complete(2);
    assert_eq!(world.commit("us"), [], "the old region has not let go");
    let moved = world.commit("eu").remove(0);
    assert_eq!((moved.moved_to_region.as_deref(), &moved.placements), (Some("us"), &first.placements));
    let arrived = world.commit("us").remove(0);
    assert_eq!((arrived.moved_to_region, &arrived.placements), (None, &first.placements));
    assert!(first.order < moved.order && moved.order < arrived.order);
    world.locate("l1", "eu", 3);
    world.decide("us", &[]);
    world.decide("eu", &[(world.shared, 1, &["l1"])]);
    world.complete(3);
    assert_eq!(world.commit("eu"), []);
    let back = world.commit("us").remove(0);
    let home = world.commit("eu").remove(0);
    assert!(arrived.order < back.order && back.order < home.order);
    assert_eq!((home.moved_to_region, home.placements), (None, first.placements));
}

#[test]
fn who_is_sent_away_and_called_back_before_anything_was_there_is_sent_back() {
    let mut world = world().ready();
    for (seq, region) in (1..).zip(["eu", "us", "eu"]) {
        world.locate("l1", region, seq);
        world.complete(seq);
        ["eu", "us", "eu"].iter().for_each(|region| drop(world.commit(region)));
    }
    world.locate("l1", "us", 4);
    let away = world.commit("eu").remove(0);
    assert_eq!(away.moved_to_region.as_deref(), Some("us"));
    world.locate("l1", "eu", 5);
    world.complete(5);
    assert_eq!(world.commit("eu"), [], "what is in us is older than what the agent has seen in eu");
    let back = world.commit("us").remove(0);
    assert!(back.moved_to_region.as_deref() == Some("eu") && back.order > away.order);
    let home = world.commit("eu").remove(0);
    assert!(home.moved_to_region.is_none() && home.order > back.order);
    assert_eq!(["eu", "us"].map(|region| world.commit(region).len()), [0, 0]);
}

#[test]
fn what_sent_a_location_on_is_never_newer_than_what_waits_for_it() {
    let mut world = world().ready();
    world.locate("l1", "eu", 1);
    world.complete(1);
    world.commit("eu");
    world.locate("l1", "us", 2);
    world.complete(2);
    world.commit("eu");
    world.commit("us");
    // Blobs were lost: all documents are written once more, in any order.
    ["eu", "us"].iter().for_each(|region| world.view.set_epoch(region, Some(8)));
    world.view.set_blobs_epoch(8);
    world.commit("us");
    let sent_on = world.commit("eu").remove(0);
    assert_eq!(sent_on.moved_to_region.as_deref(), Some("us"));
    let again = world.commit("us").remove(0);
    assert!(again.moved_to_region.is_none() && again.order > sent_on.order);
    assert_eq!(["eu", "us"].map(|region| world.commit(region).len()), [0, 0]);
}

#[test]
fn a_change_of_a_property_renders_that_location_again_and_no_other() {
    let mut world = world().ready();
    world.locate("l1", "eu", 1);
    world.locate("l2", "eu", 2);
    world.decide("eu", &[(world.own, 1, &["l1", "l2"])]);
    world.deliver();
    world.commit("eu");
    world.view.set_location("l1", Some(location("l1", "eu", Some("silver"))), 3, Some("trace-2"));
    let outcome = world.writes("eu");
    assert_eq!(outcome.rows.len(), 1);
    assert_eq!((&*outcome.rows[0].location, outcome.rows[0].trace.as_deref()), ("l1", Some("trace-2")));
    assert_eq!(outcome.blobs, []);
}

#[test]
fn what_was_rejected_is_written_again_with_its_blobs() {
    let mut world = world().ready();
    world.locate("l1", "eu", 1);
    world.decide("eu", &[(world.shared, 1, &["l1"])]);
    world.deliver();
    let first = world.writes("eu");
    world.view.rejected("eu");
    assert_eq!(world.writes("eu"), first);
}

#[test]
fn a_restart_writes_nothing_that_is_written_already() {
    let mut world = world().ready();
    world.locate("l1", "eu", 1);
    world.decide("eu", &[(world.own, 1, &["l1"])]);
    world.deliver();
    let written = world.commit("eu").remove(0);
    let (own, contents) = (world.own, world.contents.clone());
    let mut again = World { contents, ..crate::one::world() }.ready();
    again.view.set_desired("eu", "l1", Some(&written));
    again.locate("l1", "eu", 1);
    again.decide("eu", &[(own, 1, &["l1"])]);
    again.deliver();
    assert_eq!(again.commit("eu"), []);
}

#[test]
fn a_region_whose_documents_are_lost_is_written_anew_in_the_next_epoch() {
    let mut world = world().ready();
    world.locate("l1", "eu", 1);
    world.decide("eu", &[(world.own, 1, &["l1"])]);
    world.deliver();
    let before = world.commit("eu").remove(0);
    world.view.reset_desired("eu");
    world.view.set_epoch("eu", None);
    assert_eq!(world.commit("eu"), []);
    world.view.set_epoch("eu", Some(8));
    let after = world.commit("eu").remove(0);
    assert_eq!(after.placements, before.placements);
    assert!(after.order > before.order);
}

#[test]
fn somebody_elses_document_is_corrected() {
    let mut world = world().ready();
    world.locate("l1", "eu", 1);
    world.decide("eu", &[(world.shared, 1, &["l1"])]);
    world.deliver();
    let right = world.commit("eu").remove(0);
    let wrong = Desired { placements: vec![], ..right.clone() };
    world.view.set_desired("eu", "l1", Some(&wrong));
    assert_eq!(world.commit("eu")[0].placements, right.placements);
}

#[test]
fn a_batch_is_no_longer_than_asked_for_and_says_that_there_is_more() {
    let mut world = world().ready();
    for n in 0..10 {
        world.locate(&format!("l{n}"), "eu", 1);
    }
    let outcome = world.view.writes("eu", 4);
    assert_eq!((outcome.rows.len(), outcome.more), (4, true));
}
