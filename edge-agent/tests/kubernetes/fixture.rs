//! A location in a namespace of its own of an API server that all tests share, and documents for it.

use std::collections::BTreeMap;
use std::ops::{Deref, Range};
use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use edge_agent::sink::{self, Cluster};
use edge_agent::state::{State, ensure_namespace};
use edge_agent::{Outbox, Site};
use model::{
    Adopt, Bundle, BundleObject, Conflict, Deletion, Desired, DesiredPlacement, Digest, Object, Order, Own,
    PlacementKey, Rendered, Status,
};
use serde_json::{Value, json};
use testbed::Kubernetes;
use tokio::time::{sleep_until, timeout};

/// Generous: everything takes milliseconds on an idle machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A location. Its name is that of its namespace.
pub struct Edge<S = &'static Kubernetes> {
    pub server: S,
    pub namespace: String,
}

impl Edge {
    /// `name`: of the test.
    pub async fn new(name: &str) -> Self {
        Self::on(Kubernetes::shared().await.unwrap(), name)
    }
}

impl Edge<Box<Kubernetes>> {
    /// In a cluster of its own, which may be broken.
    pub async fn alone(name: &str) -> Self {
        Self::on(Box::new(Kubernetes::start().await.unwrap()), name)
    }
}

impl<S: Deref<Target = Kubernetes>> Edge<S> {
    /// In a cluster, which may be of the test alone.
    pub fn on(server: S, name: &str) -> Self {
        server.kubectl(&["create", "namespace", name]).unwrap();
        Self { server, namespace: name.to_owned() }
    }

    pub async fn cluster(&self) -> Cluster {
        Cluster::connect(Some(self.server.kubeconfig()), &self.namespace).await.unwrap()
    }

    /// A life of its agent; its state is in its namespace.
    pub async fn site(&self) -> Site<sink::Kubernetes> {
        self.site_by(self.server.kubeconfig()).await
    }

    /// The same, by another way to the API server.
    pub async fn site_by(&self, kubeconfig: &Path) -> Site<sink::Kubernetes> {
        let cluster = Cluster::connect(Some(kubeconfig), &self.namespace).await.unwrap();
        ensure_namespace(&cluster, &self.namespace).await.unwrap();
        let state = State::in_cluster(&cluster, &self.namespace, None).await.unwrap();
        Site::open(state, sink::Kubernetes::new(cluster), "eu").await.unwrap()
    }

    /// What kubectl prints, in the namespace.
    pub fn kubectl(&self, args: &[&str]) -> String {
        self.try_kubectl(args).unwrap()
    }

    pub fn try_kubectl(&self, args: &[&str]) -> anyhow::Result<String> {
        self.server.kubectl(&[&["--namespace", &self.namespace], args].concat())
    }

    /// One field of an object.
    pub fn field(&self, object: &str, path: &str) -> String {
        self.kubectl(&["get", object, "-o", &format!("jsonpath={{{path}}}")])
    }

    /// Whether the object is there.
    pub fn has(&self, object: &str) -> bool {
        !self.kubectl(&["get", object, "--ignore-not-found", "-o", "name"]).is_empty()
    }

    /// Somebody else applies a manifest.
    pub fn apply(&self, manifest: &Value, manager: &str) {
        let args = ["apply", "--server-side", "--force-conflicts", "--field-manager", manager, "-f", "-"];
        self.server.kubectl_input(&args, &manifest.to_string()).unwrap();
    }

    pub fn config_map(&self, name: &str, value: &str) -> Value {
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": self.namespace},
               "data": {"v": value}})
    }

    /// Config maps `a-00`, `a-01`, ... with one value.
    pub fn config_maps(&self, numbers: Range<usize>, value: &str) -> Vec<Value> {
        numbers.map(|number| self.config_map(&format!("a-{number:02}"), value)).collect()
    }

    /// Names and values of the location's config maps, and of those that somebody else made.
    pub fn values(&self) -> BTreeMap<String, String> {
        let lines = r#"jsonpath={range .items[*]}{.metadata.name} {.data.v}{"\n"}{end}"#;
        let printed = self.kubectl(&["get", "configmaps", "-o", lines]);
        let pairs = printed.lines().filter_map(|line| line.split_once(' '));
        pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    /// A Deployment that nobody runs: there are no controllers.
    pub fn deployment(&self, name: &str, image: &str) -> Value {
        json!({"apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"name": name, "namespace": self.namespace},
            "spec": {"replicas": 2, "selector": {"matchLabels": {"app": name}}, "template": {
                "metadata": {"labels": {"app": name}},
                "spec": {"containers": [{"name": "main", "image": image,
                    "resources": {"limits": {"cpu": "1000m", "memory": "1024Mi"}}}]}}}})
    }
}

