//! Resources as users see them: apiVersion, kind, metadata, spec.
//!
//! What is printed can be applied again. A workload object keeps its own metadata, so the hub's bookkeeping about it
//! travels in annotations, which are taken off again on the way in and never reach an edge.

use serde_json::{Map, Value, json};

use crate::{API_VERSION, FieldPath, Metadata, Object, Resource, Spec, Violation, time};

const SPACE: &str = "tributary.dev/space";
const UID: &str = "tributary.dev/uid";
const GENERATION: &str = "tributary.dev/generation";
const RESOURCE_VERSION: &str = "tributary.dev/resource-version";
const CREATE_TIME: &str = "tributary.dev/create-time";
const SET: &str = "tributary.dev/set";

impl Resource {
    /// The form that users write and read; times as RFC 3339, the hub's bookkeeping included.
    pub fn to_manifest(&self) -> Value {
        let spec = match &self.spec {
            Spec::Region(spec) => serde_json::to_value(spec),
            Spec::Location(spec) => serde_json::to_value(spec),
            Spec::Placement(spec) => serde_json::to_value(spec),
            Spec::Transform(spec) => serde_json::to_value(spec),
            Spec::HealthRule(spec) => serde_json::to_value(spec),
            Spec::RolloutControl(spec) => serde_json::to_value(spec),
            Spec::Workload(object) => return annotated(object, &self.metadata),
        };
        let spec = spec.expect("specs are maps with string keys, which JSON can always hold");
        json!({
            "apiVersion": API_VERSION,
            "kind": self.spec.kind(),
            "metadata": metadata(&self.metadata),
            "spec": spec,
        })
    }
}

fn metadata(metadata: &Metadata) -> Value {
    let mut value = serde_json::to_value(metadata).expect("metadata is a map with string keys");
    for (name, ms) in
        [("createTime", metadata.create_time), ("deletionTimestamp", metadata.deletion_timestamp)]
    {
        if ms != 0 {
            value[name] = time::to_rfc3339(ms).into();
        }
    }
    value
}

/// A workload object with the hub's bookkeeping in its annotations.
fn annotated(object: &Object, metadata: &Metadata) -> Value {
    let mut manifest = object.manifest.clone();
    let kept = [
        (SPACE, metadata.space.clone()),
        (UID, metadata.uid.clone()),
        (GENERATION, unless_zero(metadata.generation, metadata.generation.to_string())),
        (RESOURCE_VERSION, metadata.resource_version.clone()),
        (CREATE_TIME, unless_zero(metadata.create_time, time::to_rfc3339(metadata.create_time))),
        (SET, metadata.set.clone()),
    ];
    let added = kept.into_iter().filter(|(_, value)| !value.is_empty());
    if let Some(annotations) = annotations(&mut manifest) {
        annotations.extend(added.map(|(name, value)| (name.to_owned(), value.into())));
    }
    manifest
}

fn unless_zero(value: u64, text: String) -> String {
    if value == 0 { String::new() } else { text }
}

fn annotations(manifest: &mut Value) -> Option<&mut Map<String, Value>> {
    let metadata = manifest.get_mut("metadata")?.as_object_mut()?;
    let annotations = metadata.entry("annotations").or_insert_with(|| json!({}));
    if annotations.is_null() {
        *annotations = json!({});
    }
    annotations.as_object_mut()
}

/// The hub's bookkeeping out of the annotations of a workload manifest; empty where there is none.
pub(crate) fn take_bookkeeping(fields: &mut Map<String, Value>) -> Result<Metadata, Vec<Violation>> {
    let Some(metadata) = fields.get_mut("metadata").and_then(Value::as_object_mut) else {
        return Ok(Metadata::default());
    };
    let Some(annotations) = metadata.get_mut("annotations").and_then(Value::as_object_mut) else {
        return Ok(Metadata::default());
    };
    let mut take = |name| {
        let value = annotations.remove(name).unwrap_or_else(|| "".into());
        value.as_str().map(str::to_owned).ok_or_else(|| vec![unreadable(name)])
    };
    let taken = Metadata {
        space: take(SPACE)?,
        uid: take(UID)?,
        generation: optional(GENERATION, &take(GENERATION)?, |text| text.parse().ok())?,
        resource_version: take(RESOURCE_VERSION)?,
        create_time: optional(CREATE_TIME, &take(CREATE_TIME)?, time::from_rfc3339)?,
        set: take(SET)?,
        ..Metadata::default()
    };
    if annotations.is_empty() {
        metadata.remove("annotations");
    }
    Ok(taken)
}

fn optional(name: &str, text: &str, read: fn(&str) -> Option<u64>) -> Result<u64, Vec<Violation>> {
    if text.is_empty() {
        return Ok(0);
    }
    read(text).ok_or_else(|| vec![unreadable(name)])
}

fn unreadable(name: &str) -> Violation {
    Violation {
        path: FieldPath::default().key("metadata").key("annotations").key(name),
        message: "the hub's bookkeeping cannot be read".to_owned(),
        help: "remove the annotation: the hub sets it".to_owned(),
    }
}
