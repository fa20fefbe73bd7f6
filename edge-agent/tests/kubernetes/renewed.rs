//! What an agent is let in by is replaced while it runs.

use std::path::Path;

use serde_json::Value;
use testbed::Kubernetes;

use crate::agents::{Hub, LEASE, SOON, process};
use crate::fixture::{Edge, release};

/// The token that a kubeconfig names.
fn token(kubeconfig: &Path) -> String {
    let text = std::fs::read_to_string(kubeconfig).unwrap();
    let after = text.split_once("token: \"").unwrap().1;
    after.split_once('"').unwrap().0.to_owned()
}

#[tokio::test]
async fn a_certificate_and_tokens_that_are_replaced_are_taken_up() {
    let server = Kubernetes::options().user("agent", &["system:masters"]).start().await.unwrap();
    let mut edge = Edge::on(Box::new(server), "renewed");
    let hub = Hub::start("renewed").await;
    let maps = |edge: &Edge<Box<Kubernetes>>, n: u64| release(n, &edge.config_maps(0..3, &n.to_string()));
    // Its token is in a file of its own, as in a pod.
    let folder = tempfile::tempdir().unwrap();
    let (own, file) = (edge.server.kubeconfig_of("agent"), folder.path().join("token"));
    let written = token(&own);
    std::fs::write(&file, &written).unwrap();
    let by_file = std::fs::read_to_string(&own).unwrap();
    let named = format!("tokenFile: {}", Value::from(file.to_str().unwrap()));
    let by_file = by_file.replace(&format!("token: \"{written}\""), &named);
    let kubeconfig = folder.path().join("kubeconfig");
    std::fs::write(&kubeconfig, by_file).unwrap();
    let mut agent = process("renewed", &hub, "one", &kubeconfig, LEASE);
    hub.publish(&maps(&edge, 1)).await;
    hub.healthy(1, 3).await;

    edge.server.rotate_certificate().await.unwrap();
    hub.publish(&maps(&edge, 2)).await;
    hub.healthy(2, 3).await;

    edge.server.rotate_token("agent").await.unwrap();
    hub.publish(&maps(&edge, 3)).await;
    agent.line("Unauthorized", SOON).await.unwrap();
    std::fs::write(&file, token(&own)).unwrap();
    hub.healthy(3, 3).await;

    // In the kubeconfig itself.
    agent.kill();
    let _agent = process("renewed", &hub, "one", &own, LEASE);
    hub.publish(&maps(&edge, 4)).await;
    hub.healthy(4, 3).await;
    edge.server.rotate_token("agent").await.unwrap();
    hub.publish(&maps(&edge, 5)).await;
    hub.healthy(5, 3).await;
}
