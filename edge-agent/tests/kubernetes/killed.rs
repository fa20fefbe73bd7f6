//! Agents that are killed, or stand still, in the middle of their work: whoever goes on finishes it, and does nothing twice.

use std::time::Duration;

use model::Status;
use serde_json::json;
use testbed::eventually;
use testbed::kubernetes::{Fault, Rule};

use crate::agents::{Agent, Hub, SOON};
use crate::fixture::{Edge, document, release};

/// A hub, and an agent of the location.
async fn started(name: &str) -> (Edge, Hub, Agent) {
    let edge = Edge::new(name).await;
    let hub = Hub::start(name).await;
    let agent = Agent::start(&edge, &hub, "one");
    (edge, hub, agent)
}

fn names(numbers: std::ops::Range<usize>) -> Vec<String> {
    numbers.map(|number| format!("a-{number:02}")).collect()
}

#[tokio::test]
async fn what_was_made_when_its_agent_was_killed_is_known_to_the_next_life() {
    let (edge, hub, mut agent) = started("killed-applying").await;
    agent.hold("patch", "/configmaps/a-31");
    edge.apply(&edge.config_map("theirs", "x"), "somebody");
    hub.publish(&release(1, &edge.config_maps(0..60, "1"))).await;
    agent.kill_when_it_asks("patch", "/configmaps/a-31").await;
    let made = edge.values().len() - 1;
    assert!((1..60).contains(&made), "{made}");

    // Some that were made and some that were not are no longer wanted.
    hub.publish(&release(2, &edge.config_maps(20..40, "2"))).await;
    agent.process.restart().unwrap();
    hub.healthy(2, 20).await;
    let mut values = edge.values();
    assert_eq!(values.remove("theirs").as_deref(), Some("x"));
    assert!(values.keys().eq(&names(20..40)) && values.values().all(|value| value == "2"), "{values:?}");
}

#[tokio::test]
async fn a_job_that_ended_while_its_agent_was_killed_is_not_run_again() {
    let (edge, hub, mut agent) = started("killed-started").await;
    let job = json!({"apiVersion": "batch/v1", "kind": "Job",
        "metadata": {"name": "migrate", "namespace": edge.namespace},
        "spec": {"ttlSecondsAfterFinished": 1, "template": {"spec": {"restartPolicy": "Never",
            "containers": [{"name": "main", "image": "x"}]}}}});
    let later = json!({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress",
        "metadata": {"name": "later", "namespace": edge.namespace},
        "spec": {"defaultBackend": {"service": {"name": "web", "port": {"number": 80}}}}});
    agent.hold("patch", "/ingresses/later");
    hub.publish(&release(1, &[job, later])).await;
    agent.kill_when_it_asks("patch", "/ingresses/later").await;
    // As its cluster does a second after its end.
    edge.kubectl(&["delete", "job/migrate"]);
    agent.process.restart().unwrap();
    let done = |status: &Status| status.phases.applied == 1 && status.phases.total() == 2;
    let status = hub.reported("the Job is said to have ended", done).await;
    assert_eq!(status.unhealthy[0].reason, "Finished", "{status:?}");
    assert!(edge.has("ingress/later"));
    assert!(!edge.has("job/migrate") && agent.gate.requests().of("patch", "/jobs/") == 1);
}

#[tokio::test]
async fn a_withdrawal_is_finished_by_the_next_life_and_takes_nothing_of_others() {
    let (edge, hub, mut agent) = started("killed-pruning").await;
    hub.publish(&release(1, &edge.config_maps(0..40, "1"))).await;
    hub.healthy(1, 40).await;
    agent.hold("delete", "/configmaps/a-17");
    hub.publish(&document(2, &[])).await;
    agent.kill_when_it_asks("delete", "/configmaps/a-17").await;
    let left = edge.values();
    assert!(left.len() < 40 && left.contains_key("a-17"), "{left:?}");

    // Somebody else uses the name of one that has gone, and of one that was to go.
    edge.kubectl(&["delete", "configmap/a-39"]);
    for name in ["a-00", "a-39"] {
        edge.apply(&edge.config_map(name, "theirs"), "somebody");
    }
    agent.process.restart().unwrap();
    hub.reported("it is withdrawn", |status| status.withdrawn).await;
    let values = edge.values();
    assert!(
        values.keys().eq(["a-00", "a-39"]) && values.values().all(|value| value == "theirs"),
        "{values:?}"
    );
}

#[tokio::test]
async fn one_that_is_killed_while_it_takes_over_leaves_it_to_the_next_also_with_the_hub_away() {
    let (edge, mut hub, mut one) = started("killed-taking-over").await;
    one.hold("patch", "/configmaps/a-31");
    hub.publish(&release(1, &edge.config_maps(0..60, "1"))).await;
    one.kill_when_it_asks("patch", "/configmaps/a-31").await;
    hub.nats.kill();

    let two = Agent::start(&edge, &hub, "two");
    two.hold("update", ".inventory-2");
    let mut two = two;
    two.kill_when_it_asks("update", ".inventory-2").await;
    let _three = Agent::start(&edge, &hub, "three");
    let done = eventually("all is there", SOON, async || match edge.values() {
        values if values.keys().eq(&names(0..60)) => Ok(()),
        values => Err(format!("{values:?}")),
    });
    done.await.unwrap();
}

#[tokio::test]
async fn one_that_stood_still_while_another_took_over_writes_nothing_when_it_goes_on() {
    let (edge, hub, mut one) = started("frozen").await;
    // Answered while it stands still: what comes next is what it would do.
    let slow = Rule::new(Fault::Slow(Duration::from_millis(500)));
    one.gate.fail(slow.verb("patch").path("/configmaps/a-31").times(1));
    hub.publish(&release(1, &edge.config_maps(0..60, "1"))).await;
    one.asks("patch", "/configmaps/a-31").await;
    one.process.freeze().unwrap();

    let two = Agent::start(&edge, &hub, "two");
    hub.publish(&release(2, &edge.config_maps(20..60, "2"))).await;
    hub.healthy(2, 40).await;
    one.gate.forget();
    one.process.thaw().unwrap();
    one.process.line("lease is lost", SOON).await.unwrap();
    assert_eq!(one.writes(), 0, "{}", one.gate.requests());
    let values = edge.values();
    assert!(values.keys().eq(&names(20..60)) && values.values().all(|value| value == "2"), "{values:?}");
    drop(two);
}
