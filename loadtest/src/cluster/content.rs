//! What agents in clusters get: objects that one API server keeps apart by their namespaces, so that each location has a
//! placement of its own.

use bytes::Bytes;
use model::{
    Clause, Deletion, LabelSelector, LocationSpec, Metadata, Object, ObjectKey, PlacementKey, PlacementSpec,
    Resource, Spec, Where,
};
use serde_json::{Value, json};

use crate::declare::noise;

/// By which all of these locations are found.
pub const LABEL: &str = "in-cluster";
const NAME: &str = "in-cluster-name";
/// Tells which version of an object is there.
const VERSION: &str = "loadtest/version";
/// As another system was measured with.
const SETTINGS: usize = 3500;
const WEB: usize = 1250;
/// Content of each object where there are many.
const SMALL: usize = 512;

/// An object of a location, as it is declared at the hub and as bare requests write it.
#[derive(Clone, Debug)]
pub struct Content {
    key: ObjectKey,
    version: &'static str,
    plural: &'static str,
    manifest: Value,
}

/// A location that is a cluster.
pub fn location(name: &str, region: &str) -> Resource {
    let labels = [(LABEL.to_owned(), "yes".to_owned()), (NAME.to_owned(), name.to_owned())];
    let spec = LocationSpec { region: region.to_owned(), ..LocationSpec::default() };
    let metadata = Metadata { name: name.to_owned(), labels: labels.into(), ..Metadata::default() };
    Resource { metadata, spec: Spec::Location(spec) }
}

/// The placement of all that is in a namespace to the location of that name. What was applied stays in the cluster, which
/// goes away.
pub fn placement(name: &str) -> Resource {
    let selector =
        LabelSelector { match_labels: [(NAME.to_owned(), name.to_owned())].into(), ..Default::default() };
    let spec = PlacementSpec {
        what: vec![Clause { namespaces: vec![name.to_owned()], ..Clause::default() }],
        where_: Where { location_selectors: vec![selector], ..Where::default() },
        deletion: Deletion::Orphan,
        ..PlacementSpec::default()
    };
    Resource { metadata: in_default_space(name), spec: Spec::Placement(spec) }
}

/// What that placement is called.
pub fn placement_key(name: &str) -> PlacementKey {
    PlacementKey { space: model::DEFAULT_SPACE.to_owned(), name: name.to_owned() }
}

fn in_default_space(name: &str) -> Metadata {
    Metadata { name: name.to_owned(), space: model::DEFAULT_SPACE.to_owned(), ..Metadata::default() }
}

/// One ConfigMap and one Deployment.
pub fn pair(namespace: &str, version: u64) -> Vec<Content> {
    vec![config_map(namespace, "settings", version, SETTINGS), deployment(namespace, "web", version)]
}

/// One of many: each fifth is a Service, whose status counts, the others are ConfigMaps.
pub fn mixed(namespace: &str, number: u32, version: u64) -> Content {
    let name = format!("object-{number}");
    if number % 5 == 4 {
        service(namespace, &name, version)
    } else {
        config_map(namespace, &name, version, SMALL)
    }
}

pub fn namespace(name: &str) -> Content {
    content(("", "v1", "Namespace", "namespaces"), ("", name, 0), json!({}))
}

fn config_map(namespace: &str, name: &str, version: u64, bytes: usize) -> Content {
    let noise = noise(&format!("{namespace} {name} {version}"), bytes);
    let body = json!({"data": {"content": noise}});
    content(("", "v1", "ConfigMap", "configmaps"), (namespace, name, version), body)
}

/// Without an address of its own, of which a cluster has not many.
fn service(namespace: &str, name: &str, version: u64) -> Content {
    let ports =
        json!([{"name": "http", "port": 8000 + version % 1000, "targetPort": 8080, "protocol": "TCP"}]);
    let body = json!({"spec": {"clusterIP": "None", "selector": {"app": name}, "ports": ports}});
    content(("", "v1", "Service", "services"), (namespace, name, version), body)
}

/// Filled up with environment variables to a usual size.
fn deployment(namespace: &str, name: &str, version: u64) -> Content {
    let of = |env: Value| {
        let container = json!({"name": "main", "image": "registry.example/web:1", "ports": [{"containerPort": 8080}],
            "resources": {"requests": {"cpu": "50m", "memory": "64Mi"}}, "env": env});
        let labels = json!({"app": name});
        let body = json!({"spec": {"replicas": 2, "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}}}});
        content(("apps", "v1", "Deployment", "deployments"), (namespace, name, version), body)
    };
    let variable = |number: usize| json!({"name": format!("SETTING_{number}"), "value": noise(&format!("{version} {number}"), 24)});
    let filled = |count: usize| of((0..count).map(variable).collect());
    let count = (0..).find(|count| filled(*count).bytes().len() >= WEB).unwrap_or_default();
    filled(count)
}

fn content(
    (group, version, kind, plural): (&str, &'static str, &str, &'static str),
    (namespace, name, revision): (&str, &str, u64),
    mut manifest: Value,
) -> Content {
    let api_version = if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") };
    manifest["apiVersion"] = api_version.into();
    manifest["kind"] = kind.into();
    manifest["metadata"] = json!({"name": name, "annotations": {VERSION: revision.to_string()}});
    if !namespace.is_empty() {
        manifest["metadata"]["namespace"] = namespace.into();
    }
    let [group, kind, namespace, name] = [group, kind, namespace, name].map(str::to_owned);
    Content { key: ObjectKey { group, kind, namespace, name }, version, plural, manifest }
}

impl Content {
    /// What it is called in its namespace.
    pub fn name(&self) -> &str {
        &self.key.name
    }

    /// As it is declared.
    pub fn declared(&self) -> Resource {
        let (key, version) = (self.key.clone(), self.version.to_owned());
        let object = Object { key, version, manifest: self.manifest.clone() };
        Resource { metadata: in_default_space(&self.key.name), spec: Spec::Workload(object) }
    }

    /// Where it is at the API server.
    pub fn path(&self) -> String {
        let Self { key, version, plural, .. } = self;
        let group = if key.group.is_empty() { "/api".to_owned() } else { format!("/apis/{}", key.group) };
        let namespace =
            if key.namespace.is_empty() { String::new() } else { format!("/namespaces/{}", key.namespace) };
        format!("{group}/{version}{namespace}/{plural}/{}", key.name)
    }

    /// As bare requests send it.
    pub fn bytes(&self) -> Bytes {
        self.manifest.to_string().into()
    }
}

/// Which version of an object is there, by its metadata.
pub fn version(metadata: &Value) -> Option<u64> {
    metadata["annotations"][VERSION].as_str()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_have_their_paths_and_sizes() {
        let [settings, web] = pair("shop", 3).try_into().unwrap();
        assert_eq!(settings.path(), "/api/v1/namespaces/shop/configmaps/settings");
        assert_eq!(web.path(), "/apis/apps/v1/namespaces/shop/deployments/web");
        assert_eq!(namespace("shop").path(), "/api/v1/namespaces/shop");
        let sizes = [settings, web].map(|object| object.bytes().len());
        assert!((3500..3800).contains(&sizes[0]) && (1250..1350).contains(&sizes[1]), "{sizes:?}");
    }

    #[test]
    fn each_version_is_another_content() {
        for number in [0, 4] {
            assert_ne!(mixed("shop", number, 1).bytes(), mixed("shop", number, 2).bytes());
        }
    }
}
