//! What others change, and what only looks like it.

use edge_agent::Outbox;
use serde_json::json;

use crate::fixture::{Edge, document, give, is_healthy, placement, status, turn, until};

#[tokio::test]
async fn a_changed_or_deleted_object_is_put_right_and_counted() {
    let edge = Edge::new("drift").await;
    let mut site = edge.site().await;
    let wanted = placement("shop", &[edge.config_map("a", "1"), edge.config_map("b", "1")]);
    give(&mut site, &document(1, &[wanted])).await;
    edge.kubectl(&["patch", "configmap/a", "--type=merge", "-p", r#"{"data":{"v":"edited"}}"#]);
    until(&mut site, "the edit is noticed", |outbox| status(outbox, "shop").drift_corrected == 1).await;
    edge.kubectl(&["delete", "configmap/b"]);
    until(&mut site, "the deletion is noticed", |outbox| status(outbox, "shop").drift_corrected == 2).await;
    assert_eq!(edge.field("configmap/a", ".data.v"), "1");
    assert_eq!(edge.field("configmap/b", ".data.v"), "1");
}

#[tokio::test]
async fn many_objects_that_are_deleted_at_once_are_not_looked_at_one_by_one() {
    let edge = Edge::new("many-deleted").await;
    let mut site = edge.site().await;
    let maps: Vec<_> = (0..60).map(|n| edge.config_map(&format!("a-{n}"), "1")).collect();
    give(&mut site, &document(1, &[placement("shop", &maps)])).await;
    edge.kubectl(&["delete", "configmaps", "--all"]);
    let mut turns = 0;
    while status(&site.outbox(), "shop").drift_corrected < 60 {
        turn(&mut site).await;
        turns += 1;
    }
    // One for each would be 60 at least.
    assert!(turns < 45, "{turns} turns");
}

#[tokio::test]
async fn an_object_whose_mark_was_taken_off_gets_it_back() {
    let edge = Edge::new("unmarked").await;
    let mut site = edge.site().await;
    give(&mut site, &document(1, &[placement("shop", &[edge.config_map("a", "1")])])).await;
    edge.kubectl(&["label", "configmap/a", "tributary.dev/location-"]);
    until(&mut site, "the mark is back", |outbox| status(outbox, "shop").drift_corrected == 1).await;
    assert_eq!(edge.field("configmap/a", ".metadata.labels.tributary\\.dev/location"), "unmarked");
}

#[tokio::test]
async fn drift_while_nobody_looked_is_put_right_by_the_next_life() {
    let edge = Edge::new("unwatched").await;
    let mut site = edge.site().await;
    give(&mut site, &document(1, &[placement("shop", &[edge.config_map("a", "1")])])).await;
    drop(site);
    edge.kubectl(&["patch", "configmap/a", "--type=merge", "-p", r#"{"data":{"v":"edited"}}"#]);
    let mut site = edge.site().await;
    site.reconcile().await;
    assert_eq!(edge.field("configmap/a", ".data.v"), "1");
    assert_eq!(status(&site.outbox(), "shop").drift_corrected, 1);
}

#[tokio::test]
async fn defaults_quantities_status_and_fields_of_others_are_no_drift() {
    let edge = Edge::new("no-drift").await;
    let mut site = edge.site().await;
    give(&mut site, &document(1, &[placement("shop", &[edge.deployment("web", "x:1")])])).await;
    let version = || edge.field("deploy/web", ".metadata.resourceVersion");
    edge.kubectl(&["annotate", "deploy/web", "theirs=1"]);
    edge.kubectl(&["patch", "deploy/web", "--subresource=status", "--type=merge", "-p",
        r#"{"status":{"observedGeneration":9,"replicas":2,"updatedReplicas":2,"readyReplicas":2,"availableReplicas":2,"conditions":[{"type":"Available","status":"True"}]}}"#]);
    let before = version();
    until(&mut site, "its status is told", |outbox| is_healthy(outbox, "shop")).await;
    site.reconcile().await;
    assert_eq!(status(&site.outbox(), "shop").drift_corrected, 0);
    assert_eq!(version(), before);
}

#[tokio::test]
async fn one_that_is_changed_again_and_again_is_left_for_a_while_and_the_rival_named() {
    let edge = Edge::new("fought").await;
    let mut site = edge.site().await;
    give(&mut site, &document(1, &[placement("shop", &[edge.config_map("a", "1")])])).await;
    let mut corrected = 0;
    while !is_contested(&site.outbox()) {
        edge.kubectl(&[
            "patch",
            "configmap/a",
            "--type=merge",
            "--field-manager=rival",
            "-p",
            r#"{"data":{"v":"edited"}}"#,
        ]);
        corrected += 1;
        assert!(corrected < 10, "nobody gives in");
        let seen =
            |outbox: &Outbox| status(outbox, "shop").drift_corrected == corrected || is_contested(outbox);
        until(&mut site, "the edit is noticed", seen).await;
    }
    let outbox = until(&mut site, "it says so", is_contested).await;
    assert!(status(&outbox, "shop").unhealthy[0].message.starts_with("rival changes it again and again"));
    // Who is left alone wins after the pause.
    until(&mut site, "it is put right later", |outbox| is_healthy(outbox, "shop")).await;
    assert_eq!(edge.field("configmap/a", ".data.v"), "1");
}

fn is_contested(outbox: &Outbox) -> bool {
    status(outbox, "shop").unhealthy.iter().any(|object| object.reason == "FoughtOver")
}

#[tokio::test]
async fn an_object_that_a_controller_copies_labels_to_is_not_taken_for_ours() {
    let edge = Edge::new("copied").await;
    let mut site = edge.site().await;
    give(&mut site, &document(1, &[placement("shop", &[edge.config_map("a", "1")])])).await;
    let mark = edge.field("configmap/a", ".metadata.annotations.tributary\\.dev/mark");
    edge.apply(
        &json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "copy", "namespace": "copied",
        "labels": {"tributary.dev/location": "copied"}, "annotations": {"tributary.dev/mark": mark}}}),
        "somebody",
    );
    site.reconcile().await;
    give(&mut site, &document(2, &[])).await;
    assert!(edge.has("configmap/copy") && !edge.has("configmap/a"));
}
