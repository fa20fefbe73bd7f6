//! What the folder holds.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use model::{Adopt, Deletion, Dependency, DependencyPhase, DesiredPlacement, Phase, Rendered};

use crate::fixture::{Place, document, give, manifest, placement, shared, status};

#[tokio::test]
async fn a_document_becomes_files_and_then_a_healthy_status() {
    let place = Place::new();
    let mut site = place.site().await;
    let outbox = give(&mut site, &document(1, vec![placement("cart", &["a=1", "b=2"])])).await;
    assert_eq!(place.names(), ["shop_ConfigMap_a.yaml", "shop_ConfigMap_b.yaml"]);
    assert!(
        place
            .text("a")
            .unwrap()
            .ends_with("\ndata:\n  v: \"1\"\nkind: ConfigMap\nmetadata:\n  name: a\n  namespace: shop\n")
    );
    assert_eq!((status(&outbox, "cart").phases.healthy, status(&outbox, "cart").phases.total()), (2, 2));
}

#[tokio::test]
async fn what_is_no_longer_wanted_is_deleted_and_the_placement_reported_as_withdrawn() {
    let place = Place::new();
    let mut site = place.site().await;
    give(&mut site, &document(1, vec![placement("cart", &["a=1"]), placement("pay", &["b=1"])])).await;
    let outbox = give(&mut site, &document(2, vec![placement("cart", &["a=1"])])).await;
    assert_eq!(place.names(), ["shop_ConfigMap_a.yaml"]);
    assert!(status(&outbox, "pay").withdrawn);
    site.confirm_withdrawn(&crate::fixture::key("pay"));
    assert_eq!(site.outbox().statuses.len(), 1);
}

#[tokio::test]
async fn an_orphaned_object_stays() {
    let place = Place::new();
    let mut site = place.site().await;
    let orphaning = DesiredPlacement { deletion: Deletion::Orphan, ..placement("cart", &["a=1"]) };
    give(&mut site, &document(1, vec![orphaning])).await;
    let outbox = give(&mut site, &document(2, vec![])).await;
    assert!(place.text("a").is_some() && status(&outbox, "cart").withdrawn);
}

#[tokio::test]
async fn drift_is_noticed_at_once_corrected_and_counted() {
    let place = Place::new();
    let mut site = place.site().await;
    give(&mut site, &document(1, vec![placement("cart", &["a=1", "b=1"])])).await;
    let before = place.text("a").unwrap();

    fs::write(place.file("a"), "edited: by hand\n").unwrap();
    tokio::time::timeout(Duration::from_secs(5), site.changed()).await.unwrap();
    site.reconcile().await;
    assert_eq!(place.text("a").unwrap(), before);

    fs::remove_file(place.file("b")).unwrap();
    tokio::time::timeout(Duration::from_secs(5), site.changed()).await.unwrap();
    site.reconcile().await;
    assert!(place.text("b").is_some());
    assert_eq!(status(&site.outbox(), "cart").drift_corrected, 2);
}

#[tokio::test]
async fn the_agents_own_writes_are_not_drift() {
    let place = Place::new();
    let mut site = place.site().await;
    give(&mut site, &document(1, vec![placement("cart", &["a=1", "b=1"])])).await;
    give(&mut site, &document(2, vec![placement("cart", &["a=2"])])).await;
    assert!(tokio::time::timeout(Duration::from_millis(100), site.changed()).await.is_err());
    assert_eq!(status(&site.outbox(), "cart").drift_corrected, 0);
}

#[tokio::test]
async fn a_foreign_file_is_neither_overwritten_nor_deleted() {
    let place = Place::new();
    let mut site = place.site().await;
    fs::write(place.file("a"), "theirs: true\n").unwrap();
    fs::write(place.sink().join("README"), "hello").unwrap();
    let outbox = give(&mut site, &document(1, vec![placement("cart", &["a=1", "b=1"])])).await;
    let reported = status(&outbox, "cart");
    assert_eq!((reported.phases.conflict, reported.phases.healthy), (1, 1));
    assert_eq!(reported.unhealthy[0].reason, "NotAdopted");

    give(&mut site, &document(2, vec![])).await;
    assert_eq!(place.names(), ["README", "shop_ConfigMap_a.yaml"]);
    assert_eq!(place.text("a").unwrap(), "theirs: true\n");
}

#[tokio::test]
async fn a_foreign_file_that_agrees_is_adopted_as_it_is() {
    let place = Place::new();
    let mut site = place.site().await;
    let mut theirs = manifest("a", "1");
    theirs["data"]["more"] = "kept".into();
    fs::write(place.file("a"), theirs.to_string()).unwrap();
    let outbox = give(&mut site, &document(1, vec![placement("cart", &["a=1"])])).await;
    assert_eq!(status(&outbox, "cart").phases.healthy, 1);
    assert_eq!(place.text("a").unwrap(), theirs.to_string());
    give(&mut site, &document(2, vec![])).await;
    assert_eq!(place.text("a"), None);
}

#[tokio::test]
async fn a_foreign_file_is_taken_over_where_the_placement_says_so() {
    let place = Place::new();
    let mut site = place.site().await;
    fs::write(place.file("a"), "theirs: true\n").unwrap();
    let always = DesiredPlacement { adopt: Adopt::Always, ..placement("cart", &["a=1"]) };
    give(&mut site, &document(1, vec![always])).await;
    assert!(place.text("a").unwrap().contains("v: \"1\""));
}

