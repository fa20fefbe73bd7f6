//! Fields that others own, and what the state of custom kinds means.

use model::{
    Dependency, DependencyPhase, DesiredPlacement, HealthCheck, HealthPhase, IgnoreWhen, IgnoredPath, Own,
    Phase,
};
use serde_json::json;

use crate::fixture::{Edge, document, give, is_healthy, placement, status, until, worst};

fn ignoring(mut placement: DesiredPlacement, path: &str, when: IgnoreWhen) -> DesiredPlacement {
    let Own::Inline(bundle) = &mut placement.own else { unreachable!() };
    for object in &mut bundle.objects {
        object.ignore = [IgnoredPath { path: path.to_owned(), when }].into();
    }
    placement
}

#[tokio::test]
async fn an_autoscaler_owns_replicas_and_nobody_fights() {
    let edge = Edge::new("autoscaled").await;
    let mut site = edge.site().await;
    let wanted = |image: &str| {
        ignoring(placement("shop", &[edge.deployment("web", image)]), "$.spec.replicas", IgnoreWhen::OnUpdate)
    };
    let replicas = || edge.field("deploy/web", ".spec.replicas");
    give(&mut site, &document(1, &[wanted("x:1")])).await;
    assert_eq!(replicas(), "2", "what it is created with");
    // An update before anybody has scaled it must not reset the field to its default.
    give(&mut site, &document(2, &[wanted("x:2")])).await;
    assert_eq!(replicas(), "2");
    edge.kubectl(&["scale", "deploy/web", "--replicas", "7"]);
    let version = edge.field("deploy/web", ".metadata.resourceVersion");
    site.reconcile().await;
    assert_eq!(
        (replicas(), edge.field("deploy/web", ".metadata.resourceVersion")),
        ("7".to_owned(), version)
    );
    let outbox = give(&mut site, &document(3, &[wanted("x:3")])).await;
    assert_eq!(replicas(), "7");
    assert_eq!(edge.field("deploy/web", ".spec.template.spec.containers[0].image"), "x:3");
    assert_eq!(status(&outbox, "shop").drift_corrected, 0);
    drop(site);
    let mut site = edge.site().await;
    site.reconcile().await;
    assert_eq!((replicas(), status(&site.outbox(), "shop").drift_corrected), ("7".to_owned(), 0));
}

#[tokio::test]
async fn a_placement_waits_until_another_one_is_healthy_in_this_cluster() {
    let edge = Edge::new("depending").await;
    let mut site = edge.site().await;
    let depends_on = vec![Dependency { placement: "db".into(), phase: DependencyPhase::Healthy }];
    let shop = DesiredPlacement { depends_on, ..placement("shop", &[edge.config_map("a", "1")]) };
    let db = placement("db", &[edge.deployment("db", "x:1")]);
    let outbox = give(&mut site, &document(1, &[db, shop])).await;
    assert!(edge.has("deploy/db") && !edge.has("configmap/a"));
    assert_eq!(worst(&outbox, "shop"), (Phase::Pending, "WaitsForPlacement".to_owned()));
    // As its controller would.
    let ready = json!({"status": {"observedGeneration": 1, "replicas": 2, "updatedReplicas": 2, "readyReplicas": 2,
        "availableReplicas": 2, "conditions": [{"type": "Available", "status": "True"}]}});
    edge.kubectl(&["patch", "deploy/db", "--subresource=status", "--type=merge", "-p", &ready.to_string()]);
    until(&mut site, "it goes on", |outbox| is_healthy(outbox, "shop")).await;
    assert!(edge.has("configmap/a"));
}

#[tokio::test]
async fn a_field_that_is_ignored_from_now_on_is_no_drift_when_somebody_changes_it() {
    let edge = Edge::new("ignored").await;
    let mut site = edge.site().await;
    let plain = placement("shop", &[edge.config_map("a", "1")]);
    give(&mut site, &document(1, std::slice::from_ref(&plain))).await;
    let ignoring = ignoring(plain, "$.data.v", IgnoreWhen::OnUpdate);
    give(&mut site, &document(2, &[ignoring])).await;
    edge.kubectl(&["patch", "configmap/a", "--type=merge", "-p", r#"{"data":{"v":"theirs"}}"#]);
    site.reconcile().await;
    assert_eq!(edge.field("configmap/a", ".data.v"), "theirs");
    assert_eq!(status(&site.outbox(), "shop").drift_corrected, 0);
}

#[tokio::test]
async fn a_health_rule_says_how_a_custom_resource_fares() {
    let edge = Edge::new("judged").await;
    let mut site = edge.site().await;
    let definition = json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "gauges.judged.example.com"},
        "spec": {"group": "judged.example.com", "scope": "Namespaced", "names": {"plural": "gauges", "kind": "Gauge"},
            "versions": [{"name": "v1", "served": true, "storage": true, "subresources": {"status": {}},
                "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}}}]}});
    let gauge = json!({"apiVersion": "judged.example.com/v1", "kind": "Gauge",
                       "metadata": {"name": "g", "namespace": "judged"}, "spec": {"goal": 3}});
    let check = |when: &str, phase, reason: &str| HealthCheck {
        when: when.to_owned(),
        phase,
        reason: reason.to_owned(),
        message: "by the rule".to_owned(),
    };
    let mut wanted = placement("shop", &[definition, gauge]);
    let Own::Inline(bundle) = &mut wanted.own else { unreachable!() };
    for object in bundle.objects.iter_mut().filter(|object| object.key.kind == "Gauge") {
        object.health = [
            check("status.level >= obj.spec.goal", HealthPhase::Healthy, ""),
            check("status.level < 0", HealthPhase::Degraded, "Empty"),
            check("true", HealthPhase::Progressing, "Filling"),
        ]
        .into();
    }
    let outbox = give(&mut site, &document(1, &[wanted])).await;
    assert_eq!(worst(&outbox, "shop"), (Phase::Progressing, "Filling".to_owned()));
    let level = |level: &str| {
        let patch = format!(r#"{{"status":{{"level":{level}}}}}"#);
        edge.kubectl(&[
            "patch",
            "gauge.judged.example.com/g",
            "--subresource=status",
            "--type=merge",
            "-p",
            &patch,
        ]);
    };
    level("-1");
    let degraded = |outbox: &edge_agent::Outbox| status(outbox, "shop").phases.degraded == 1;
    until(&mut site, "the rule is heard", degraded).await;
    level("3");
    until(&mut site, "it is well", |outbox| is_healthy(outbox, "shop")).await;
}
