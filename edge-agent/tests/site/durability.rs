//! What is remembered over restarts, and what happens when it is lost.

use std::fs;

use edge_agent::sink::Directory;
use edge_agent::state::State;

use crate::fixture::{Place, document, give, placement, shared, status};

#[tokio::test]
async fn a_restart_without_a_hub_goes_on_reconciling() {
    let place = Place::new();
    let (shared, (digest, bytes)) = shared("cart", &["a=1"]);
    let mut site = place.site().await;
    site.receive("eu", wire::encode_desired(&document(1, vec![shared]), "")).unwrap();
    site.supply(digest, Some(bytes));
    site.reconcile().await;
    let before = place.text("a");
    drop(site);

    fs::remove_file(place.file("a")).unwrap();
    let mut site = place.site().await;
    site.reconcile().await;
    assert_eq!(place.text("a"), before);
    assert_eq!(status(&site.outbox(), "cart").phases.healthy, 1);
    assert_eq!(site.outbox().boot, 2);
}

#[tokio::test]
async fn a_restart_does_not_go_back() {
    let place = Place::new();
    give(&mut place.site().await, &document(5, vec![placement("cart", &["a=5"])])).await;
    give(&mut place.site().await, &document(4, vec![])).await;
    assert!(place.text("a").is_some());
}

#[tokio::test]
async fn a_withdrawal_is_still_told_after_a_restart() {
    let place = Place::new();
    let mut site = place.site().await;
    give(&mut site, &document(1, vec![placement("cart", &["a=1"])])).await;
    give(&mut site, &document(2, vec![])).await;
    drop(site);
    let mut site = place.site().await;
    site.reconcile().await;
    let told = status(&site.outbox(), "cart");
    assert!(told.withdrawn && told.placement_uid == "uid-cart" && told.rollout == 1);
}

/// Damages a state file in every way that a disk knows, and returns what the agent is afterwards.
async fn damaged(file: &str, damage: impl Fn(&std::path::Path)) -> (Place, edge_agent::Site<Directory>) {
    let place = Place::new();
    let mut site = place.site().await;
    fs::write(place.sink().join("foreign.yaml"), "theirs: true\n").unwrap();
    give(&mut site, &document(3, vec![placement("cart", &["a=1", "b=1"])])).await;
    drop(site);
    damage(&place.state().join(file));
    let mut site = place.site().await;
    site.reconcile().await;
    (place, site)
}

#[tokio::test]
async fn a_damaged_state_file_deletes_nothing_and_the_next_document_converges() {
    let damages: [fn(&std::path::Path); 4] = [
        |path| fs::write(path, b"").unwrap(),
        |path| fs::write(path, b"garbage").unwrap(),
        |path| {
            let bytes = fs::read(path).unwrap();
            fs::write(path, &bytes[..bytes.len() - 1]).unwrap();
        },
        |path| fs::remove_file(path).unwrap(),
    ];
    for file in ["identity", "document", "inventory", "known"] {
        for damage in damages {
            let (place, mut site) = damaged(file, damage).await;
            assert_eq!(place.names().len(), 3, "{file}");
            let outbox = give(&mut site, &document(4, vec![placement("cart", &["b=2"])])).await;
            assert_eq!(place.names(), ["foreign.yaml", "shop_ConfigMap_b.yaml"], "{file}");
            assert_eq!(status(&outbox, "cart").phases.healthy, 1, "{file}");
        }
    }
}

#[tokio::test]
async fn an_inventory_is_rebuilt_only_from_files_that_this_location_wrote() {
    let place = Place::new();
    let mut site = place.site().await;
    give(&mut site, &document(1, vec![placement("cart", &["a=1"])])).await;
    drop(site);
    fs::copy(place.file("a"), place.file("copy")).unwrap();
    let other = fs::read_to_string(place.file("a")).unwrap().replace("store-1", "store-2");
    fs::write(place.sink().join("shop_ConfigMap_other.yaml"), other).unwrap();
    fs::remove_dir_all(place.state()).unwrap();

    give(&mut place.site().await, &document(2, vec![])).await;
    assert_eq!(place.names(), ["shop_ConfigMap_copy.yaml", "shop_ConfigMap_other.yaml"]);
}

#[tokio::test]
async fn a_damaged_blob_is_asked_for_again() {
    let place = Place::new();
    let (shared, (digest, bytes)) = shared("cart", &["a=1"]);
    let mut site = place.site().await;
    site.receive("eu", wire::encode_desired(&document(1, vec![shared]), "")).unwrap();
    site.supply(digest, Some(bytes.clone()));
    site.reconcile().await;
    drop(site);
    fs::write(place.state().join("blobs").join(digest.to_string()), "oops").unwrap();

    let mut site = place.site().await;
    assert_eq!(site.outbox().needs, [digest].into());
    assert!(place.text("a").is_some());
    site.supply(digest, Some(bytes));
    site.reconcile().await;
    assert_eq!(status(&site.outbox(), "cart").phases.healthy, 1);
}

#[tokio::test]
async fn unused_blobs_are_dropped() {
    let place = Place::new();
    let mut site = place.site().await;
    let (first, (one, bytes)) = shared("cart", &["a=1"]);
    site.receive("eu", wire::encode_desired(&document(1, vec![first]), "")).unwrap();
    site.supply(one, Some(bytes));
    let (second, (two, bytes)) = shared("cart", &["a=2"]);
    site.receive("eu", wire::encode_desired(&document(2, vec![second]), "")).unwrap();
    site.supply(two, Some(bytes));
    let stored: Vec<_> = fs::read_dir(place.state().join("blobs")).unwrap().collect();
    assert_eq!(stored.len(), 1);
    assert_eq!(stored[0].as_ref().unwrap().file_name().to_str(), Some(two.to_string().as_str()));
}

#[tokio::test]
async fn a_state_folder_that_takes_nothing_is_reported_and_nothing_new_is_done() {
    let place = Place::new();
    let mut site = place.site().await;
    give(&mut site, &document(1, vec![placement("cart", &["a=1"])])).await;
    // As root, permissions stop nobody: a folder under the temporary file's name does.
    fs::create_dir(place.state().join(".document.new")).unwrap();
    let outbox = give(&mut site, &document(2, vec![placement("cart", &["a=2"])])).await;
    assert_eq!(status(&outbox, "cart").unhealthy[0].reason, "StateNotStored");
    assert!(place.text("a").unwrap().contains("v: \"1\""));

    fs::remove_dir(place.state().join(".document.new")).unwrap();
    give(&mut site, &document(2, vec![placement("cart", &["a=2"])])).await;
    assert!(place.text("a").unwrap().contains("v: \"2\""));
}

#[tokio::test]
async fn an_object_whose_inventory_entry_cannot_be_stored_is_not_created() {
    let place = Place::new();
    let mut site = place.site().await;
    fs::create_dir(place.state().join(".inventory.new")).unwrap();
    let outbox = give(&mut site, &document(1, vec![placement("cart", &["a=1"])])).await;
    assert_eq!(status(&outbox, "cart").unhealthy[0].reason, "StateNotStored");
    assert!(place.names().is_empty());
    fs::remove_dir(place.state().join(".inventory.new")).unwrap();
    site.reconcile().await;
    assert_eq!(status(&site.outbox(), "cart").phases.healthy, 1);
}

#[tokio::test]
async fn two_agents_cannot_share_a_state_folder() {
    let place = Place::new();
    let _site = place.site().await;
    assert!(State::open(&place.state()).unwrap_err().to_string().contains("another agent"));
}
