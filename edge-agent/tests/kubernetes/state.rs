//! What an agent remembers, in the cluster.

use std::sync::Arc;

use bytes::Bytes;
use model::{DesiredPlacement, Digest, Own};
use serde_json::{Value, json};
use testbed::kubernetes::Gate;
use wire::content;

use crate::fixture::{Edge, apart, document, give, is_healthy, placement, status, until};

#[tokio::test]
async fn a_life_without_a_hub_goes_on_where_the_last_one_stopped() {
    let edge = Edge::new("offline").await;
    let mut site = edge.site().await;
    give(&mut site, &document(7, &[placement("shop", &[edge.config_map("a", "1")])])).await;
    let boot = site.outbox().boot;
    drop(site);
    let mut site = edge.site().await;
    site.reconcile().await;
    let outbox = site.outbox();
    assert_eq!((outbox.boot, outbox.order.revision), (boot + 1, 7));
    assert!(is_healthy(&outbox, "shop"));
    assert!(!site.receive("eu", wire::encode_desired(&document(6, &[]), "")).unwrap(), "never back");
}

#[tokio::test]
async fn small_content_is_stored_with_the_document_and_goes_with_it() {
    let edge = Edge::new("apart").await;
    let gate = Gate::start(edge.server, "admin").unwrap();
    let mut site = edge.site_by(gate.kubeconfig()).await;
    for (revision, value) in [(1, "1"), (2, "2")] {
        let (wanted, blobs) = apart(placement("shop", &[edge.config_map("a", value)]));
        gate.forget();
        site.receive("eu", wire::encode_desired(&document(revision, &[wanted]), "")).unwrap();
        blobs.into_iter().for_each(|(digest, content)| site.supply(digest, Some(content)));
        site.follow_up().await;
        assert!(is_healthy(&site.outbox(), "shop"));
    }
    site.tidy().await;
    // The object, the document with its content, and the part of the inventory that the object is in.
    assert_eq!(gate.requests().writes(), 3, "{}", gate.requests());
    drop(site);

    let mut site = edge.site().await;
    edge.kubectl(&["delete", "configmap/a"]);
    site.reconcile().await;
    assert_eq!(edge.field("configmap/a", ".data.v"), "2", "without a hub");
}

#[tokio::test]
async fn large_content_that_changes_a_little_is_stored_as_its_change() {
    let edge = Edge::new("changes").await;
    let gate = Gate::start(edge.server, "admin").unwrap();
    let mut site = edge.site_by(gate.kubeconfig()).await;
    let mut before = None;
    for revision in 1..=3 {
        let mut manifests = edge.config_maps(0..60, &"much ".repeat(200));
        manifests[30] = edge.config_map("a-30", &revision.to_string());
        let (wanted, content) = shared(placement("shop", &manifests), before.as_ref());
        gate.forget();
        site.receive("eu", wire::encode_desired(&document(revision, &[wanted]), "")).unwrap();
        if before.is_none() {
            site.supply(Digest::of(&content), Some(content.clone()));
        }
        site.follow_up().await;
        site.tidy().await;
        assert!(is_healthy(&site.outbox(), "shop"));
        before = Some(content);
    }
    // The object, the document with the change, and the part of the inventory that the object is in.
    assert_eq!(gate.requests().writes(), 3, "{}", gate.requests());
    drop(site);

    let mut site = edge.site().await;
    edge.kubectl(&["delete", "configmap/a-30"]);
    site.reconcile().await;
    assert_eq!(edge.field("configmap/a-30", ".data.v"), "3", "without a hub");
}

/// The same as content that all locations share, which the document tells as a patch of `before`; and that content.
fn shared(placement: DesiredPlacement, before: Option<&Bytes>) -> (DesiredPlacement, Bytes) {
    let Own::Inline(bundle) = placement.own else { unreachable!() };
    let content = wire::encode_bundle(&bundle);
    let patch = before.map(|before| Arc::new(content::make_patch(before, &content, 1024).unwrap()));
    let shared = Some(Digest::of(&content));
    (DesiredPlacement { own: Own::None, shared, patch, ..placement }, content)
}

#[tokio::test]
async fn one_that_was_succeeded_neither_stores_nor_acts() {
    let edge = Edge::new("succeeded").await;
    let mut old = edge.site().await;
    give(&mut old, &document(1, &[placement("shop", &[edge.config_map("a", "1")])])).await;
    let mut new = edge.site().await;
    give(&mut new, &document(2, &[placement("shop", &[edge.config_map("a", "2")])])).await;
    let outbox = give(
        &mut old,
        &document(3, &[placement("shop", &[edge.config_map("a", "3"), edge.config_map("b", "3")])]),
    )
    .await;
    assert_eq!(edge.field("configmap/a", ".data.v"), "2");
    assert!(!edge.has("configmap/b"));
    assert!(status(&outbox, "shop").unhealthy[0].message.contains("taken over"));
}

#[tokio::test]
async fn an_inventory_that_was_lost_is_rebuilt_from_the_marks() {
    let edge = Edge::new("lost").await;
    let mut site = edge.site().await;
    give(
        &mut site,
        &document(1, &[placement("shop", &[edge.config_map("a", "1"), edge.config_map("b", "1")])]),
    )
    .await;
    drop(site);
    edge.kubectl(&["delete", "secrets", "-l", "tributary.dev/state=lost"]);
    let mut site = edge.site().await;
    let outbox = give(&mut site, &document(2, &[placement("shop", &[edge.config_map("a", "1")])])).await;
    assert!(is_healthy(&outbox, "shop"));
    assert!(edge.has("configmap/a") && !edge.has("configmap/b"));
}

#[tokio::test]
async fn an_inventory_that_was_lost_has_kinds_that_are_not_served_in_the_version_that_their_group_prefers() {
    let edge = Edge::new("lost-alpha").await;
    let mut site = edge.site().await;
    let kinds = placement("kinds", &[definition("Gadget", "v1"), definition("Widget", "v1alpha1")]);
    let widget = json!({"apiVersion": "lost.example.com/v1alpha1", "kind": "Widget",
                        "metadata": {"name": "w", "namespace": "lost-alpha"}});
    give(&mut site, &document(1, &[kinds.clone(), placement("shop", &[widget])])).await;
    until(&mut site, "it is applied", |outbox| is_healthy(outbox, "shop")).await;
    drop(site);
    edge.kubectl(&["delete", "secrets", "-l", "tributary.dev/state=lost-alpha"]);
    let mut site = edge.site().await;
    give(&mut site, &document(2, &[kinds])).await;
    until(&mut site, "it is gone", |_| !edge.has("widgets.lost.example.com/w")).await;
}

fn definition(kind: &str, version: &str) -> Value {
    let plural = format!("{}s", kind.to_lowercase());
    json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": format!("{plural}.lost.example.com")},
        "spec": {"group": "lost.example.com", "scope": "Namespaced", "names": {"plural": plural, "kind": kind},
            "versions": [{"name": version, "served": true, "storage": true,
                          "schema": {"openAPIV3Schema": {"type": "object"}}}]}})
}
