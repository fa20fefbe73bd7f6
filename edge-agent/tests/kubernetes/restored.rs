//! Clusters that are set back to an older time: what is wanted is made anew, and what others have stays as it is.

use testbed::eventually;
use testbed::kubernetes::Snapshot;

use crate::agents::{Hub, LEASE, SOON, process};
use crate::fixture::{Edge, document, release};

type Alone = Edge<Box<testbed::Kubernetes>>;

async fn is_drift_corrected(edge: &Alone, name: &str, value: &str) {
    let patch = r#"{"data":{"v":"edited"}}"#;
    edge.kubectl(&["patch", &format!("configmap/{name}"), "--type=merge", "-p", patch]);
    holds(edge, name, value).await;
}

async fn holds(edge: &Alone, name: &str, value: &str) {
    let there = eventually("the value is there", SOON, async || match edge.values() {
        values if values.get(name).is_some_and(|there| there == value) => Ok(()),
        values => Err(format!("{values:?}")),
    });
    there.await.unwrap();
}

/// Sets it back, and waits until the agent has found out and made it what the second document says.
async fn set_back(edge: &mut Alone, hub: &Hub, to: &Snapshot, boot: u64) -> u64 {
    edge.server.restore(to).await.unwrap();
    let boot = hub.healthy_again(boot, 2, 10).await;
    let values = edge.values();
    let ours = values.iter().filter(|(name, _)| name.starts_with("a-"));
    assert!(ours.clone().count() == 10 && ours.clone().all(|(_, value)| value == "2"), "{values:?}");
    assert!(!values.contains_key("a-04") && values.contains_key("a-14"), "{values:?}");
    is_drift_corrected(edge, "a-07", "2").await;
    boot
}

#[tokio::test]
async fn it_becomes_what_the_newest_document_says_from_any_older_time() {
    let mut server = testbed::Kubernetes::start().await.unwrap();
    let empty = server.snapshot().await.unwrap();
    let mut edge = Edge::on(Box::new(server), "restored");
    let hub = Hub::start("restored").await;
    let _agent = process("restored", &hub, "one", edge.server.kubeconfig(), LEASE);
    edge.apply(&edge.config_map("theirs", "old"), "somebody");
    hub.publish(&release(1, &edge.config_maps(0..10, "1"))).await;
    hub.healthy(1, 10).await;
    let early = edge.server.snapshot().await.unwrap();
    hub.publish(&release(2, &edge.config_maps(5..15, "2"))).await;
    hub.healthy(2, 10).await;
    edge.kubectl(&["delete", "configmap/theirs"]);

    let boot = set_back(&mut edge, &hub, &early, 0).await;
    assert_eq!(edge.values().get("theirs").map(String::as_str), Some("old"));
    // To before anything of Tributary's was there, its state and its namespace among it.
    set_back(&mut edge, &hub, &empty, boot).await;
    hub.publish(&document(3, &[])).await;
    hub.reported("it is withdrawn", |status| status.withdrawn).await;
    assert!(edge.values().is_empty(), "{:?}", edge.values());
}

#[tokio::test]
async fn an_agent_whose_lease_outlasts_it_finds_out_by_what_it_remembers() {
    let mut edge = Edge::alone("set-back").await;
    let hub = Hub::start("set-back").await;
    let agent = process("set-back", &hub, "one", edge.server.kubeconfig(), "60s");
    hub.publish(&release(1, &edge.config_maps(0..10, "1"))).await;
    hub.healthy(1, 10).await;
    let early = edge.server.snapshot().await.unwrap();
    hub.publish(&release(2, &edge.config_maps(5..15, "2"))).await;
    hub.healthy(2, 10).await;
    edge.server.restore(&early).await.unwrap();
    hub.publish(&release(3, &edge.config_maps(5..15, "3"))).await;
    hub.healthy_again(1, 3, 10).await;
    agent.line("set back", SOON).await.unwrap();
    is_drift_corrected(&edge, "a-14", "3").await;
    assert!(!edge.values().contains_key("a-04"));
}

#[tokio::test]
async fn a_part_of_what_is_remembered_that_somebody_deletes_is_stored_again() {
    let edge = Edge::new("unremembered").await;
    let hub = Hub::start("unremembered").await;
    let agent = process("unremembered", &hub, "one", edge.server.kubeconfig(), "60s");
    hub.publish(&release(1, &edge.config_maps(0..10, "1"))).await;
    hub.healthy(1, 10).await;
    edge.kubectl(&["delete", "secrets", "-l", "tributary.dev/state=unremembered"]);
    hub.publish(&release(2, &edge.config_maps(5..15, "2"))).await;
    hub.healthy(2, 10).await;
    assert!(edge.values().keys().all(|name| name.as_str() > "a-04"), "{:?}", edge.values());
    drop(agent);
}
