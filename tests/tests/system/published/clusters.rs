//! Two clusters with controllers that are locations, and what is Tributary's in them.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;
use testbed::{Kubernetes, eventually};

use crate::fleet::{Fleet, SOON, location, settings};

/// Large definitions, and namespaces that go, are hard work for API servers on a machine that does much else.
const LATE: Duration = Duration::from_secs(120);

const STORES: [&str; 2] = ["store-1", "store-2"];
const REGION: &str = "apiVersion: tributary.dev/v1alpha1\nkind: Region\nmetadata: {name: eu}";

pub struct Clusters {
    pub fleet: Fleet,
    clusters: [Kubernetes; 2],
}

/// Resource versions by kind, namespace and name.
pub type Versions = BTreeMap<String, String>;

impl Clusters {
    pub async fn start() -> Self {
        let (fleet, one, other) = tokio::join!(
            Fleet::start_services(),
            Kubernetes::with_controllers(),
            Kubernetes::with_controllers()
        );
        let (mut fleet, clusters) = (fleet, [one.unwrap(), other.unwrap()]);
        fleet.apply(
            &[REGION.to_owned(), location(STORES[0], "eu"), location(STORES[1], "eu")].join("\n---\n"),
        );
        for (store, cluster) in STORES.iter().zip(&clusters) {
            fleet.start_cluster_agent(store, store, cluster.kubeconfig());
        }
        Self { fleet, clusters }
    }

    /// What the last line of each is that `apply` prints of a folder: `created`, `unchanged`.
    pub fn apply(&self, folder: &Path) -> Vec<String> {
        let said = self.fleet.succeed(&["apply", "-f", folder.to_str().unwrap()]);
        said.lines().filter_map(|line| Some(line.rsplit_once(' ')?.1.to_owned())).collect()
    }

    /// What is known of a placement, once it is as wanted.
    pub async fn until(&self, placement: &str, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let known = eventually(what, LATE, async || {
            let described = self.fleet.succeed(&["describe", "placement", placement, "-o", "json"]);
            let status = serde_json::from_str::<Value>(&described).unwrap()["status"].take();
            if wanted(&status) { Ok(status) } else { Err(status) }
        });
        known.await.unwrap()
    }

    /// A change, which every agent has seen when this returns.
    pub async fn touch(&self, version: &str) {
        self.fleet.apply(&settings("touched", version));
        self.everywhere("it is touched", |cluster| {
            let path = "jsonpath={.data.version}";
            let args = ["get", "-n", "shop", "configmap/touched", "--ignore-not-found", "-o", path];
            cluster.kubectl(&args).unwrap() == version
        })
        .await;
    }

    /// Waits until something holds in both clusters.
    pub async fn everywhere(&self, what: &str, holds: impl Fn(&Kubernetes) -> bool) {
        for (store, cluster) in STORES.iter().zip(&self.clusters) {
            let what = format!("{what} at {store}");
            let reached =
                eventually(&what, LATE, async || if holds(cluster) { Ok(()) } else { Err("not yet") });
            reached.await.unwrap();
        }
    }

    /// The agents end as they are told to, and start again.
    pub async fn restart(&mut self) {
        self.stop().await;
        self.go_on();
    }

    /// The same, and all that they remember in the clusters is lost meanwhile.
    pub async fn restart_without_memory(&mut self) {
        self.stop().await;
        for (store, cluster) in STORES.iter().zip(&self.clusters) {
            let selector = format!("tributary.dev/state={store}");
            cluster.kubectl(&["delete", "secrets", "-n", "tributary-system", "-l", &selector]).unwrap();
        }
        self.go_on();
    }

    async fn stop(&mut self) {
        for agent in self.fleet.agents.values_mut() {
            agent.terminate(SOON).await.unwrap();
        }
    }

    fn go_on(&mut self) {
        self.fleet.agents.values_mut().for_each(|agent| agent.restart().unwrap());
    }

    /// What was applied and is in each cluster, but for what is touched.
    pub fn versions(&self) -> [Versions; 2] {
        std::array::from_fn(|at| versions(&self.clusters[at], STORES[at]))
    }

    /// Waits until nothing in either cluster carries a label of ours.
    pub async fn cleared(&self) {
        for (store, cluster) in STORES.iter().zip(&self.clusters) {
            let clear = eventually("nothing is left", LATE, async || {
                let left = labelled(cluster, store);
                if left.is_empty() { Ok(()) } else { Err(left) }
            });
            clear.await.unwrap();
        }
    }
}

/// Controllers copy labels to what they make: only what was made for the object that it is was applied.
fn versions(cluster: &Kubernetes, store: &str) -> Versions {
    let all = labelled(cluster, store);
    let applied = all.lines().filter_map(|line| {
        let mut words = line.splitn(5, ' ');
        let [kind, namespace, name, version] = std::array::from_fn(|_| words.next().unwrap());
        let made_for = words.next()?.strip_prefix("{\"object\":\"")?.strip_prefix(kind)?;
        let own = made_for.starts_with(['.', ' ']) && name != "touched";
        own.then(|| (format!("{kind} {namespace} {name}"), version.to_owned()))
    });
    applied.collect()
}

/// All objects with the label of a location: kind, namespace, name, resource version and mark.
fn labelled(cluster: &Kubernetes, store: &str) -> String {
    let resources = said(cluster, &["api-resources", "--verbs=list", "-o", "name"]);
    let all = resources.lines().collect::<Vec<_>>().join(",");
    let fields = [
        ".kind",
        ".metadata.namespace",
        ".metadata.name",
        ".metadata.resourceVersion",
        ".metadata.annotations.tributary\\.dev/mark",
    ];
    let line = fields.map(|field| format!("{{{field}}}")).join(" ");
    let path = format!("jsonpath={{range .items[*]}}{line}{{\"\\n\"}}{{end}}");
    said(cluster, &["get", &all, "-A", "-l", &format!("tributary.dev/location={store}"), "-o", &path])
}

/// What kubectl prints, which complains where an API does not answer.
fn said(cluster: &Kubernetes, args: &[&str]) -> String {
    let output = cluster.kubectl_command().unwrap().args(args).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}
