//! Real API servers: that they start, last, and are one's own.

#![cfg(test)]

use testbed::Kubernetes;

const WITHIN: &str = "--timeout=60s";

const WORD: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: word}\ndata: {word: ";

fn word(word: &str) -> String {
    format!("{WORD}{word}}}\n")
}

fn said(cluster: &Kubernetes) -> String {
    cluster.kubectl(&["get", "configmap", "word", "-o", "jsonpath={.data.word}"]).unwrap()
}

#[tokio::test]
async fn a_cluster_keeps_its_address_and_its_objects_and_can_be_set_back() {
    let folder = tempfile::tempdir().unwrap();
    let options = || Kubernetes::options().user("anna", &["readers"]).folder(folder.path());
    let mut cluster = options().start().await.unwrap();
    let url = cluster.url();
    cluster.apply(&word("first")).unwrap();

    let refused = cluster.kubectl_as("anna", &["get", "configmaps"]).unwrap_err();
    let reason = "User \"anna\" cannot list resource \"configmaps\"";
    assert!(format!("{refused:#}").contains(reason), "{refused:#}");

    cluster.api_server().kill();
    assert!(cluster.kubectl(&["get", "namespaces"]).is_err());
    cluster.rotate_certificate().await.unwrap();
    assert_eq!((cluster.url(), said(&cluster)), (url.clone(), "first".to_owned()));

    let snapshot = cluster.snapshot().await.unwrap();
    cluster.apply(&word("second")).unwrap();
    cluster.restore(&snapshot).await.unwrap();
    assert_eq!(said(&cluster), "first");

    let old = cluster.kubeconfig_with("old", &url, cluster.admin_token().unwrap()).unwrap();
    cluster.rotate_token("admin").await.unwrap();
    let mut with_old = cluster.kubectl_command().unwrap();
    assert!(!with_old.env("KUBECONFIG", old).args(["get", "namespaces"]).output().unwrap().status.success());

    let (port, token) = (cluster.port(), cluster.admin_token().unwrap().to_owned());
    drop(cluster);
    let cluster = options().port(port).start().await.unwrap();
    assert_eq!((cluster.admin_token().unwrap(), said(&cluster).as_str()), (token.as_str(), "first"));
}

#[tokio::test]
async fn two_clusters_do_not_meet_and_one_has_what_makes_workloads_run() {
    let (shared, alive) = tokio::join!(Kubernetes::shared(), Kubernetes::with_controllers());
    let (shared, alive) = (shared.unwrap(), alive.unwrap());
    assert_ne!(shared.url(), alive.url());
    shared.apply(&word("shared")).unwrap();
    assert!(!alive.kubectl(&["get", "configmaps", "-o", "name"]).unwrap().contains("word"));

    let web = |args: &[&str]| alive.kubectl(&[args, &["--namespace=shop"]].concat()).unwrap();
    alive.kubectl(&["create", "namespace", "shop"]).unwrap();
    web(&["create", "deployment", "web", "--image=web", "--replicas=2"]);
    web(&["wait", "deployment/web", "--for=condition=Available", WITHIN]);
    web(&["create", "job", "once", "--image=once"]);
    web(&["wait", "job/once", "--for=condition=Complete", WITHIN]);
    // Returns once nothing in it is left.
    alive.kubectl(&["delete", "namespace", "shop", WITHIN]).unwrap();
}

#[tokio::test]
async fn a_server_that_cannot_start_says_why() {
    let error = Kubernetes::options().flag("--no-such-flag").start().await.unwrap_err().to_string();
    assert!(error.contains("unknown flag: --no-such-flag"), "{error}");
}
