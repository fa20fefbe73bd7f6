//! An agent that may do what `tributary agent rbac` prints and nothing else: it manages its workload, and says what it lacks.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use edge_agent::Site;
use edge_agent::lease::Lease;
use edge_agent::sink::{Cluster, Kubernetes};
use edge_agent::state::{State, ensure_namespace};
use model::Phase;
use serde_json::{Value, json};

use crate::fixture::{Edge, document, give, placement, status, until};

/// What `tributary agent rbac` prints for these manifests.
fn printed(edge: &Edge, manifests: &[Value]) -> Vec<Value> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("workload.yaml");
    let text: Vec<_> = manifests.iter().map(Value::to_string).collect();
    std::fs::write(&file, text.join("\n---\n")).unwrap();
    let name = &edge.namespace;
    let mut command = Command::new(testbed::binary("tributary").unwrap());
    command.args(["agent", "rbac", "-o", "json", "--namespace", name, "--location", name]);
    command.args(["--service-account", name, "-f"]).arg(&file);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let list: Value = serde_json::from_slice(&output.stdout).unwrap();
    list["items"].as_array().unwrap().clone()
}

/// Grants this and no more; the kubeconfig of who has it.
fn grant(edge: &Edge, manifests: &[Value]) -> PathBuf {
    let list = json!({"apiVersion": "v1", "kind": "List", "items": manifests});
    edge.server.apply(&list.to_string()).unwrap();
    let token = edge.kubectl(&["create", "token", &edge.namespace]);
    let user = format!("agent-of-{}", edge.namespace);
    edge.server.kubeconfig_with(&user, &edge.server.url(), token.trim()).unwrap()
}

async fn site(edge: &Edge, kubeconfig: &std::path::Path) -> (Cluster, Site<Kubernetes>) {
    let cluster = Cluster::connect(Some(kubeconfig), &edge.namespace).await.unwrap();
    ensure_namespace(&cluster, &edge.namespace).await.unwrap();
    let state = testbed::eventually("the rights are in force", Duration::from_secs(30), || async {
        State::in_cluster(&cluster, &edge.namespace, None).await
    });
    let state = state.await.unwrap();
    let site = Site::open(state, Kubernetes::new(cluster.clone()), "eu").await.unwrap();
    (cluster, site)
}

/// Of each sort that needs other rights.
fn workload(edge: &Edge) -> Vec<Value> {
    let name = &edge.namespace;
    let group = format!("{name}.example.com");
    let rbac = "rbac.authorization.k8s.io";
    vec![
        edge.config_map("a", "1"),
        edge.deployment("cart", "x:1"),
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "far", "namespace": format!("{name}-made")}}),
        json!({"apiVersion": format!("{rbac}/v1"), "kind": "Role", "metadata": {"name": "reader", "namespace": name},
               "rules": [{"apiGroups": ["batch"], "resources": ["cronjobs"], "verbs": ["*"]}]}),
        json!({"apiVersion": format!("{rbac}/v1"), "kind": "RoleBinding", "metadata": {"name": "readers", "namespace": name},
               "roleRef": {"apiGroup": rbac, "kind": "Role", "name": "reader"},
               "subjects": [{"kind": "ServiceAccount", "name": "default", "namespace": name}]}),
        json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
               "metadata": {"name": format!("octopodes.{group}")},
               "spec": {"group": group, "scope": "Namespaced", "names": {"plural": "octopodes", "kind": "Octopus"},
                   "versions": [{"name": "v1", "served": true, "storage": true,
                       "schema": {"openAPIV3Schema": {"type": "object"}}}]}}),
        json!({"apiVersion": format!("{group}/v1"), "kind": "Octopus", "metadata": {"name": "o", "namespace": name}}),
    ]
}

