//! What an agent asks of its cluster while there is nothing to do.

use serde_json::{Value, json};
use testbed::eventually;

use crate::agents::{Agent, Hub, SOON};
use crate::fixture::{Edge, release};

/// Of kinds that are told of by metadata, by their status, and by a definition of their own.
fn workload(edge: &Edge) -> Vec<Value> {
    let namespace = &edge.namespace;
    let of = |api_version: &str, kind: &str, more: Value| {
        let mut manifest = json!({"apiVersion": api_version, "kind": kind,
            "metadata": {"name": "idle", "namespace": namespace}});
        manifest.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        manifest
    };
    let definition = json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "idles.idle.example.com"},
        "spec": {"group": "idle.example.com", "scope": "Namespaced", "names": {"plural": "idles", "kind": "Idle"},
            "versions": [{"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema": {
                "type": "object", "x-kubernetes-preserve-unknown-fields": true}}}]}});
    let role = json!({"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "idle"});
    let mut all = edge.config_maps(0..5, "1");
    all.extend([
        definition,
        json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "idle-more"}}),
        of("idle.example.com/v1", "Idle", json!({"spec": {"size": 1}})),
        of("v1", "Secret", json!({"stringData": {"word": "x"}})),
        of("v1", "ServiceAccount", json!({})),
        of("v1", "Service", json!({"spec": {"ports": [{"port": 80}], "selector": {"app": "web"}}})),
        of("rbac.authorization.k8s.io/v1", "Role", json!({"rules": []})),
        of("rbac.authorization.k8s.io/v1", "RoleBinding", json!({"subjects": [], "roleRef": role})),
        edge.deployment("web", "x:1"),
    ]);
    all
}

/// Waits until it has renewed its lease so many times since requests were counted.
async fn renewals(agent: &Agent, times: u64) {
    let renewed = eventually("the lease is renewed", SOON, async || match agent.gate.requests() {
        seen if seen.of("update", "/leases/") >= times => Ok(()),
        seen => Err(seen),
    });
    renewed.await.unwrap();
}

#[tokio::test]
async fn an_agent_at_rest_renews_its_lease_and_asks_nothing_else_however_often_it_compares() {
    let edge = Edge::new("idle").await;
    let hub = Hub::start("idle").await;
    let agent = Agent::start(&edge, &hub, "one");
    let workload = workload(&edge);
    hub.publish(&release(1, &workload)).await;
    hub.reported("all is applied", |status| {
        status.phases.healthy + 1 == u32::try_from(workload.len()).unwrap()
    })
    .await;
    edge.kubectl(&["patch", "deploy/web", "--subresource=status", "--type=merge", "-p",
        r#"{"status":{"observedGeneration":1,"replicas":2,"updatedReplicas":2,"readyReplicas":2,"availableReplicas":2,"conditions":[{"type":"Available","status":"True"}]}}"#]);
    hub.healthy(1, u32::try_from(workload.len()).unwrap()).await;
    // What it has just learnt is stored.
    agent.gate.forget();
    renewals(&agent, 2).await;
    agent.gate.forget();
    // Half a second each, as between two comparisons of everything.
    renewals(&agent, 16).await;
    let asked = agent.gate.requests();
    assert_eq!(asked.total(), asked.of("update", "/leases/tributary.idle"), "{asked}");
}
