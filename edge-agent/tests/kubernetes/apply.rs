//! What becomes of a document.

use model::{Adopt, Conflict, DesiredPlacement, Phase};
use serde_json::json;

use crate::fixture::{Edge, create_only, document, give, is_healthy, placement, status, until, worst};

#[tokio::test]
async fn objects_are_applied_with_the_mark_and_reported_healthy() {
    let edge = Edge::new("applied").await;
    let mut site = edge.site().await;
    let wanted = placement("shop", &[edge.config_map("a", "1"), edge.config_map("b", "2")]);
    let outbox = give(&mut site, &document(1, &[wanted])).await;
    assert!(is_healthy(&outbox, "shop"), "{:?}", status(&outbox, "shop"));
    assert_eq!(edge.field("configmap/b", ".data.v"), "2");
    assert_eq!(edge.field("configmap/a", ".metadata.labels.tributary\\.dev/location"), "applied");
    let managers = edge.kubectl(&[
        "get",
        "configmap/a",
        "--show-managed-fields",
        "-o",
        "jsonpath={.metadata.managedFields[*].manager}",
    ]);
    assert_eq!(managers, "tributary");
}

#[tokio::test]
async fn a_second_look_and_a_second_life_write_nothing() {
    let edge = Edge::new("second").await;
    let mut site = edge.site().await;
    let wanted = placement("shop", &[edge.config_map("a", "1"), edge.deployment("web", "x:1")]);
    give(&mut site, &document(1, &[wanted])).await;
    let versions = || {
        (
            edge.field("configmap/a", ".metadata.resourceVersion"),
            edge.field("deploy/web", ".metadata.resourceVersion"),
        )
    };
    let before = versions();
    site.reconcile().await;
    drop(site);
    let mut site = edge.site().await;
    site.reconcile().await;
    assert_eq!(status(&site.outbox(), "shop").phases.total(), 2);
    assert_eq!(status(&site.outbox(), "shop").drift_corrected, 0);
    assert_eq!(versions(), before);
}

#[tokio::test]
async fn a_field_removed_at_the_source_goes_and_what_others_added_stays() {
    let edge = Edge::new("fields").await;
    let mut site = edge.site().await;
    let mut wanted = edge.config_map("a", "1");
    wanted["data"]["extra"] = "x".into();
    give(&mut site, &document(1, &[placement("shop", &[wanted])])).await;
    edge.apply(
        &json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "namespace": "fields"},
                       "data": {"theirs": "y"}}),
        "somebody",
    );
    let outbox = give(&mut site, &document(2, &[placement("shop", &[edge.config_map("a", "2")])])).await;
    assert!(is_healthy(&outbox, "shop"));
    assert_eq!(edge.field("configmap/a", ".data"), r#"{"theirs":"y","v":"2"}"#);
}

#[tokio::test]
async fn a_namespace_that_nobody_asked_for_is_made_and_goes_with_what_is_in_it() {
    let edge = Edge::new("implied").await;
    let mut site = edge.site().await;
    let mut inside = edge.config_map("a", "1");
    inside["metadata"]["namespace"] = "implied-more".into();
    let outbox = give(&mut site, &document(1, &[placement("shop", &[inside.clone()])])).await;
    assert!(is_healthy(&outbox, "shop"), "{:?}", status(&outbox, "shop"));
    assert_eq!(status(&outbox, "shop").phases.total(), 1);
    assert_eq!(edge.field("namespace/implied-more", ".metadata.labels.tributary\\.dev/location"), "implied");
    give(&mut site, &document(2, &[])).await;
    // Nothing empties a namespace where there are no controllers.
    assert_eq!(edge.field("namespace/implied-more", ".status.phase"), "Terminating");
}

#[tokio::test]
async fn a_namespace_that_others_use_stays() {
    let edge = Edge::new("shared").await;
    let mut site = edge.site().await;
    let mut inside = edge.config_map("a", "1");
    inside["metadata"]["namespace"] = "shared-more".into();
    give(&mut site, &document(1, &[placement("shop", &[inside])])).await;
    edge.server.kubectl(&["create", "configmap", "theirs", "-n", "shared-more"]).unwrap();
    let outbox = give(&mut site, &document(2, &[])).await;
    assert!(status(&outbox, "shop").withdrawn);
    assert_eq!(edge.field("namespace/shared-more", ".status.phase"), "Active");
    assert!(edge.server.kubectl(&["get", "configmap", "a", "-n", "shared-more"]).is_err());
}

#[tokio::test]
async fn custom_resources_are_applied_with_their_definition_and_as_soon_as_somebody_else_serves_it() {
    let edge = Edge::new("custom").await;
    let mut site = edge.site().await;
    let widget = json!({"apiVersion": "custom.example.com/v1", "kind": "Widget",
                        "metadata": {"name": "w", "namespace": "custom"}, "spec": {"size": 1}});
    let outbox = give(&mut site, &document(1, &[placement("shop", std::slice::from_ref(&widget))])).await;
    assert_eq!(worst(&outbox, "shop"), (Phase::Pending, "KindNotServed".to_owned()));
    edge.apply(&definition("custom.example.com"), "somebody");
    until(&mut site, "the widget is applied", |outbox| is_healthy(outbox, "shop")).await;
    assert_eq!(edge.field("widget.custom.example.com/w", ".spec.size"), "1");

    let mut other = widget;
    other["apiVersion"] = "own.example.com/v1".into();
    let both = placement("both", &[definition("own.example.com"), other]);
    let outbox = give(&mut site, &document(2, &[both])).await;
    assert!(is_healthy(&outbox, "both"), "{:?}", status(&outbox, "both"));
}