#[tokio::test]
async fn the_printed_rights_are_enough_to_apply_and_to_withdraw() {
    let edge = Edge::new("enough").await;
    let manifests = workload(&edge);
    let kubeconfig = grant(&edge, &printed(&edge, &manifests));
    let (cluster, mut site) = site(&edge, &kubeconfig).await;
    let mut lease = Lease::new(&cluster, &edge.namespace, "me", Duration::from_secs(15));
    lease.acquire().await.unwrap().release().await;

    give(&mut site, &document(1, &[placement("shop", &manifests)])).await;
    until(&mut site, "all is applied", |outbox| {
        let phases = status(outbox, "shop").phases;
        // No controller makes the Deployment available.
        phases.healthy == 6 && phases.progressing == 1
    })
    .await;
    assert!(edge.has("octopus/o") && edge.has("role/reader") && edge.has("rolebinding/readers"));

    give(&mut site, &document(2, &[])).await;
    until(&mut site, "all is gone", |outbox| status(outbox, "shop").withdrawn).await;
    assert!(!edge.has("deployment/cart") && !edge.has("role/reader"));
    let made = edge.server.kubectl(&["get", "namespace", "enough-made"]).unwrap();
    assert!(made.contains("Active"), "it may not look whether others use it, so that it stays: {made}");
}

/// Takes a right away, and expects a report that names it, of an object that needs it.
async fn check(name: &str, verb: &str) -> Edge {
    let edge = Edge::new(name).await;
    let mut manifests = printed(&edge, &workload(&edge));
    for rule in
        manifests.iter_mut().filter_map(|manifest| manifest.get_mut("rules")?.as_array_mut()).flatten()
    {
        let concerns = rule["resources"].as_array().unwrap().contains(&json!("configmaps"));
        let verbs = rule["verbs"].as_array_mut().unwrap();
        verbs.retain(|known| !concerns || known != verb);
    }
    let kubeconfig = grant(&edge, &manifests);
    let (_, mut site) = site(&edge, &kubeconfig).await;
    give(&mut site, &document(1, &[placement("shop", &[edge.config_map("a", "1")])])).await;
    let words = format!("cannot {verb} resource \"configmaps\"");
    until(&mut site, &words, |outbox| {
        let status = status(outbox, "shop");
        status.unhealthy.first().is_some_and(|worst| {
            (worst.phase, worst.reason.as_str()) == (Phase::Failed, "Forbidden")
                && worst.message.contains(&words)
        })
    })
    .await;
    edge
}

#[tokio::test]
async fn a_right_to_write_that_lacks_is_named() {
    let without_patch = check("lacks-patch", "patch").await;
    assert!(!without_patch.has("configmap/a"));
    let without_create = check("lacks-create", "create").await;
    assert!(!without_create.has("configmap/a"));
}

#[tokio::test]
async fn a_right_to_look_that_lacks_is_named() {
    check("lacks-get", "get").await;
    check("lacks-list", "list").await;
    check("lacks-watch", "watch").await;
}

/// Kinds that are no workload, or cannot be made.
const NOT_MADE: &[&str] =
    &["Event", "Node", "Endpoints", "EndpointSlice", "Lease", "CSINode", "CSIStorageCapacity"];

#[tokio::test]
async fn rights_name_all_built_in_kinds_as_the_api_server_does() {
    let edge = Edge::new("plurals").await;
    let listed = edge.server.kubectl(&["api-resources", "--no-headers", "--verbs=create,delete"]).unwrap();
    let mut expected = BTreeSet::new();
    let mut manifests = Vec::new();
    for line in listed.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [name, .., api_version, _, kind] = words[..] else { panic!("{line}") };
        let group = api_version.split_once('/').map_or("", |(group, _)| group);
        if model::is_built_in_group(group) && !NOT_MADE.contains(&kind) {
            expected.insert((group.to_owned(), name.to_owned()));
            manifests.push(json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": "x", "namespace": "plurals"}}));
        }
    }
    let role =
        printed(&edge, &manifests).into_iter().find(|manifest| manifest["kind"] == "ClusterRole").unwrap();
    let mut named = BTreeSet::new();
    for rule in
        role["rules"].as_array().unwrap().iter().filter(|rule| rule["verbs"].as_array().unwrap().len() == 6)
    {
        let group = rule["apiGroups"][0].as_str().unwrap();
        let resources = rule["resources"].as_array().unwrap().iter();
        named.extend(resources.map(|name| (group.to_owned(), name.as_str().unwrap().to_owned())));
    }
    assert!(expected.len() > 30 && named == expected, "{:?}", named.symmetric_difference(&expected));
}
