//! API servers and stores that are killed in the middle of an agent's work, and come back.

use std::time::Duration;

use edge_agent::Outbox;
use model::Phase;
use testbed::eventually;
use testbed::kubernetes::{Fault, Gate, Rule};

use crate::agents::{Agent, Hub, LEASE, SOON, process};
use crate::fixture::{Edge, document, give, is_healthy, release, status, until, worst};

/// Waits until so many of such requests have been asked.
async fn asked(gate: &Gate, verb: &str, times: u64) {
    let what = format!("{times} times {verb}");
    let asked = eventually(&what, SOON, async || match gate.requests() {
        seen if seen.of(verb, "/configmaps/") >= times => Ok(()),
        seen => Err(seen),
    });
    asked.await.unwrap();
}

/// Slow enough to be killed in the middle.
fn slow(verb: &str) -> Rule {
    Rule::new(Fault::Slow(Duration::from_millis(50))).verb(verb).path("/configmaps/")
}

#[tokio::test]
async fn servers_that_are_killed_in_the_middle_are_waited_for_and_nothing_is_said_to_be_well_meanwhile() {
    let mut edge = Edge::alone("outage").await;
    let gate = Gate::start(&edge.server, "admin").unwrap();
    let mut site = edge.site_by(gate.kubeconfig()).await;
    edge.apply(&edge.config_map("theirs", "x"), "somebody");
    let wanted = release(1, &edge.config_maps(0..60, "1"));
    gate.fail(slow("patch"));
    let killed = async {
        asked(&gate, "patch", 20).await;
        edge.server.api_server().kill();
    };
    let (outbox, ()) = tokio::join!(give(&mut site, &wanted), killed);
    let phases = status(&outbox, "shop").phases;
    assert!(phases.failed > 0 && phases.healthy > 0, "{phases:?}");

    let blind = |outbox: &Outbox| status(outbox, "shop").phases.healthy == 0;
    let outbox = until(&mut site, "it says that it knows nothing", blind).await;
    assert_eq!(worst(&outbox, "shop").0, Phase::Failed);
    // Ten seconds, in which each object was tried a few times.
    let requests = gate.requests();
    assert!(requests.of("patch", "/configmaps/") < 60 * 7 && requests.total() < 1000, "{}", requests.total());

    edge.server.restart_api_server().await.unwrap();
    let outbox = until(&mut site, "all is well", |outbox| is_healthy(outbox, "shop")).await;
    assert_eq!(status(&outbox, "shop").drift_corrected, 0);

    gate.fail(slow("delete"));
    let pruned = async {
        asked(&gate, "delete", 10).await;
        edge.server.etcd().kill();
        edge.server.restart_etcd().await.unwrap();
    };
    let none = document(2, &[]);
    tokio::join!(give(&mut site, &none), pruned);
    until(&mut site, "it is withdrawn", |outbox| status(outbox, "shop").withdrawn).await;
    assert!(edge.values().keys().eq(["theirs"]), "{:?}", edge.values());
}

#[tokio::test]
async fn one_that_loses_its_server_while_it_takes_over_waits_for_it_and_acts_then() {
    let mut edge = Edge::alone("outage-taking-over").await;
    let hub = Hub::start("outage-taking-over").await;
    let mut one = Agent::start(&edge, &hub, "one");
    one.hold("patch", "/configmaps/a-31");
    hub.publish(&release(1, &edge.config_maps(0..60, "1"))).await;
    one.kill_when_it_asks("patch", "/configmaps/a-31").await;
    let mut two = Agent::start(&edge, &hub, "two");
    two.hold("get", "/secrets");
    two.asks("get", "/secrets").await;
    edge.server.api_server().kill();
    two.gate.mend();
    two.process.line("cannot act for the location now", SOON).await.unwrap();
    // One more that starts meanwhile.
    let mut three = process("outage-taking-over", &hub, "three", edge.server.kubeconfig(), LEASE);
    three.line("cannot act for the location now", SOON).await.unwrap();

    hub.publish(&release(2, &edge.config_maps(20..60, "2"))).await;
    edge.server.restart_api_server().await.unwrap();
    hub.healthy(2, 40).await;
    let values = edge.values();
    assert!(values.len() == 40 && values.values().all(|value| value == "2"), "{values:?}");
    for process in [&mut two.process, &mut three] {
        assert!(process.status().unwrap().is_none(), "{} has ended", process.name());
    }
}
