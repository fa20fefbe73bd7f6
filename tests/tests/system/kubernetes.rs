//! Clusters as locations: agents as they are shipped, real API servers, real controllers.

use std::time::Duration;

use testbed::{Kubernetes, eventually};

use crate::fleet::{Fleet, SOON, location, placement, settings};

const STORE: &str = "store-9";

/// A fleet with one location, in a cluster.
async fn joined(kubernetes: &Kubernetes) -> Fleet {
    let mut fleet = Fleet::start_services().await;
    fleet.apply("apiVersion: tributary.dev/v1alpha1\nkind: Region\nmetadata: {name: eu}");
    fleet.apply(&location(STORE, "eu"));
    fleet.start_cluster_agent(STORE, "node-1", kubernetes.kubeconfig());
    fleet
}

fn web(image: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web, namespace: shop, labels: {{app: shop}}}}\n\
         spec: {{replicas: 2, selector: {{matchLabels: {{app: web}}}}, template: {{metadata: {{labels: {{app: web}}}}, \
         spec: {{containers: [{{name: main, image: \"{image}\"}}]}}}}}}"
    )
}

/// What one field of an object of namespace `shop` is; empty where there is none.
fn field(kubernetes: &Kubernetes, object: &str, path: &str) -> String {
    let path = format!("jsonpath={{{path}}}");
    kubernetes.kubectl(&["get", "-n", "shop", object, "--ignore-not-found", "-o", &path]).unwrap_or_default()
}

async fn eventually_field(kubernetes: &Kubernetes, object: &str, path: &str, value: &str) {
    let what = format!("{path} of {object} is {value:?}");
    let reached = eventually(&what, SOON, async || {
        let found = field(kubernetes, object, path);
        if found == value { Ok(()) } else { Err(found) }
    });
    reached.await.unwrap();
}

#[tokio::test]
async fn a_cluster_joins_runs_what_is_placed_and_is_clean_after_withdrawal() {
    let kubernetes = Kubernetes::with_controllers().await.unwrap();
    let fleet = joined(&kubernetes).await;
    fleet.apply(&[settings("prices", "1"), web("shop:1"), placement("shop", "shop")].join("\n---\n"));
    fleet.healthy("shop");
    assert_eq!(field(&kubernetes, "deployment/web", ".status.availableReplicas"), "2");

    kubernetes.kubectl(&["scale", "-n", "shop", "deployment/web", "--replicas", "5"]).unwrap();
    eventually_field(&kubernetes, "deployment/web", ".spec.replicas", "2").await;
    fleet.apply(&web("shop:2"));
    fleet.healthy("shop");
    eventually_field(&kubernetes, "deployment/web", ".spec.template.spec.containers[0].image", "shop:2")
        .await;

    fleet.succeed(&["delete", "placement", "shop"]);
    let clean = eventually("the namespace is gone", SOON, async || {
        let left = kubernetes.kubectl(&["get", "namespace", "shop", "--ignore-not-found"]).unwrap();
        if left.is_empty() { Ok(()) } else { Err(left) }
    });
    clean.await.unwrap();
    fleet.verify().await;
}

#[tokio::test]
async fn another_agent_takes_over_with_the_hub_away_and_acts_on_what_the_first_one_knew() {
    let kubernetes = Kubernetes::start().await.unwrap();
    let mut fleet = joined(&kubernetes).await;
    fleet.apply(&[settings("old", "1"), settings("prices", "1"), placement("shop", "shop")].join("\n---\n"));
    fleet.healthy("shop");
    // A second node acts for a while, and what it remembers gets old.
    fleet.agents.get_mut("node-1").unwrap().terminate(SOON).await.unwrap();
    fleet.start_cluster_agent(STORE, "node-2", kubernetes.kubeconfig());
    fleet.apply(&settings("prices", "2"));
    fleet.healthy("shop");
    fleet.agents.get_mut("node-2").unwrap().terminate(SOON).await.unwrap();
    fleet.agents.get_mut("node-1").unwrap().restart().unwrap();
    fleet.apply(&settings("prices", "3"));
    fleet.apply(&settings("new", "3"));
    fleet.succeed(&["delete", "configmap", "old", "-n", "shop"]);
    eventually_field(&kubernetes, "configmap/old", ".data.version", "").await;
    fleet.healthy("shop");

    fleet.nats.kill();
    fleet.agents.get_mut("node-1").unwrap().kill();
    fleet.agents.get_mut("node-2").unwrap().restart().unwrap();
    kubernetes.kubectl(&["delete", "-n", "shop", "configmap", "new"]).unwrap();
    eventually_field(&kubernetes, "configmap/new", ".data.version", "3").await;
    assert_eq!(field(&kubernetes, "configmap/prices", ".data.version"), "3");
    assert_eq!(field(&kubernetes, "configmap/old", ".data.version"), "");
}

#[tokio::test]
async fn of_two_agents_one_acts_and_the_other_follows_at_once_when_it_is_told_to_stop() {
    let kubernetes = Kubernetes::start().await.unwrap();
    let mut fleet = joined(&kubernetes).await;
    fleet.agents["node-1"].line("this agent acts", SOON).await.unwrap();
    fleet.start_cluster_agent(STORE, "node-2", kubernetes.kubeconfig());
    fleet.agents["node-2"].line("waiting for the lease", SOON).await.unwrap();
    fleet.apply(&[settings("prices", "1"), placement("shop", "shop")].join("\n---\n"));
    fleet.healthy("shop");
    assert_eq!(fleet.agents["node-2"].line("this agent acts", Duration::ZERO).await.ok(), None);
    fleet.agents.get_mut("node-1").unwrap().terminate(SOON).await.unwrap();
    fleet.agents["node-2"].line("this agent acts", SOON).await.unwrap();
    fleet.apply(&settings("prices", "2"));
    fleet.healthy("shop");
    eventually_field(&kubernetes, "configmap/prices", ".data.version", "2").await;
}

#[tokio::test]
async fn a_cluster_whose_api_server_is_killed_is_not_said_to_be_healthy_until_it_is_back() {
    let mut kubernetes = Kubernetes::start().await.unwrap();
    let fleet = joined(&kubernetes).await;
    fleet.apply(&[settings("prices", "1"), placement("shop", "shop")].join("\n---\n"));
    fleet.healthy("shop");
    kubernetes.api_server().kill();
    let unknown = eventually("it is not said to be healthy", SOON, async || {
        let wait = ["wait", "placement/shop", "--for", "healthy", "--timeout", "100ms"];
        if fleet.run(&wait).status.success() { Err("it is") } else { Ok(()) }
    });
    unknown.await.unwrap();
    fleet.apply(&settings("prices", "2"));
    kubernetes.restart_api_server().await.unwrap();
    fleet.healthy("shop");
    eventually_field(&kubernetes, "configmap/prices", ".data.version", "2").await;
    fleet.verify().await;
}
