//! Content that documents name: asked for, patched, lost.

use model::Digest;
use serde_json::json;
use translation::Want;

use crate::one::world;
use crate::world::config_map;

#[test]
fn content_that_is_not_there_is_asked_for_again() {
    let mut world = world().ready();
    world.decide("eu", &[(world.shared, 1, &["l1"])]);
    let wants = world.view.wants();
    assert_eq!(wants, [Want::Release(world.shared)]);
    world.view.set_missing(wants[0]);
    assert_eq!(world.view.wants(), []);
    world.view.tidy();
    assert_eq!(world.view.wants(), wants);
}

#[test]
fn a_changed_shared_part_is_told_as_a_patch_of_what_the_document_named_before() {
    let mut world = world().ready();
    world.locate("l1", "eu", 1);
    world.decide("eu", &[(world.shared, 1, &["l1"])]);
    world.deliver();
    let first = world.commit("eu").remove(0).placements.remove(0);
    assert_eq!(first.patch, None);

    world.locate("l2", "eu", 2);
    world.complete(2);
    let next = world.contents.add(vec![config_map("a", json!({"x": "z"}))], vec![]);
    world.decide("eu", &[(next, 2, &["l1", "l2"])]);
    world.deliver();
    let [known, new] = world.commit("eu").try_into().unwrap();
    let patch = known.placements[0].patch.clone().unwrap();
    assert_eq!(Some(patch.base), first.shared);
    assert_eq!(Some(Digest::from_bytes(&patch.data).unwrap()), known.placements[0].shared);
    assert_eq!(new.placements[0].patch, None, "it has nothing that a patch could start from");
    assert!(world.commit("eu").is_empty(), "the patch alone is no reason to write again");
}

#[test]
fn lost_blobs_are_not_patched_from() {
    let mut world = world().ready();
    world.locate("l1", "eu", 1);
    world.decide("eu", &[(world.own, 1, &["l1"])]);
    world.deliver();
    world.commit("eu");
    world.view.set_epoch("eu", Some(8));
    world.view.set_blobs_epoch(8);
    let outcome = world.writes("eu");
    let entry = &outcome.rows[0].desired.placements[0];
    assert_eq!(entry.patch, None);
    assert!(outcome.blobs.iter().any(|(digest, _)| Some(*digest) == entry.shared));
}
