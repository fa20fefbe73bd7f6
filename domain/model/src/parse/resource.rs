//! From the value of one object to a resource.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::typed;
use crate::{
    API_GROUP, API_VERSION, FieldPath, Metadata, Object, Resource, Spec, Violation, manifest, suggest, time,
};

const KINDS: [&str; 6] = ["Region", "Location", "Placement", "Transform", "HealthRule", "RolloutControl"];

/// The resource, or all that is wrong with it.
pub(super) fn read(value: Value, default_space: &str) -> Result<Resource, Vec<Violation>> {
    let Value::Object(fields) = value else {
        return Err(vec![violation(
            &[],
            "a document must be a mapping with apiVersion, kind and metadata",
            "",
        )]);
    };
    let api_version = fields.get("apiVersion").and_then(Value::as_str).unwrap_or_default();
    match api_version.split_once('/') {
        Some((API_GROUP, _)) => own(fields, default_space),
        _ => workload(fields, default_space),
    }
}

fn workload(mut fields: Map<String, Value>, default_space: &str) -> Result<Resource, Vec<Violation>> {
    let mut metadata = manifest::take_bookkeeping(&mut fields)?;
    let object = Object::from_manifest(Value::Object(fields))?;
    metadata.name.clone_from(&object.key.name);
    if metadata.space.is_empty() {
        default_space.clone_into(&mut metadata.space);
    }
    checked(Resource { metadata, spec: Spec::Workload(object) }, Vec::new())
}

fn own(mut fields: Map<String, Value>, default_space: &str) -> Result<Resource, Vec<Violation>> {
    let kind = fields.remove("kind").unwrap_or_default();
    let kind = kind.as_str().unwrap_or_default();
    let mut found = header(&mut fields, kind);
    let (metadata, wrong) = metadata(fields.remove("metadata"));
    found.extend(wrong);
    let (spec, wrong) = spec(kind, fields.remove("spec"));
    found.extend(wrong);
    // Bookkeeping of the hub: printed, and ignored when it comes back.
    fields.remove("status");
    for name in fields.keys() {
        let near = suggest::nearest(name, ["apiVersion", "kind", "metadata", "spec"]);
        let help = near.map_or("remove it".to_owned(), |near| format!("did you mean `{near}`?"));
        found.push(violation(&[name], format!("unknown field `{name}`"), help));
    }
    let (Some(mut metadata), Some(spec)) = (metadata, spec) else { return Err(found) };
    if metadata.space.is_empty() && !matches!(spec, Spec::Region(_) | Spec::Location(_)) {
        default_space.clone_into(&mut metadata.space);
    }
    checked(Resource { metadata, spec }, found)
}

/// Adds what the rules for its kind say, except about what could not be read and has been replaced.
fn checked(resource: Resource, mut found: Vec<Violation>) -> Result<Resource, Vec<Violation>> {
    let unread: Vec<FieldPath> = found.iter().map(|violation| violation.path.clone()).collect();
    let is_news = |violation: &Violation| !unread.iter().any(|path| path.overlaps(&violation.path));
    found.extend(resource.validate().into_iter().filter(is_news));
    if found.is_empty() { Ok(resource) } else { Err(found) }
}

fn header(fields: &mut Map<String, Value>, kind: &str) -> Vec<Violation> {
    let mut found = Vec::new();
    let version = fields.remove("apiVersion").unwrap_or_default();
    if version != API_VERSION {
        found.push(violation(
            &["apiVersion"],
            format!("{version} is not known"),
            format!("write {API_VERSION}"),
        ));
    }
    if !KINDS.contains(&kind) {
        let help = match suggest::nearest(kind, KINDS) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("kinds of {API_GROUP}: {}", KINDS.join(", ")),
        };
        found.push(violation(&["kind"], format!("unknown kind `{kind}`"), help));
    }
    found
}

fn metadata(value: Option<Value>) -> (Option<Metadata>, Vec<Violation>) {
    let mut fields = match value {
        Some(Value::Object(fields)) => fields,
        _ => return (None, vec![violation(&["metadata"], "it is required", "add metadata with a name")]),
    };
    fields.retain(|_, value| !value.is_null());
    let mut found = Vec::new();
    for name in ["createTime", "deletionTimestamp"] {
        let Some(text) = fields.get(name).and_then(Value::as_str) else { continue };
        let ms = time::from_rfc3339(text);
        if ms.is_none() {
            found.push(violation(
                &["metadata", name],
                "not a time",
                "write it as 2026-03-01T12:00:00Z, or remove it",
            ));
        }
        fields.insert(name.to_owned(), ms.unwrap_or_default().into());
    }
    let (metadata, wrong) = typed::read(Value::Object(fields), &FieldPath::default().key("metadata"));
    found.extend(wrong);
    (metadata, found)
}

fn spec(kind: &str, value: Option<Value>) -> (Option<Spec>, Vec<Violation>) {
    fn read<T: DeserializeOwned>(value: Value, wrap: fn(T) -> Spec) -> (Option<Spec>, Vec<Violation>) {
        let (spec, found) = typed::read(value, &FieldPath::default().key("spec"));
        (spec.map(wrap), found)
    }
    let value = value.filter(|value| !value.is_null()).unwrap_or_else(|| Value::Object(Map::new()));
    match kind {
        "Region" => read(value, Spec::Region),
        "Location" => read(value, Spec::Location),
        "Placement" => read(value, Spec::Placement),
        "Transform" => read(value, Spec::Transform),
        "HealthRule" => read(value, Spec::HealthRule),
        "RolloutControl" => read(value, Spec::RolloutControl),
        _ => (None, Vec::new()),
    }
}

fn violation(path: &[&str], message: impl Into<String>, help: impl Into<String>) -> Violation {
    let path = path.iter().fold(FieldPath::default(), |path, key| path.key(key));
    Violation { path, message: message.into(), help: help.into() }
}
