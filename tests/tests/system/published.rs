//! Workloads as projects publish them: many files, a definition of most of a megabyte and its custom resources, a list
//! as large, rights that the cluster completes, an API that nobody answers. None of it was made for Tributary.

mod clusters;
mod definition;
mod insight;
mod shop;

use std::path::Path;

use serde_json::{Value, json};
use testbed::Kubernetes;

use self::clusters::{Clusters, Versions};
use crate::fleet::settings;

const API: &str = "APIService.apiregistration.k8s.io v1beta1.measured.example.org";

/// The namespace of the shop is not among the objects, the other one is.
const PLACEMENT: &str = "apiVersion: tributary.dev/v1alpha1
kind: Placement
metadata: {name: published}
spec:
  what:
  - namespaces: [shop, insight]
  - kinds: [Namespace]
    objectNames: [insight]
  - objectSelectors: [{matchLabels: {part-of: insight}}]
  where: {locationSelectors: [{matchLabels: {tier: edge}}]}
";

fn files(folder: &Path) {
    let write = |name: &str, text: &str| std::fs::write(folder.join(name), text).unwrap();
    write("api.yaml", insight::API);
    write("dashboards.yaml", &insight::dashboards());
    write("definition.yaml", &definition::manifest());
    write("gadgets.yaml", &definition::gadgets(5));
    write("limits.yaml", insight::LIMITS);
    write("model.yaml", &insight::model());
    write("namespace.yaml", insight::NAMESPACE);
    write("placement.yaml", PLACEMENT);
    write("rights.yaml", insight::RIGHTS);
    write("shop.yaml", &shop::manifest());
    write("touched.yaml", &settings("touched", "1"));
}

/// Whether all that is not well is that nobody answers the API, and that is told of both clusters.
fn only_the_api_is_missed(status: &Value) -> bool {
    let problems = status["problems"].as_array().unwrap().iter();
    let mut missed: Vec<_> = problems.map(|problem| [&problem["location"], &problem["object"]]).collect();
    missed.sort_by_key(|[location, _]| location.as_str());
    status["current"] == true
        && status["counts"]["updated"] == 2
        && status["counts"]["progressing"] == 2
        && missed == [[&json!("store-1"), &json!(API)], [&json!("store-2"), &json!(API)]]
}

#[tokio::test]
async fn what_projects_publish_is_applied_once_and_stays_as_it_is_and_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    files(folder.path());
    let mut clusters = Clusters::start().await;
    clusters.apply(folder.path());
    let known = clusters.until("published", "all but the API is well", only_the_api_is_missed).await;
    // All but what is touched, and the namespace of the shop.
    let objects = usize::try_from(known["rollout"]["objects"].as_u64().unwrap()).unwrap();
    clusters.everywhere("rights are complete", rights_are_complete).await;
    let before = clusters.versions();
    assert_eq!(before.each_ref().map(Versions::len), [objects; 2], "{before:#?}");
    let same = |clusters: &Clusters| assert_eq!(clusters.versions(), before, "something was written");

    let said = clusters.apply(folder.path());
    assert!(said.iter().all(|word| word == "unchanged"), "{said:?}");
    clusters.touch("2").await;
    same(&clusters);
    clusters.restart().await;
    clusters.touch("3").await;
    same(&clusters);
    clusters.restart_without_memory().await;
    clusters.touch("4").await;
    same(&clusters);

    // While the cluster cannot tell all that it serves.
    clusters.fleet.succeed(&["delete", "deployment", "search", "-n", "shop"]);
    clusters.everywhere("it is gone", |cluster| !has(cluster, "deployment/search")).await;
    clusters.fleet.succeed(&["delete", "apiservice", "v1beta1.measured.example.org"]);
    clusters.fleet.healthy("published");
    clusters.fleet.succeed(&["delete", "placement", "published"]);
    clusters.cleared().await;
    clusters.everywhere("nothing is remembered", |cluster| !remembers_content(cluster)).await;
    clusters.fleet.verify().await;
}

/// The cluster has filled in what it found for the aggregated role.
fn rights_are_complete(cluster: &Kubernetes) -> bool {
    cluster.kubectl(&["get", "clusterrole/insight", "-o", "jsonpath={.rules[*].resources}"]).unwrap()
        == "[\"gadgets\"]"
}

fn has(cluster: &Kubernetes, object: &str) -> bool {
    !cluster.kubectl(&["get", "-n", "shop", object, "--ignore-not-found", "-o", "name"]).unwrap().is_empty()
}

fn remembers_content(cluster: &Kubernetes) -> bool {
    let secrets = cluster.kubectl(&["get", "secrets", "-n", "tributary-system", "-o", "name"]).unwrap();
    secrets.contains(".blob.")
}
