//! Clusters with a real kubelet: pods that run, fail to be pulled, and call the API server.

#![cfg(test)]

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use testbed::{Image, Kubernetes, Process, eventually, kubernetes, pinned};
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpListener;

const WITHIN: &str = "--timeout=120s";
const SOON: Duration = Duration::from_secs(120);

const READER: &str = r#"
apiVersion: v1
kind: ServiceAccount
metadata: {name: reader}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reader}
rules: [{apiGroups: [""], resources: [configmaps], resourceNames: [word], verbs: [get]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: reader}
subjects: [{kind: ServiceAccount, name: reader}]
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: word}
data: {word: heard}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: reader}
spec:
  selector: {matchLabels: {app: reader}}
  template:
    metadata: {labels: {app: reader}}
    spec:
      serviceAccountName: reader
      containers:
        - name: reader
          image: tributary.example/kubectl:1
          args: [get, configmap, word, "-o", "jsonpath={.data.word}"]
"#;

/// None, with the reason said, where there can be none.
async fn cluster() -> Option<Kubernetes> {
    if let Err(missing) = kubernetes::containers() {
        eprintln!("SKIPPED: {missing:#}");
        return None;
    }
    Some(Kubernetes::options().containers().start().await.unwrap())
}

#[tokio::test]
#[ignore = "heavy: ./test --all runs it"]
async fn pods_run_are_probed_and_are_reached_and_one_that_cannot_be_pulled_says_so() {
    let Some(cluster) = cluster().await else { return };
    cluster.import(&Image::stand_in("tributary.example/web:1", &[8080]).unwrap()).await.unwrap();
    let kubectl =
        |args: &[&str]| cluster.kubectl(args).unwrap_or_else(|e| panic!("{e:#}\n{}", cluster.log(40)));
    kubectl(&[
        "create",
        "deployment",
        "web",
        "--image=tributary.example/web:1",
        "--replicas=2",
        "--port=8080",
    ]);
    let probe = r#"{"spec":{"template":{"spec":{"containers":[{"name":"web","readinessProbe":{"httpGet":{"port":8080}}}]}}}}"#;
    kubectl(&["patch", "deployment", "web", "--patch", probe]);
    kubectl(&["expose", "deployment", "web", "--port=80", "--target-port=8080"]);
    kubectl(&["rollout", "status", "deployment/web", WITHIN]);

    kubectl(&["create", "deployment", "lost", "--image=registry.invalid/lost:1"]);
    eventually("the kubelet says that it cannot pull", SOON, async || {
        let reason = "jsonpath={.items[*].status.containerStatuses[*].state.waiting.reason}";
        let said = kubectl(&["get", "pods", "-l", "app=lost", "-o", reason]);
        if said == "ImagePullBackOff" { Ok(()) } else { Err(said) }
    })
    .await
    .unwrap();

    let service = kubectl(&["get", "service", "web", "-o", "jsonpath={.spec.clusterIP}"]);
    eventually("the service answers", SOON, async || {
        let answer = testbed::http::get(&format!("{service}:80"), "/").await;
        answer
            .map_err(|error| format!("{error:#}"))
            .map(|(status, body)| assert_eq!((status, body.as_str()), (200, "ok\n")))
    })
    .await
    .unwrap();
    // Ends on SIGTERM, long before the half minute that a pod is given.
    kubectl(&["delete", "deployment", "web", "lost"]);
    kubectl(&["wait", "pods", "--all", "--for=delete", "--timeout=20s"]);
}

#[tokio::test]
#[ignore = "heavy: ./test --all runs it"]
async fn a_daemon_set_reaches_the_api_server_as_its_service_account_and_no_further() {
    let Some(mut cluster) = cluster().await else { return };
    let image = Image::new("tributary.example/kubectl:1", &pinned("kubectl").unwrap());
    cluster.import(&image).await.unwrap();
    cluster.apply(READER).unwrap();
    reads(&cluster).await;
    let all = "--as=system:serviceaccount:default:reader";
    assert!(cluster.kubectl(&["get", "configmaps", all]).is_err());

    let snapshot = cluster.snapshot().await.unwrap();
    cluster.restore(&snapshot).await.unwrap();
    cluster.kubectl(&["delete", "pods", "-l", "app=reader"]).unwrap();
    reads(&cluster).await;
}

#[tokio::test]
#[ignore = "heavy: ./test --all runs it"]
async fn a_pod_reaches_a_server_of_the_test() {
    let Some(cluster) = cluster().await else { return };
    cluster.import(&Image::new("tributary.example/kubectl:1", &pinned("kubectl").unwrap())).await.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let proxy = cluster.reach(listener.local_addr().unwrap().port()).await.unwrap();
    let server = format!("--server=http://{}", proxy.address());
    let run = ["run", "caller", "--image=tributary.example/kubectl:1", "--restart=Never", "--"];
    cluster.kubectl(&[&run[..], &["get", "--raw", "/from-a-pod", &server]].concat()).unwrap();
    let called = tokio::time::timeout(SOON, async {
        let mut asked = vec![0; 1024];
        let length = listener.accept().await.unwrap().0.read(&mut asked).await.unwrap();
        String::from_utf8_lossy(&asked[..length]).into_owned()
    });
    let called = called.await.unwrap();
    assert!(called.starts_with("GET /from-a-pod "), "{called}");
}

async fn reads(cluster: &Kubernetes) {
    eventually("a pod has read the word", SOON, async || {
        let said = cluster.kubectl(&["logs", "daemonset/reader"]);
        let said = said.unwrap_or_else(|error| format!("{error:#}"));
        if said.contains("heard") { Ok(()) } else { Err(said) }
    })
    .await
    .unwrap();
}

#[tokio::test]
#[ignore = "heavy: ./test --all runs it"]
async fn two_are_side_by_side_and_nothing_is_left_of_one_whose_owner_is_killed() {
    let Some(cluster) = cluster().await else { return };
    let program = std::env::current_exe().unwrap().ancestors().nth(2).unwrap().join("examples/cluster_owner");
    let mut owner = Process::spawn("owner", Command::new(program), None).unwrap();
    let folder = owner.field("folder", SOON).await.unwrap();
    let machine = owner.field("machine", SOON).await.unwrap();
    assert_ne!(machine, cluster.machine().unwrap().to_string());
    let groups =
        ["pids", "."].map(|at| format!("/sys/fs/cgroup/{at}/testbed-{}", machine.split('.').nth(2).unwrap()));
    assert!(groups.iter().any(|group| Path::new(group).exists()));
    owner.kill();
    eventually("nothing of it is left", SOON, async || {
        let addresses = Command::new("ip").args(["address"]).output().unwrap();
        let addresses = String::from_utf8_lossy(&addresses.stdout).into_owned();
        let left = |path: &String| Path::new(path).exists();
        match (left(&folder), groups.iter().any(left), addresses.contains(&format!("{machine}/"))) {
            (false, false, false) => Ok(()),
            left => Err(format!("folder, control groups, address: {left:?}")),
        }
    })
    .await
    .unwrap();
    cluster.kubectl(&["get", "nodes"]).unwrap();
}