/// A placement of these manifests.
pub fn placement(name: &str, manifests: &[Value]) -> DesiredPlacement {
    let mut objects: Vec<BundleObject> = manifests.iter().map(object).collect();
    objects.sort_by(|one, other| one.key.cmp(&other.key));
    DesiredPlacement {
        placement_uid: format!("uid-{name}"),
        placement: key(name),
        rollout: 1,
        priority: 0,
        create_time: 0,
        shared: None,
        own: Own::Inline(Bundle { objects, template: None }),
        deletion: Deletion::Delete,
        conflict: Conflict::Force,
        adopt: Adopt::IfNoDiff,
        depends_on: Vec::new(),
        patch: None,
    }
}

/// The same with all objects created only.
pub fn create_only(placement: DesiredPlacement) -> DesiredPlacement {
    let Own::Inline(mut bundle) = placement.own else { unreachable!() };
    bundle.objects.iter_mut().for_each(|object| object.create_only = true);
    DesiredPlacement { own: Own::Inline(bundle), ..placement }
}

/// The same with content that travels apart, and that content.
pub fn apart(placement: DesiredPlacement) -> (DesiredPlacement, Vec<(Digest, Bytes)>) {
    let Own::Inline(mut bundle) = placement.own else { unreachable!() };
    let mut blobs = Vec::new();
    for object in &mut bundle.objects {
        let Rendered::Inline(content) = object.content.clone() else { unreachable!() };
        let digest = Digest::of(&content);
        object.content = Rendered::Blob(digest);
        blobs.push((digest, content));
    }
    (DesiredPlacement { own: Own::Inline(bundle), ..placement }, blobs)
}

fn object(manifest: &Value) -> BundleObject {
    let object = Object::from_manifest(manifest.clone()).unwrap();
    let content = Rendered::Inline(object.to_bytes().into());
    BundleObject::new(object.key, object.version, content)
}

pub fn key(name: &str) -> PlacementKey {
    PlacementKey { space: "default".into(), name: name.into() }
}

pub fn document(revision: u64, placements: &[DesiredPlacement]) -> Desired {
    Desired { order: Order { epoch: 1, revision }, placements: placements.to_vec(), moved_to_region: None }
}

/// A document of one placement `shop`, whose rollout number is the revision: that is what a report is about.
pub fn release(revision: u64, manifests: &[Value]) -> Desired {
    document(revision, &[DesiredPlacement { rollout: revision, ..placement("shop", manifests) }])
}

/// Gives the site a document, and lets it act on it once.
pub async fn give(site: &mut Site<sink::Kubernetes>, document: &Desired) -> Outbox {
    assert!(site.receive("eu", wire::encode_desired(document, "")).unwrap());
    site.follow_up().await;
    site.outbox()
}

/// Lets the site act whenever something changes, until what it reports is as wanted.
pub async fn until(
    site: &mut Site<sink::Kubernetes>,
    what: &str,
    wanted: impl Fn(&Outbox) -> bool,
) -> Outbox {
    let reached = timeout(PATIENCE, async {
        while !wanted(&site.outbox()) {
            turn(site).await;
        }
    });
    let outcome = reached.await;
    let outbox = site.outbox();
    assert!(outcome.is_ok(), "never came true: {what}; {:#?}", outbox.statuses);
    outbox
}

/// One turn of an agent: waits for something to do, and does it.
pub async fn turn(site: &mut Site<sink::Kubernetes>) {
    let due = site.due();
    let due = async {
        match due {
            Some(due) => sleep_until(due).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        () = due => {}
        () = site.changed() => {}
    }
    site.reconcile().await;
}

pub fn status(outbox: &Outbox, name: &str) -> Status {
    let found = outbox.statuses.get(&key(name));
    Status::clone(found.unwrap_or_else(|| panic!("no status of {name} in {outbox:?}")))
}

/// Phase and reason of the worst object.
pub fn worst(outbox: &Outbox, name: &str) -> (model::Phase, String) {
    let status = status(outbox, name);
    let worst = status.unhealthy.first().unwrap_or_else(|| panic!("all is well: {status:?}"));
    (worst.phase, worst.reason.clone())
}

pub fn is_healthy(outbox: &Outbox, name: &str) -> bool {
    let status = status(outbox, name);
    status.phases.total() > 0 && status.phases.healthy == status.phases.total()
}
