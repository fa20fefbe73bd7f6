//! A Kubernetes object kept as data.

use std::cmp::Ordering;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{FieldPath, Violation, generate_name::settle_name, scope, scope::Scope};

/// What an object is at an edge: two manifests with the same key are the same object there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ObjectKey {
    /// "" for the core group.
    pub group: String,
    pub kind: String,
    /// "" for a cluster-scoped object.
    #[serde(default)]
    pub namespace: String,
    pub name: String,
}

impl ObjectKey {
    fn parts(&self) -> [&str; 4] {
        [&self.group, &self.kind, &self.namespace, &self.name]
    }
}

impl Ord for ObjectKey {
    /// By group, kind, namespace and name. Keys are shared, so most of those that are equal are the same one, and need
    /// not be read.
    fn cmp(&self, other: &Self) -> Ordering {
        if std::ptr::eq(self, other) {
            return Ordering::Equal;
        }
        self.parts().cmp(&other.parts())
    }
}

impl PartialOrd for ObjectKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for ObjectKey {
    /// `Deployment.apps shop/cart`, `Namespace shop`: what people read in errors and tables.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.kind)?;
        if !self.group.is_empty() {
            write!(f, ".{}", self.group)?;
        }
        f.write_str(" ")?;
        if !self.namespace.is_empty() {
            write!(f, "{}/", self.namespace)?;
        }
        f.write_str(&self.name)
    }
}

/// A Kubernetes object: its key, its version and the whole manifest.
///
/// The manifest is a JSON value with sorted keys, so that equal objects have equal bytes.
#[derive(Clone, Debug, PartialEq)]
pub struct Object {
    pub key: ObjectKey,
    /// `v1`, `v1beta1`: the part of `apiVersion` after the group.
    pub version: String,
    pub manifest: Value,
}

impl Object {
    /// Bytes of a manifest's canonical form. etcd refuses requests above 1.5 MiB, so nothing larger can be applied.
    pub const MAX_BYTES: usize = 3 << 19;

    /// The object of a manifest: what has apiVersion, kind and metadata.name, or a metadata.generateName of which a name
    /// is made that is the same whenever the manifest is.
    ///
    /// A built-in namespaced kind without a namespace goes to `default`, as with `kubectl`; a cluster-scoped one loses
    /// the namespace it may carry. Both so that the same object never has two keys.
    pub fn from_manifest(mut manifest: Value) -> Result<Self, Vec<Violation>> {
        let (group, version) = split_api_version(text(&manifest, "/apiVersion"));
        let kind = text(&manifest, "/kind").to_owned();
        let missing = missing(&version, &kind);
        // Before the name, so that it does not matter for that whether the default namespace is written out.
        let namespace = settle_namespace(&mut manifest, scope::of(&group, &kind));
        match settle_name(&mut manifest) {
            Ok(name) if missing.is_empty() => {
                Ok(Self { key: ObjectKey { group, kind, namespace, name }, version, manifest })
            }
            name => Err(missing.into_iter().chain(name.err()).collect()),
        }
    }

    /// Canonical bytes: compact JSON, keys sorted. What digests are made of.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.manifest.to_string().into_bytes()
    }

    /// A label of the manifest's metadata.
    pub fn label(&self, name: &str) -> Option<&str> {
        self.manifest.pointer("/metadata/labels")?.get(name)?.as_str()
    }

    /// An annotation of the manifest's metadata.
    pub fn annotation(&self, name: &str) -> Option<&str> {
        self.manifest.pointer("/metadata/annotations")?.get(name)?.as_str()
    }
}

fn text<'a>(manifest: &'a Value, pointer: &str) -> &'a str {
    manifest.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

fn split_api_version(api_version: &str) -> (String, String) {
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    (group.to_owned(), version.to_owned())
}

fn missing(version: &str, kind: &str) -> Vec<Violation> {
    let all = [
        (version, "apiVersion", "add apiVersion, such as v1 or apps/v1"),
        (kind, "kind", "add kind, such as Deployment"),
    ];
    let violation = |(_, field, help): (&str, &str, &str)| Violation {
        path: FieldPath::default().key(field),
        message: "it is required, as a string".to_owned(),
        help: help.to_owned(),
    };
    all.into_iter().filter(|(value, ..)| value.is_empty()).map(violation).collect()
}

fn settle_namespace(manifest: &mut Value, scope: Scope) -> String {
    let Some(metadata) = manifest.get_mut("metadata").and_then(Value::as_object_mut) else {
        return String::new();
    };
    let given = namespace(metadata);
    let settled = match scope {
        Scope::Cluster => String::new(),
        Scope::Namespaced if given.is_empty() => "default".to_owned(),
        Scope::Namespaced | Scope::Unknown => given.clone(),
    };
    if settled.is_empty() {
        metadata.remove("namespace");
    } else if settled != given {
        metadata.insert("namespace".to_owned(), settled.clone().into());
    }
    settled
}

fn namespace(metadata: &Map<String, Value>) -> String {
    metadata.get("namespace").and_then(Value::as_str).unwrap_or_default().to_owned()
}
