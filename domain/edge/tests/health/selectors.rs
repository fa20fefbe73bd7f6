//! Which pods belong to an object.

use edge::selects_pods;
use serde_json::{Value, json};

use crate::check::{with, without};
use crate::samples::{autoscaler, daemon_set, deployment, job, plain, pod, replica_set, stateful_set};

#[track_caller]
fn selects(object: &Value, selector: &str) {
    assert_eq!(selects_pods(object).as_deref(), Some(selector));
}

#[test]
fn workloads_select_their_pods_by_labels() {
    selects(&deployment(), "app=web");
    selects(&replica_set(), "app=web");
    selects(&stateful_set(), "app=db");
    selects(&daemon_set(), "app=node-exporter");
    selects(&job(), "batch.kubernetes.io/controller-uid=6f1d6c2e-6f0e-4a59-9f3a-0c3f6f0a7b11");
    for object in [deployment(), replica_set(), stateful_set(), daemon_set(), job()] {
        assert_eq!(selects_pods(&without(object.clone(), "spec.template")), selects_pods(&object));
    }
}

#[test]
fn expressions_are_written_as_an_api_server_reads_them() {
    let expressions = json!([
        {"key": "tier", "operator": "In", "values": ["front", "back"]},
        {"key": "env", "operator": "NotIn", "values": ["test"]},
        {"key": "example.com/owner", "operator": "Exists"},
        {"key": "legacy", "operator": "DoesNotExist"},
    ]);
    let both = with(deployment(), "spec.selector.matchExpressions", expressions.clone());
    selects(&both, "app=web,tier in (front,back),env notin (test),example.com/owner,!legacy");
    let only = with(deployment(), "spec.selector", json!({"matchExpressions": expressions}));
    selects(&only, "tier in (front,back),env notin (test),example.com/owner,!legacy");
}

#[test]
fn a_replication_controller_selects_by_a_plain_map() {
    let controller =
        with(plain("v1", "ReplicationController"), "spec.selector", json!({"app": "web", "tier": ""}));
    selects(&controller, "app=web,tier=");
}

#[test]
fn custom_workloads_with_a_template_of_containers_select_pods_too() {
    for (group, kind) in [("apps.kruise.io/v1alpha1", "CloneSet"), ("apps.kruise.io/v1beta1", "StatefulSet")]
    {
        selects(&with(with(deployment(), "apiVersion", group), "kind", kind), "app=web");
    }
    let machines = with(deployment(), "apiVersion", "cluster.x-k8s.io/v1beta1");
    let machines = with(machines, "spec.template.spec", json!({"bootstrap": {}, "clusterName": "c"}));
    assert_eq!(selects_pods(&with(machines, "kind", "MachineDeployment")), None);
}

#[test]
fn what_has_no_pods_selects_none() {
    let service = with(plain("v1", "Service"), "spec.selector", json!({"app": "web"}));
    for object in [service, pod(), autoscaler(), plain("v1", "ConfigMap"), Value::Null] {
        assert_eq!(selects_pods(&object), None);
    }
}

#[test]
fn a_selector_that_is_empty_or_cannot_be_told_selects_none_rather_than_too_much() {
    let selectors = [
        json!({}),
        json!({"matchLabels": {}}),
        json!({"matchLabels": {"app": 3}}),
        json!({"matchLabels": {"app": "web,tier!=x"}}),
        json!({"matchLabels": {"app": "web"}, "matchExpressions": "none"}),
        json!({"matchLabels": {"app": "web"}, "matchExpressions": [{"key": "a", "operator": "Gt", "values": ["1"]}]}),
        json!({"matchLabels": {"app": "web"}, "matchExpressions": [{"key": "a", "operator": "In", "values": []}]}),
        json!({"matchLabels": {"app": "web"}, "matchExpressions": [{"operator": "Exists"}]}),
    ];
    for selector in selectors {
        let object = with(deployment(), "spec.selector", selector.clone());
        assert_eq!(selects_pods(&object), None, "{selector}");
    }
}