fn definition(group: &str) -> serde_json::Value {
    json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": format!("widgets.{group}")},
        "spec": {"group": group, "scope": "Namespaced", "names": {"plural": "widgets", "kind": "Widget"},
            "versions": [{"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema": {
                "type": "object", "properties": {"spec": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}}}}}]}})
}

#[tokio::test]
async fn what_somebody_else_made_is_adopted_only_as_the_placement_says() {
    let edge = Edge::new("adopt").await;
    let mut site = edge.site().await;
    edge.apply(&edge.config_map("same", "1"), "somebody");
    edge.apply(&edge.config_map("other", "theirs"), "somebody");
    let both = [edge.config_map("same", "1"), edge.config_map("other", "ours")];
    let outbox = give(&mut site, &document(1, &[placement("shop", &both)])).await;
    assert_eq!((status(&outbox, "shop").phases.healthy, status(&outbox, "shop").phases.conflict), (1, 1));
    assert_eq!(worst(&outbox, "shop"), (Phase::Conflict, "NotAdopted".to_owned()));
    assert_eq!(edge.field("configmap/other", ".data.v"), "theirs");

    let always = DesiredPlacement { adopt: Adopt::Always, ..placement("shop", &both) };
    let outbox = give(&mut site, &document(2, &[always])).await;
    assert!(is_healthy(&outbox, "shop"));
    assert_eq!(edge.field("configmap/other", ".data.v"), "ours");
}

#[tokio::test]
async fn a_default_or_another_spelling_is_no_difference_for_adoption() {
    let edge = Edge::new("adopt-defaults").await;
    let mut site = edge.site().await;
    edge.apply(&edge.deployment("web", "x:1"), "somebody");
    let mut spelled = edge.deployment("web", "x:1");
    spelled["spec"]["template"]["spec"]["containers"][0]["resources"]["limits"]["cpu"] = "1".into();
    let outbox = give(&mut site, &document(1, &[placement("shop", &[spelled])])).await;
    assert_eq!(status(&outbox, "shop").phases.conflict, 0, "{:?}", status(&outbox, "shop"));
}

#[tokio::test]
async fn fields_of_others_are_taken_over_or_reported() {
    let edge = Edge::new("conflict").await;
    let mut site = edge.site().await;
    give(&mut site, &document(1, &[placement("shop", &[edge.config_map("a", "1")])])).await;
    let report = |value: &str| DesiredPlacement {
        conflict: Conflict::Report,
        ..placement("shop", &[edge.config_map("a", value)])
    };
    edge.apply(&edge.config_map("a", "theirs"), "somebody");
    let outbox = give(&mut site, &document(2, &[report("2")])).await;
    assert_eq!(worst(&outbox, "shop"), (Phase::Conflict, "FieldConflict".to_owned()));
    assert_eq!(edge.field("configmap/a", ".data.v"), "theirs");
    let outbox = give(&mut site, &document(3, &[placement("shop", &[edge.config_map("a", "3")])])).await;
    assert!(is_healthy(&outbox, "shop"));
    assert_eq!(edge.field("configmap/a", ".data.v"), "3");
}

#[tokio::test]
async fn what_is_created_only_is_created_once_somebody_elses_is_gone() {
    let edge = Edge::new("create-later").await;
    let mut site = edge.site().await;
    edge.apply(&edge.config_map("a", "1"), "somebody");
    let mut bad = edge.config_map("bad", "1");
    bad["data"]["v"] = json!(1);
    let wanted = create_only(placement("shop", &[edge.config_map("a", "2"), bad]));
    give(&mut site, &document(1, &[wanted])).await;
    assert_eq!(edge.field("configmap/a", ".data.v"), "1");
    edge.kubectl(&["delete", "configmap/a"]);
    // It is asked for again once something else cannot be applied.
    until(&mut site, "created", |_| edge.has("configmap/a")).await;
    assert_eq!(edge.field("configmap/a", ".data.v"), "2");
}

#[tokio::test]
async fn what_is_created_only_is_neither_changed_nor_taken_over() {
    let edge = Edge::new("create-only").await;
    let mut site = edge.site().await;
    edge.apply(&edge.config_map("theirs", "1"), "somebody");
    let wanted = |value: &str| {
        create_only(placement("shop", &[edge.config_map("ours", value), edge.config_map("theirs", value)]))
    };
    let outbox = give(&mut site, &document(1, &[wanted("2")])).await;
    assert!(is_healthy(&outbox, "shop"), "{:?}", status(&outbox, "shop"));
    give(&mut site, &document(2, &[wanted("3")])).await;
    assert_eq!(edge.field("configmap/ours", ".data.v"), "2");
    give(&mut site, &document(3, &[])).await;
    assert!(!edge.has("configmap/ours") && edge.has("configmap/theirs"));
}
