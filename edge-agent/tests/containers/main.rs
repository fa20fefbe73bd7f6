//! Agents as pods of a cluster with a real kubelet, with the rights that are printed for them and no others.

#![cfg(test)]

#[path = "../kubernetes/fixture.rs"]
#[expect(dead_code, reason = "of what the tests without containers use, these use a part")]
mod fixture;
#[path = "../kubernetes/hub.rs"]
#[expect(dead_code, reason = "of what the tests without containers use, these use a part")]
mod hub;

use std::path::Path;
use std::process::Command;

use model::{DesiredPlacement, IgnoreWhen, IgnoredPath, Own, Status};
use serde_json::{Value, json};
use testbed::{Image, Kubernetes, Proxy, eventually, kubernetes};

use self::fixture::{document, placement};
use self::hub::{Hub, SOON};

const AGENT: &str = "tributary.example/agent:1";
const WEB: &str = "tributary.example/web:1";

/// A pod of it on each node, of which there is one: two of them are two agents.
const AGENTS: &str = r#"
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: NAME, namespace: tributary-system}
spec:
  selector: {matchLabels: {app: NAME}}
  template:
    metadata: {labels: {app: NAME}}
    spec:
      serviceAccountName: tributary-agent
      containers:
        - name: agent
          image: tributary.example/agent:1
          args: [--sink=kubernetes, --region=eu, --location=cluster-1, --nats-url=HUB, --lease-duration=3s,
                 --heartbeat=1s, --anti-entropy=1s, --resync=1s]
          securityContext:
            {runAsNonRoot: true, readOnlyRootFilesystem: true, allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
---
"#;

struct Location {
    cluster: Kubernetes,
    hub: Hub,
    _way: Proxy,
}

impl Location {
    /// Two agents in a cluster, for this workload. None, with the reason said, where there can be none.
    async fn with(workload: &[Value]) -> Option<Self> {
        if let Err(missing) = kubernetes::containers() {
            eprintln!("SKIPPED: {missing:#}");
            return None;
        }
        let cluster = Kubernetes::options().containers().start().await.unwrap();
        let agent = Image::new(AGENT, Path::new(env!("CARGO_BIN_EXE_tributary-agent")));
        cluster.import(&agent).await.unwrap();
        cluster.import(&Image::stand_in(WEB, &[8080]).unwrap()).await.unwrap();
        cluster.apply(&rights(workload)).unwrap();
        let hub = Hub::start("cluster-1").await;
        let way = cluster.reach(hub.nats.port()).await.unwrap();
        for name in ["one", "two"] {
            cluster.apply(&AGENTS.replace("NAME", name).replace("HUB", &way.url())).unwrap();
        }
        Some(Self { cluster, hub, _way: way })
    }

    async fn publish(&self, revision: u64, workload: &[Value]) {
        self.hub.publish(&document(revision, &[placing(revision, workload)])).await;
    }

    fn field(&self, object: &str, path: &str) -> String {
        let path = format!("jsonpath={{{path}}}");
        let get = ["get", object, "-n", "shop", "--ignore-not-found", "-o", &path];
        self.cluster.kubectl(&get).unwrap()
    }

    /// The pod that acts; its name is the first part of what it calls itself.
    fn active(&self) -> Option<String> {
        let lease = ["get", "lease/tributary.cluster-1", "-n", "tributary-system", "--ignore-not-found"];
        let holder = ["-o", "jsonpath={.spec.holderIdentity}"];
        let holder = self.cluster.kubectl(&[&lease[..], &holder].concat()).unwrap();
        holder.rsplit_once('-').map(|(pod, _)| pod.to_owned())
    }

    fn log(&self) -> String {
        let logs = ["one", "two"].map(|name| {
            self.cluster.kubectl(&[
                "logs",
                "-n",
                "tributary-system",
                "--tail=30",
                &format!("daemonset/{name}"),
            ])
        });
        logs.map(|log| log.unwrap_or_else(|error| format!("{error:#}"))).join("\n----\n")
    }
}

/// What `tributary agent rbac` prints for these manifests.
fn rights(workload: &[Value]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("workload.yaml");
    let text: Vec<_> = workload.iter().map(Value::to_string).collect();
    std::fs::write(&file, text.join("\n---\n")).unwrap();
    let mut command = Command::new(testbed::binary("tributary").unwrap());
    command.args(["agent", "rbac", "--location", "cluster-1", "-f"]).arg(&file);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// An autoscaler owns the replicas of what it scales.
fn placing(revision: u64, workload: &[Value]) -> DesiredPlacement {
    let mut placement = DesiredPlacement { rollout: revision, ..placement("shop", workload) };
    let Own::Inline(bundle) = &mut placement.own else { unreachable!() };
    for object in bundle.objects.iter_mut().filter(|object| object.key.kind == "Deployment") {
        object.ignore =
            [IgnoredPath { path: "$.spec.replicas".to_owned(), when: IgnoreWhen::OnUpdate }].into();
    }
    placement
}

fn deployment(name: &str, image: &str, probed: u16) -> Value {
    json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name, "namespace": "shop"},
        "spec": {"replicas": 1, "progressDeadlineSeconds": 10, "selector": {"matchLabels": {"app": name}},
            "template": {"metadata": {"labels": {"app": name}}, "spec": {"containers": [{
                "name": "main", "image": image,
                "readinessProbe": {"periodSeconds": 1, "httpGet": {"port": probed}}}]}}}})
}

