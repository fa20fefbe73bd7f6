//! Which of several agents acts.

use std::time::Duration;

use edge_agent::lease::Lease;
use edge_agent::state::ensure_namespace;
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::fixture::Edge;

const DURATION: Duration = Duration::from_secs(2);
const SOON: Duration = Duration::from_secs(30);

async fn lease(edge: &Edge, holder: &str) -> Lease {
    let cluster = edge.cluster().await;
    ensure_namespace(&cluster, &edge.namespace).await.unwrap();
    Lease::new(&cluster, &edge.namespace, holder, DURATION)
}

#[tokio::test]
async fn a_lease_that_is_renewed_is_nobody_elses_and_one_given_up_is_had_at_once() {
    let edge = Edge::new("leased").await;
    let (mut one, mut two) = (lease(&edge, "one").await, lease(&edge, "two").await);
    let mut held = timeout(SOON, one.acquire()).await.unwrap().unwrap();
    assert!(timeout(DURATION * 3, two.acquire()).await.is_err(), "taken from who renews it");
    assert_eq!(edge.field("lease/tributary.leased", ".spec.holderIdentity"), "one");
    held.release().await;
    timeout(SOON, two.acquire()).await.unwrap().unwrap();
    assert_eq!(edge.field("lease/tributary.leased", ".spec.holderIdentity"), "two");
}

#[tokio::test]
async fn a_lease_that_is_not_renewed_is_taken_over_and_its_holder_told() {
    let edge = Edge::new("lapsed").await;
    let (mut one, mut two) = (lease(&edge, "one").await, lease(&edge, "two").await);
    drop(timeout(SOON, one.acquire()).await.unwrap().unwrap());
    let mut held = timeout(SOON, two.acquire()).await.unwrap().unwrap();
    // Somebody takes it by force.
    edge.kubectl(&[
        "patch",
        "lease/tributary.lapsed",
        "--type=merge",
        "-p",
        r#"{"spec":{"holderIdentity":"three"}}"#,
    ]);
    timeout(SOON, held.lost()).await.unwrap();
}

#[tokio::test]
async fn what_a_lease_says_of_the_time_of_day_counts_for_nothing() {
    for (name, time) in [("fast", "2999-01-01T00:00:00.000000Z"), ("late", "2001-01-01T00:00:00.000000Z")] {
        let edge = Edge::new(name).await;
        let renew = |transitions: u32| {
            let spec = format!(
                r#"{{"holderIdentity":"other","leaseDurationSeconds":2,"renewTime":"{time}","leaseTransitions":{transitions}}}"#
            );
            let lease = json!({"apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
                "metadata": {"name": format!("tributary.{name}"), "namespace": name},
                "spec": serde_json::from_str::<Value>(&spec).unwrap()});
            edge.apply(&lease, "other");
        };
        renew(0);
        let mut mine = lease(&edge, "mine").await;
        // Whoever has it renews it, whatever its clock says.
        for transitions in 1..=6 {
            let waited = timeout(DURATION / 2, mine.acquire()).await;
            assert!(waited.is_err(), "{name}: taken from who renews it");
            renew(transitions);
        }
        timeout(SOON, mine.acquire()).await.unwrap().unwrap();
    }
}