#[tokio::test]
async fn what_cannot_be_written_fails_in_the_systems_words_and_the_rest_goes_on() {
    let place = Place::new();
    let mut site = place.site().await;
    fs::create_dir_all(place.file("a").join("in the way")).unwrap();
    let outbox = give(&mut site, &document(1, vec![placement("cart", &["a=1", "b=1"])])).await;
    let reported = status(&outbox, "cart");
    assert_eq!((reported.phases.failed, reported.phases.healthy), (1, 1));
    assert!(reported.unhealthy[0].message.contains("Is a directory"), "{reported:?}");
}

#[tokio::test]
async fn a_write_that_failed_is_tried_again() {
    let place = Place::new();
    let mut site = place.site().await;
    give(&mut site, &document(1, vec![placement("cart", &["a=1"])])).await;
    fs::remove_file(place.file("a")).unwrap();
    fs::remove_dir(place.sink()).unwrap();
    fs::write(place.sink(), "a file where the folder should be").unwrap();
    site.reconcile().await;
    assert_eq!(status(&site.outbox(), "cart").phases.failed, 1);

    fs::remove_file(place.sink()).unwrap();
    tokio::time::sleep_until(site.due().unwrap()).await;
    site.reconcile().await;
    assert_eq!(status(&site.outbox(), "cart").phases.healthy, 1);
}

#[tokio::test]
async fn a_missing_blob_keeps_what_is_there_and_is_said() {
    let place = Place::new();
    let mut site = place.site().await;
    let (first, (one, bytes)) = shared("cart", &["a=1"]);
    site.receive("eu", wire::encode_desired(&document(1, vec![first]), "")).unwrap();
    assert_eq!(site.outbox().needs, [one].into());
    site.supply(one, Some(bytes));
    site.reconcile().await;
    let before = place.text("a");
    assert!(before.is_some());

    let (second, (two, _)) = shared("cart", &["b=2"]);
    site.receive("eu", wire::encode_desired(&document(2, vec![second]), "")).unwrap();
    site.supply(two, None);
    site.reconcile().await;
    assert_eq!(place.text("a"), before);
    assert_eq!(status(&site.outbox(), "cart").unhealthy[0].reason, "BlobMissing");
    assert_eq!(site.outbox().needs, [two].into());
}

#[tokio::test]
async fn a_withheld_object_keeps_what_is_there() {
    let place = Place::new();
    let mut site = place.site().await;
    give(&mut site, &document(1, vec![placement("cart", &["a=1"])])).await;
    let mut withheld = placement("cart", &["a=1", "b=1"]);
    let model::Own::Inline(bundle) = &mut withheld.own else { unreachable!() };
    bundle.objects[0].content = Rendered::Withheld("no such label: city".into());
    let outbox = give(&mut site, &document(2, vec![withheld])).await;
    assert!(place.text("a").is_some() && place.text("b").is_some());
    assert_eq!(status(&outbox, "cart").unhealthy[0].message, "no such label: city");
}

#[tokio::test]
async fn an_older_document_changes_nothing() {
    let place = Place::new();
    let mut site = place.site().await;
    give(&mut site, &document(5, vec![placement("cart", &["a=5"])])).await;
    give(&mut site, &document(4, vec![])).await;
    assert!(place.text("a").unwrap().contains("v: \"5\""));
}

#[tokio::test]
async fn a_patch_makes_the_next_bundle_and_a_wrong_one_is_fetched_instead() {
    let place = Place::new();
    let mut site = place.site().await;
    let (first, (one, bytes)) = shared("cart", &["a=1", "b=1"]);
    give(&mut site, &document(1, vec![first])).await;
    site.supply(one, Some(bytes.clone()));
    site.reconcile().await;

    let (second, (_, next)) = shared("cart", &["a=2", "b=1"]);
    let patch = Arc::new(wire::content::make_patch(&bytes, &next, usize::MAX).unwrap());
    let patched = DesiredPlacement { patch: Some(patch.clone()), ..second };
    let outbox = give(&mut site, &document(2, vec![patched])).await;
    assert!(outbox.needs.is_empty(), "{outbox:?}");
    let text = place.text("a");
    assert!(text.as_ref().unwrap().contains("v: \"2\""), "{text:?}");

    let (third, (three, _)) = shared("cart", &["a=3", "b=1"]);
    let wrong = DesiredPlacement { patch: Some(patch), ..third };
    let outbox = give(&mut site, &document(3, vec![wrong])).await;
    assert_eq!(outbox.needs, [three].into());
    assert_eq!(place.text("a"), text, "what is here stays until it has come");
}

#[tokio::test]
async fn placements_that_wait_for_each_other_are_applied_one_after_the_other_and_kept_when_the_first_goes() {
    let place = Place::new();
    let mut site = place.site().await;
    let after = |first: &str, placement: DesiredPlacement| {
        let depends_on = vec![Dependency { placement: first.into(), phase: DependencyPhase::Healthy }];
        DesiredPlacement { depends_on, ..placement }
    };
    let shop = || after("db", placement("shop", &["b=1"]));
    let waiting =
        give(&mut site, &document(1, vec![shop(), after("shop", placement("web", &["c=1"]))])).await;
    assert_eq!(place.names(), Vec::<String>::new());
    let unhealthy = &status(&waiting, "shop").unhealthy[0];
    assert_eq!((unhealthy.phase, &*unhealthy.reason), (Phase::Pending, "WaitsForPlacement"));
    assert!(unhealthy.message.ends_with("it is not placed here"), "{}", unhealthy.message);

    let all = vec![placement("db", &["a=1"]), shop(), after("shop", placement("web", &["c=1"]))];
    give(&mut site, &document(2, all)).await;
    assert_eq!(place.names().len(), 3, "{:?}", place.names());
    let outbox = give(&mut site, &document(3, vec![shop()])).await;
    assert_eq!(place.names().len(), 1, "what is there stays");
    assert!(status(&outbox, "shop").unhealthy.is_empty());
}
