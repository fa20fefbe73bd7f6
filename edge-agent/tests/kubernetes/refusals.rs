//! What the API server does not take, in its words, while all else proceeds.

use model::Phase;
use serde_json::{Value, json};

use crate::fixture::{Edge, document, give, is_healthy, placement, status, until, worst};

/// The refused object is reported so, in words that contain these, and the other one is applied.
async fn check(name: &str, refused: Value, reason: &str, words: &str) {
    let edge = Edge::new(name).await;
    let mut site = edge.site().await;
    let mut refused = refused;
    refused["metadata"]["namespace"] = name.into();
    let outbox =
        give(&mut site, &document(1, &[placement("shop", &[edge.config_map("good", "1"), refused])])).await;
    assert_eq!(worst(&outbox, "shop"), (Phase::Failed, reason.to_owned()), "{:?}", status(&outbox, "shop"));
    let message = &status(&outbox, "shop").unhealthy[0].message;
    assert!(message.contains(words), "{message}");
    assert_eq!(status(&outbox, "shop").phases.healthy, 1);
    assert!(site.due().is_some(), "it is tried again");
}

#[tokio::test]
async fn an_invalid_value() {
    let invalid = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s"}, "spec": {"ports": [{"port": 99999}]}});
    check("invalid", invalid, "Invalid", "must be between 1 and 65535").await;
}

#[tokio::test]
async fn an_unknown_field() {
    let unknown =
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "dota": {"a": "1"}});
    check("unknown", unknown, "Invalid", "dota").await;
}

#[tokio::test]
async fn more_than_a_quota_allows() {
    let edge = Edge::new("quota").await;
    let quota = json!({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "q", "namespace": "quota"},
                       "spec": {"hard": {"services": "0"}}, "status": {"hard": {"services": "0"}, "used": {"services": "0"}}});
    edge.apply(&quota, "somebody");
    edge.kubectl(&[
        "patch",
        "resourcequota/q",
        "--subresource=status",
        "--type=merge",
        "-p",
        r#"{"status":{"hard":{"services":"0"},"used":{"services":"0"}}}"#,
    ]);
    let mut site = edge.site().await;
    let service = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s", "namespace": "quota"},
                         "spec": {"ports": [{"port": 80}]}});
    let outbox = give(&mut site, &document(1, &[placement("shop", &[service])])).await;
    assert_eq!(worst(&outbox, "shop"), (Phase::Failed, "QuotaExceeded".to_owned()));
    edge.kubectl(&["delete", "resourcequota/q"]);
    until(&mut site, "it is applied when there is room", |outbox| is_healthy(outbox, "shop")).await;
}

#[tokio::test]
async fn what_an_admission_policy_denies() {
    let edge = Edge::new("denied").await;
    let policy = json!({"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicy",
        "metadata": {"name": "denied"},
        "spec": {"matchConstraints": {"resourceRules": [{"apiGroups": [""], "apiVersions": ["v1"],
                    "operations": ["CREATE", "UPDATE"], "resources": ["configmaps"]}]},
            "validations": [{"expression": "!has(object.data) || !('bad' in object.data)", "message": "nothing bad here"}]}});
    let binding = json!({"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicyBinding",
        "metadata": {"name": "denied"}, "spec": {"policyName": "denied", "validationActions": ["Deny"],
            "matchResources": {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "denied"}}}}});
    edge.apply(&policy, "somebody");
    edge.apply(&binding, "somebody");
    let bad = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "bad", "namespace": "denied"}, "data": {"bad": "1"}});
    // The policy is in force a moment after it was made.
    testbed::eventually("the policy is in force", std::time::Duration::from_secs(30), || async {
        let refused = edge.server.kubectl_input(&["apply", "--dry-run=server", "-f", "-"], &bad.to_string());
        refused.is_err().then_some(()).ok_or("not yet")
    })
    .await
    .unwrap();
    let mut site = edge.site().await;
    let outbox = give(&mut site, &document(1, &[placement("shop", &[bad])])).await;
    assert_eq!(worst(&outbox, "shop"), (Phase::Failed, "AdmissionDenied".to_owned()));
    assert!(status(&outbox, "shop").unhealthy[0].message.contains("nothing bad here"));
}

#[tokio::test]
async fn a_field_that_cannot_be_changed_unless_the_object_may_be_replaced() {
    let edge = Edge::new("immutable").await;
    let mut site = edge.site().await;
    let wanted = |value: &str, replace: bool| {
        let mut manifest = edge.config_map("a", value);
        manifest["immutable"] = true.into();
        if replace {
            manifest["metadata"]["annotations"] = json!({"tributary.dev/replace": "true"});
        }
        placement("shop", &[manifest])
    };
    give(&mut site, &document(1, &[wanted("1", false)])).await;
    let outbox = give(&mut site, &document(2, &[wanted("2", false)])).await;
    assert_eq!(worst(&outbox, "shop"), (Phase::Failed, "Immutable".to_owned()));
    assert_eq!(edge.field("configmap/a", ".data.v"), "1");
    give(&mut site, &document(3, &[wanted("3", true)])).await;
    until(&mut site, "it is replaced", |outbox| is_healthy(outbox, "shop")).await;
    assert_eq!(edge.field("configmap/a", ".data.v"), "3");
}

#[tokio::test]
async fn a_kind_in_no_namespace_that_is_given_one() {
    let edge = Edge::new("scope").await;
    let definition = json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "things.scope.example.com"},
        "spec": {"group": "scope.example.com", "scope": "Cluster", "names": {"plural": "things", "kind": "Thing"},
            "versions": [{"name": "v1", "served": true, "storage": true,
                "schema": {"openAPIV3Schema": {"type": "object"}}}]}});
    let thing = json!({"apiVersion": "scope.example.com/v1", "kind": "Thing", "metadata": {"name": "t", "namespace": "scope"}});
    let mut site = edge.site().await;
    let outbox = give(&mut site, &document(1, &[placement("shop", &[definition, thing])])).await;
    assert_eq!(worst(&outbox, "shop"), (Phase::Failed, "Invalid".to_owned()));
    assert!(status(&outbox, "shop").unhealthy[0].message.contains("remove metadata.namespace"));
}
