use serde_json::json;

use super::*;

fn check(mut manifest: Value, expected: Value) {
    clean(&mut manifest);
    assert_eq!(manifest, expected);
    clean(&mut manifest);
    assert_eq!(manifest, expected, "twice");
}

#[test]
fn what_a_cluster_has_added_to_any_object_goes() {
    check(
        json!({
            "apiVersion": "v1", "kind": "ConfigMap", "status": {"x": 1}, "data": {"status": "kept"},
            "metadata": {
                "name": "a", "generateName": "a-", "uid": "1", "resourceVersion": "2", "generation": 3,
                "managedFields": [], "ownerReferences": [], "selfLink": "/", "creationTimestamp": null,
                "deletionTimestamp": "x", "labels": {"uid": "kept"},
                "annotations": {"kubectl.kubernetes.io/last-applied-configuration": "{}"},
            },
        }),
        json!({
            "apiVersion": "v1", "kind": "ConfigMap", "data": {"status": "kept"},
            "metadata": {"name": "a", "labels": {"uid": "kept"}},
        }),
    );
}

#[test]
fn an_object_that_is_still_to_be_named_keeps_generate_name() {
    let manifest = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"generateName": "a-"}});
    check(manifest.clone(), manifest);
}

#[test]
fn a_service_loses_what_was_assigned() {
    let service =
        |spec: Value| json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a"}, "spec": spec});
    check(
        service(json!({
            "clusterIP": "10.0.0.1", "clusterIPs": ["10.0.0.1"], "ipFamilies": ["IPv4"], "ipFamilyPolicy": "SingleStack",
            "ports": [{"port": 80, "nodePort": 30080}], "healthCheckNodePort": 30081,
        })),
        service(json!({"ports": [{"port": 80}]})),
    );
}

#[test]
fn a_service_keeps_what_was_asked_for() {
    let manifest = json!({
        "apiVersion": "v1", "kind": "Service",
        "metadata": {"name": "a", "annotations": {"tributary.dev/keep-node-ports": "true"}},
        "spec": {
            "clusterIP": "None", "clusterIPs": ["None"], "ipFamilies": ["IPv4", "IPv6"], "ipFamilyPolicy": "PreferDualStack",
            "ports": [{"port": 80, "nodePort": 30080}],
        },
    });
    check(manifest.clone(), manifest);
}

#[test]
fn a_headless_service_keeps_the_families_that_were_asked_for_and_loses_those_that_were_filled_in() {
    let service = |spec: Value| json!({"apiVersion": "v1", "kind": "Service", "spec": spec});
    let asked = service(json!({"clusterIP": "None", "ipFamilies": ["IPv6"]}));
    check(asked.clone(), asked);
    check(
        service(json!({
            "clusterIP": "None", "clusterIPs": ["None"], "ipFamilies": ["IPv4"], "ipFamilyPolicy": "SingleStack",
        })),
        service(json!({"clusterIP": "None", "clusterIPs": ["None"]})),
    );
}

#[test]
fn a_job_loses_its_generated_selector_and_labels_unless_the_selector_is_its_own() {
    let labels = json!({"controller-uid": "1", "batch.kubernetes.io/job-name": "a", "app": "a"});
    let job = |manual: bool, selector: Value, labels: Value| {
        let mut spec = json!({"manualSelector": manual, "template": {"metadata": {"labels": labels}}});
        if !selector.is_null() {
            spec["selector"] = selector;
        }
        json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "a"}, "spec": spec})
    };
    check(
        job(false, json!({"matchLabels": {}}), labels.clone()),
        job(false, Value::Null, json!({"app": "a"})),
    );
    check(
        job(true, json!({"matchLabels": {}}), labels.clone()),
        job(true, json!({"matchLabels": {}}), labels),
    );
}

#[test]
fn a_service_account_loses_its_generated_token_secrets_only() {
    let account = |secrets: Value| json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "a"}, "secrets": secrets});
    check(
        account(json!([{"name": "a-token-x1bcd"}, {"name": "registry"}, {"name": "a-token-signing"}])),
        account(json!([{"name": "registry"}, {"name": "a-token-signing"}])),
    );
}

#[test]
fn a_role_that_is_put_together_from_others_loses_its_rules_and_any_other_keeps_them() {
    let role = |rule: Value, rules: Value| {
        let mut role = json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole"});
        for (field, value) in [("aggregationRule", rule), ("rules", rules)] {
            if !value.is_null() {
                role[field] = value;
            }
        }
        role
    };
    let (rule, rules) =
        (json!({"clusterRoleSelectors": []}), json!([{"verbs": ["get"], "nonResourceURLs": ["/"]}]));
    check(role(rule.clone(), json!([])), role(rule.clone(), Value::Null));
    check(role(rule.clone(), rules.clone()), role(rule, Value::Null));
    check(role(Value::Null, rules.clone()), role(Value::Null, rules));
}