fn scaler(of: &str) -> Value {
    json!({"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": of, "namespace": "shop"},
        "spec": {"scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": of},
            "minReplicas": 3, "maxReplicas": 4, "metrics": [{"type": "Resource",
                "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 50}}}]}})
}

/// Ends at once, and is cleaned up a second later.
fn job() -> Value {
    json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "migrate", "namespace": "shop"},
        "spec": {"ttlSecondsAfterFinished": 1, "template": {"spec": {"restartPolicy": "Never",
            "containers": [{"name": "main", "image": AGENT, "args": ["--version"]}]}}}})
}

/// What is said of an object that is not well.
fn said(status: &Status, object: &str) -> String {
    let found = status.unhealthy.iter().find(|unhealthy| unhealthy.object == object);
    found.map(|it| format!("{:?} {} {}", it.phase, it.reason, it.message)).unwrap_or_default()
}

#[tokio::test]
#[ignore = "heavy: ./test --all runs it"]
async fn of_the_pods_of_a_location_one_acts_with_the_rights_it_needs_and_another_when_it_is_killed() {
    let workload = [deployment("web", WEB, 8080), scaler("web"), job()];
    let Some(at) = Location::with(&workload).await else { return };
    at.publish(1, &workload).await;
    let well = |status: &Status| {
        let said = ["Deployment.apps shop/web", "Job.batch shop/migrate"].map(|object| said(status, object));
        status.phases.total() == 3 && said.iter().all(String::is_empty)
    };
    at.hub.reported("web and the job are well", well).await;
    let scaled = eventually("the autoscaler has its way, and the job is cleaned up", SOON, async || {
        let (replicas, job) =
            (at.field("deployment/web", ".spec.replicas"), at.field("job/migrate", ".kind"));
        if (replicas.as_str(), job.as_str()) == ("3", "") { Ok(()) } else { Err(format!("{replicas} {job}")) }
    });
    scaled.await.unwrap();

    let first = at.active().unwrap();
    at.cluster
        .kubectl(&["delete", "pod", "-n", "tributary-system", &first, "--grace-period=0", "--force"])
        .unwrap();
    let next = eventually("another pod acts", SOON, async || match at.active() {
        Some(pod) if pod != first => Ok(()),
        other => Err(format!("{other:?}\n{}", at.log())),
    });
    next.await.unwrap();
    at.cluster.import(&Image::stand_in("tributary.example/web:2", &[8080]).unwrap()).await.unwrap();
    let changed = [deployment("web", "tributary.example/web:2", 8080), scaler("web"), job()];
    at.publish(2, &changed).await;
    let status = at.hub.reported("it goes on", |status| status.rollout == 2 && well(status)).await;
    assert_eq!(status.drift_corrected, 0, "{status:?}");
    let image = ".spec.template.spec.containers[0].image";
    assert_eq!(at.field("deployment/web", image), "tributary.example/web:2");
    assert_eq!(
        (at.field("deployment/web", ".spec.replicas"), at.field("job/migrate", ".kind")),
        ("3".into(), String::new())
    );
    at.hub.publish(&document(3, &[])).await;
    at.hub.reported("nothing is left", |status| status.withdrawn).await;
}

#[tokio::test]
#[ignore = "heavy: ./test --all runs it"]
async fn why_pods_do_not_do_well_is_said_in_the_words_of_the_kubelet() {
    let workload = [deployment("lost", "registry.invalid/lost:1", 8080), deployment("dumb", WEB, 8081)];
    let Some(at) = Location::with(&workload).await else { return };
    at.publish(1, &workload).await;
    let status = at
        .hub
        .reported("both are explained", |status| {
            let (lost, dumb) =
                (said(status, "Deployment.apps shop/lost"), said(status, "Deployment.apps shop/dumb"));
            lost.contains("ImagePullBackOff") && dumb.starts_with("Degraded") && dumb.contains("NotReady")
        })
        .await;
    let lost = said(&status, "Deployment.apps shop/lost");
    assert!(lost.contains("container main") && lost.contains("registry.invalid/lost:1"), "{lost}");
}
