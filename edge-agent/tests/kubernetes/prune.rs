//! What is no longer wanted.

use model::{Deletion, DesiredPlacement, Phase};
use serde_json::json;

use crate::fixture::{Edge, document, give, is_healthy, placement, status, until, worst};

#[tokio::test]
async fn what_is_no_longer_wanted_is_deleted_and_nothing_else() {
    let edge = Edge::new("pruned").await;
    let mut site = edge.site().await;
    edge.apply(&edge.config_map("theirs", "1"), "somebody");
    give(
        &mut site,
        &document(1, &[placement("shop", &[edge.config_map("a", "1"), edge.config_map("b", "1")])]),
    )
    .await;
    let outbox = give(&mut site, &document(2, &[placement("shop", &[edge.config_map("b", "1")])])).await;
    assert!(is_healthy(&outbox, "shop"));
    assert!(!edge.has("configmap/a") && edge.has("configmap/b") && edge.has("configmap/theirs"));
    let outbox = give(&mut site, &document(3, &[])).await;
    assert!(status(&outbox, "shop").withdrawn);
    assert!(!edge.has("configmap/b") && edge.has("configmap/theirs"));
}

#[tokio::test]
async fn an_orphaned_object_stays() {
    let edge = Edge::new("orphaned").await;
    let mut site = edge.site().await;
    let orphaning =
        DesiredPlacement { deletion: Deletion::Orphan, ..placement("shop", &[edge.config_map("a", "1")]) };
    give(&mut site, &document(1, &[orphaning])).await;
    let outbox = give(&mut site, &document(2, &[])).await;
    assert!(status(&outbox, "shop").withdrawn && edge.has("configmap/a"));
}

#[tokio::test]
async fn an_object_that_took_the_name_of_one_of_ours_is_not_deleted() {
    let edge = Edge::new("usurped").await;
    let mut site = edge.site().await;
    give(&mut site, &document(1, &[placement("shop", &[edge.config_map("a", "1")])])).await;
    drop(site);
    edge.kubectl(&["delete", "configmap/a"]);
    edge.apply(&edge.config_map("a", "theirs"), "somebody");
    let mut site = edge.site().await;
    let outbox = give(&mut site, &document(2, &[])).await;
    assert!(status(&outbox, "shop").withdrawn);
    assert_eq!(edge.field("configmap/a", ".data.v"), "theirs");
}

#[tokio::test]
async fn who_has_to_finish_with_an_object_is_named_until_it_has() {
    let edge = Edge::new("finalized").await;
    let mut site = edge.site().await;
    let mut held = edge.config_map("a", "1");
    held["metadata"]["finalizers"] = json!(["example.com/hold"]);
    give(&mut site, &document(1, &[placement("shop", &[held])])).await;
    let outbox = give(&mut site, &document(2, &[])).await;
    assert_eq!(worst(&outbox, "shop"), (Phase::Progressing, "Terminating".to_owned()));
    assert!(status(&outbox, "shop").unhealthy[0].message.contains("example.com/hold"));
    edge.kubectl(&[
        "patch",
        "configmap/a",
        "--type=json",
        "-p",
        r#"[{"op":"remove","path":"/metadata/finalizers"}]"#,
    ]);
    until(&mut site, "it is gone", |outbox| status(outbox, "shop").withdrawn).await;
    assert!(!edge.has("configmap/a"));
}

#[tokio::test]
async fn a_week_of_missed_changes_is_made_good_in_one_step() {
    let edge = Edge::new("week").await;
    let mut site = edge.site().await;
    let old: Vec<_> = (0..20).map(|n| edge.config_map(&format!("old-{n}"), "1")).collect();
    give(&mut site, &document(1, &[placement("shop", &old)])).await;
    drop(site);
    let mut site = edge.site().await;
    let new: Vec<_> = (10..30).map(|n| edge.config_map(&format!("old-{n}"), "2")).collect();
    let outbox = give(&mut site, &document(900, &[placement("shop", &new)])).await;
    assert!(is_healthy(&outbox, "shop"));
    let names = edge.kubectl(&[
        "get",
        "configmaps",
        "-l",
        "tributary.dev/location=week",
        "-o",
        "jsonpath={.items[*].data.v}",
    ]);
    assert_eq!(names, vec!["2"; 20].join(" "));
}
