//! An API server that fails, and what an agent asks of one that does not.

use std::time::Duration;

use edge_agent::sink::Kubernetes;
use edge_agent::{Outbox, Site};
use model::Phase;
use testbed::kubernetes::{Fault, Gate, Rule};

use crate::fixture::{Edge, document, give, is_healthy, placement, status, turn, until, worst};

/// A life of the agent whose requests go through a gate.
async fn site(edge: &Edge) -> (Site<Kubernetes>, Gate) {
    let gate = Gate::start(edge.server, "admin").unwrap();
    (edge.site_by(gate.kubeconfig()).await, gate)
}

#[tokio::test]
async fn an_agent_with_nothing_to_do_asks_nothing_but_what_its_watches_ask() {
    let edge = Edge::new("quiet").await;
    let (mut site, gate) = site(&edge).await;
    let maps: Vec<_> = (0..20).map(|n| edge.config_map(&format!("a-{n}"), "1")).collect();
    let outbox = give(&mut site, &document(1, &[placement("shop", &maps)])).await;
    assert!(is_healthy(&outbox, "shop"));
    site.reconcile().await;
    gate.forget();
    for _ in 0..10 {
        site.reconcile().await;
    }
    // A watch may have been opened only now, after its list.
    let asked = gate.requests();
    assert_eq!(asked.total(), asked.of("watch", ""), "{asked}");
}

#[tokio::test]
async fn a_change_of_one_object_writes_it_and_what_the_agent_remembers() {
    let edge = Edge::new("writes").await;
    let (mut site, gate) = site(&edge).await;
    let maps = |value: &str| {
        let maps = (0..20).map(|n| edge.config_map(&format!("a-{n}"), if n == 7 { value } else { "1" }));
        [placement("shop", &maps.collect::<Vec<_>>())]
    };
    give(&mut site, &document(1, &maps("1"))).await;
    gate.forget();
    give(&mut site, &document(2, &maps("2"))).await;
    let asked = gate.requests();
    assert_eq!(asked.of("patch", "/configmaps"), 1, "{asked}");
    // The document, and the part of the inventory that the object is in.
    assert_eq!(asked.writes(), 3, "{asked}");
}

#[tokio::test]
async fn many_objects_of_a_kind_are_asked_for_by_one_list() {
    let edge = Edge::new("many").await;
    let (mut site, gate) = site(&edge).await;
    edge.apply(&edge.config_map("a-3", "somebody else's"), "helm");
    let maps: Vec<_> = (0..20).map(|n| edge.config_map(&format!("a-{n}"), "1")).collect();
    let outbox = give(&mut site, &document(1, &[placement("shop", &maps)])).await;
    let asked = gate.requests();
    // Only what has to be compared with somebody else's is asked for itself.
    assert_eq!(
        asked.of("get", "/namespaces/many/configmaps/"),
        asked.of("get", "/configmaps/a-3"),
        "{asked}"
    );
    let phases = status(&outbox, "shop").phases;
    assert_eq!((phases.healthy, phases.conflict, worst(&outbox, "shop").0), (19, 1, Phase::Conflict));
}

#[tokio::test]
async fn an_agent_that_starts_while_the_server_is_busy_asks_again() {
    let edge = Edge::new("busy").await;
    let gate = Gate::start(edge.server, "admin").unwrap();
    gate.fail(Rule::new(Fault::Refuse(429)).verb("get").path("/secrets").times(2));
    gate.fail(Rule::new(Fault::Refuse(429)).verb("get").path("/configmaps").times(2));
    let mut site = edge.site_by(gate.kubeconfig()).await;
    let outbox = give(&mut site, &document(1, &[placement("shop", &[edge.config_map("a", "1")])])).await;
    assert!(is_healthy(&outbox, "shop"));
}

#[tokio::test]
async fn what_the_server_refuses_for_a_while_is_applied_when_it_does_not() {
    for code in [429, 500, 503] {
        let edge = Edge::new(&format!("refusing-{code}")).await;
        let (mut site, gate) = site(&edge).await;
        gate.fail(Rule::new(Fault::Refuse(code)).verb("patch").path("/configmaps/bad").times(2));
        let both = [edge.config_map("bad", "1"), edge.config_map("good", "1")];
        let outbox = give(&mut site, &document(1, &[placement("shop", &both)])).await;
        assert_eq!((status(&outbox, "shop").phases.healthy, worst(&outbox, "shop").0), (1, Phase::Failed));
        until(&mut site, "it is applied", |outbox| is_healthy(outbox, "shop")).await;
        assert_eq!(gate.requests().of("patch", "/configmaps/bad"), 3, "tried no oftener");
    }
}

