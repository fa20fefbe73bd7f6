//! What a gate before an API server passes, counts and breaks.

#![cfg(all(test, feature = "gate"))]

use std::time::Duration;

use testbed::kubernetes::{Fault, Gate, Rule};
use testbed::{Kubernetes, Process, eventually, http};

const SOON: Duration = Duration::from_secs(60);

/// Makes a ConfigMap through the gate.
fn create(cluster: &Kubernetes, gate: &Gate, name: &str) -> anyhow::Result<()> {
    let mut kubectl = cluster.kubectl_command()?;
    kubectl.env("KUBECONFIG", gate.kubeconfig()).args(["create", "configmap", name]);
    let output = kubectl.output()?;
    anyhow::ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}

#[tokio::test]
async fn a_gate_counts_what_it_passes_and_streams_watches() {
    let cluster = Kubernetes::shared().await.unwrap();
    let gate = Gate::start(cluster, "admin").unwrap();
    create(cluster, &gate, "before").unwrap();
    let mut watch = cluster.kubectl_command().unwrap();
    watch.env("KUBECONFIG", gate.kubeconfig()).args(["get", "configmaps", "--watch", "-o", "name"]);
    let watch = Process::spawn("kubectl get --watch", watch, None).unwrap();
    watch.line("configmap/before", SOON).await.unwrap();
    create(cluster, &gate, "after").unwrap();
    watch.line("configmap/after", SOON).await.unwrap();
    let seen = gate.requests();
    assert_eq!(
        (seen.of("create", "/configmaps"), seen.writes(), seen.of("watch", "/configmaps")),
        (2, 2, 1),
        "{seen}"
    );
    gate.forget();
    assert_eq!(gate.requests().total(), 0);
}

#[tokio::test]
async fn a_gate_refuses_loses_answers_and_ends_watches() {
    let cluster = Kubernetes::shared().await.unwrap();
    let gate = Gate::start(cluster, "admin").unwrap();
    let there = || cluster.kubectl(&["get", "configmaps", "-o", "name"]).unwrap();

    gate.fail(Rule::new(Fault::Refuse(503)).verb("create").path("/configmaps").times(1));
    assert!(create(cluster, &gate, "refused").unwrap_err().to_string().contains("the gate answers 503"));
    assert!(!there().contains("refused"));
    create(cluster, &gate, "refused").unwrap();

    gate.fail(Rule::new(Fault::Lose(500)));
    assert!(create(cluster, &gate, "lost").is_err());
    gate.mend();
    assert!(there().contains("lost"));

    let path = "/api/v1/namespaces/default/configmaps?watch=true";
    let address = gate.url().trim_start_matches("http://").to_owned();
    let watch = tokio::spawn(async move { http::get(&address, path).await });
    eventually("the watch is open", SOON, async || match gate.requests().of("watch", "") {
        0 => Err(gate.requests()),
        _ => Ok(()),
    })
    .await
    .unwrap();
    gate.expire_watches();
    let (status, events) = watch.await.unwrap().unwrap();
    let last = events.lines().last().unwrap_or_default();
    assert_eq!(status, 200);
    assert!(last.contains("\"ERROR\"") && last.contains("\"Expired\""), "{events}");
}