#[tokio::test]
async fn an_answer_that_is_lost_does_no_harm() {
    let edge = Edge::new("losing").await;
    let (mut site, gate) = site(&edge).await;
    gate.fail(Rule::new(Fault::Lose(500)).verb("patch").path("/configmaps").times(1));
    let wanted = placement("shop", &[edge.config_map("a", "1")]);
    give(&mut site, &document(1, &[wanted])).await;
    let outbox = until(&mut site, "it is applied", |outbox| is_healthy(outbox, "shop")).await;
    assert_eq!(status(&outbox, "shop").drift_corrected, 0);
    gate.fail(Rule::new(Fault::Lose(500)).verb("delete").path("/configmaps").times(1));
    give(&mut site, &document(2, &[])).await;
    until(&mut site, "it is gone", |outbox| status(outbox, "shop").withdrawn).await;
    assert!(!edge.has("configmap/a"));
}

#[tokio::test]
async fn drift_is_seen_after_watches_have_expired() {
    let edge = Edge::new("expired").await;
    let (mut site, gate) = site(&edge).await;
    give(&mut site, &document(1, &[placement("shop", &[edge.config_map("a", "1")])])).await;
    gate.expire_watches();
    edge.kubectl(&["patch", "configmap/a", "--type=merge", "-p", r#"{"data":{"v":"edited"}}"#]);
    let corrected = |outbox: &Outbox| status(outbox, "shop").drift_corrected == 1;
    until(&mut site, "the edit is noticed", corrected).await;
    assert_eq!(edge.field("configmap/a", ".data.v"), "1");
}

#[tokio::test]
async fn a_server_that_cannot_be_reached_is_news_and_nothing_is_lost_by_it() {
    let edge = Edge::new("unreachable").await;
    let (mut site, gate) = site(&edge).await;
    give(&mut site, &document(1, &[placement("shop", &[edge.config_map("a", "1")])])).await;
    gate.fail(Rule::new(Fault::Refuse(503)));
    gate.expire_watches();
    let blind = |outbox: &Outbox| status(outbox, "shop").phases.failed == 1;
    let outbox = until(&mut site, "it says that it knows nothing", blind).await;
    assert_eq!(worst(&outbox, "shop"), (Phase::Failed, "Unavailable".to_owned()));
    gate.mend();
    let outbox = until(&mut site, "it knows again", |outbox| is_healthy(outbox, "shop")).await;
    assert_eq!(status(&outbox, "shop").drift_corrected, 0);
}

#[tokio::test]
async fn a_slow_server_is_waited_for_and_asked_no_oftener() {
    let edge = Edge::new("slow").await;
    let (mut site, gate) = site(&edge).await;
    gate.fail(Rule::new(Fault::Slow(Duration::from_secs(2))));
    let outbox = give(&mut site, &document(1, &[placement("shop", &edge.config_maps(0..8, "1"))])).await;
    assert!(is_healthy(&outbox, "shop"), "{:?}", status(&outbox, "shop"));
    site.reconcile().await;
    assert_eq!(gate.requests().of("patch", "/configmaps/"), 8, "{}", gate.requests());
}

#[tokio::test]
async fn watches_that_are_refused_for_being_too_old_begin_anew() {
    let edge = Edge::new("too-old").await;
    let (mut site, gate) = site(&edge).await;
    give(&mut site, &document(1, &[placement("shop", &[edge.config_map("a", "1")])])).await;
    gate.fail(Rule::new(Fault::Refuse(410)).verb("watch").times(3));
    gate.expire_watches();
    edge.kubectl(&["patch", "configmap/a", "--type=merge", "-p", r#"{"data":{"v":"edited"}}"#]);
    let corrected = |outbox: &Outbox| status(outbox, "shop").drift_corrected == 1;
    until(&mut site, "the edit is noticed", corrected).await;
}

#[tokio::test]
async fn many_objects_that_are_refused_are_tried_together() {
    let edge = Edge::new("all-refused").await;
    let (mut site, gate) = site(&edge).await;
    gate.fail(Rule::new(Fault::Refuse(403)).verb("patch").path("/configmaps/"));
    give(&mut site, &document(1, &[placement("shop", &edge.config_maps(0..40, "1"))])).await;
    while gate.requests().of("patch", "/configmaps/") < 40 * 3 {
        turn(&mut site).await;
    }
    // Each attempt asks for all of them.
    assert!(gate.requests().of("get", "/configmaps/") <= 40 * 10, "{}", gate.requests());
}

#[tokio::test]
async fn what_failed_and_is_left_to_somebody_else_now_is_not_due_for_ever() {
    let edge = Edge::new("not-due").await;
    let (mut site, gate) = site(&edge).await;
    gate.fail(Rule::new(Fault::Refuse(403)).verb("patch").path("/configmaps/a"));
    give(&mut site, &document(1, &[placement("shop", &[edge.config_map("a", "1")])])).await;
    assert!(site.due().is_some());
    edge.apply(&edge.config_map("a", "theirs"), "somebody");
    gate.mend();
    site.reconcile().await;
    assert_eq!(worst(&site.outbox(), "shop"), (Phase::Conflict, "NotAdopted".to_owned()));
    assert!(site.due().is_none(), "nothing is tried, and looked at again and again");
}
