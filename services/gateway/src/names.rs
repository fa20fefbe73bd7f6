//! Names of resources as the API says them, and the keys of their rows.

use model::{API_GROUP, DEFAULT_SPACE, PlacementKey, ResourceKey};
use wire::{Key, api};

use crate::error::Error;

/// The row of the resource that the API calls `key`.
pub(crate) fn key(key: ResourceKey) -> Key {
    match (key.group.as_str(), key.kind.as_str()) {
        (API_GROUP, "Region") => Key::Region(key.name),
        (API_GROUP, "Location") => Key::Location(key.name),
        _ => Key::Intent(key),
    }
}

/// The same from a request, where a space that is not said is the default one. `field`: where in the request it is.
pub(crate) fn requested(field: &str, message: Option<api::ResourceKey>) -> Result<Key, Error> {
    let mut resource = object(field, message)?;
    let hub = is_hub(&resource.group, &resource.kind);
    if !hub && resource.space.is_empty() {
        DEFAULT_SPACE.clone_into(&mut resource.space);
    }
    Ok(key(resource))
}

/// A key from a request as it stands there, which names something.
pub(crate) fn object(field: &str, message: Option<api::ResourceKey>) -> Result<ResourceKey, Error> {
    let message = message.ok_or_else(|| missing(field, "say which resource is meant"))?;
    if message.kind.is_empty() {
        return Err(missing(&format!("{field}.kind"), "say of which kind it is, as in Placement"));
    }
    if message.name.is_empty() {
        return Err(missing(&format!("{field}.name"), "say which one is meant"));
    }
    Ok(wire::resource_key(message))
}

/// A field that has to be set.
pub(crate) fn missing(field: &str, help: &str) -> Error {
    Error::Invalid(format!("{field}: is empty; {help}"))
}

/// Whether the kind belongs to the hub, not to a space.
pub(crate) fn is_hub(group: &str, kind: &str) -> bool {
    group == API_GROUP && matches!(kind, "Region" | "Location")
}

/// The name of the resource of a row; `None`: a row of another table.
pub(crate) fn resource(key: &Key) -> Option<ResourceKey> {
    let of_hub = |kind: &str, name: &str| ResourceKey {
        group: API_GROUP.to_owned(),
        kind: kind.to_owned(),
        name: name.to_owned(),
        ..ResourceKey::default()
    };
    match key {
        Key::Intent(key) => Some(key.clone()),
        Key::Location(name) => Some(of_hub("Location", name)),
        Key::Region(name) => Some(of_hub("Region", name)),
        _ => None,
    }
}

/// As people read it: `Placement shop`, `Deployment.apps shop/cart`.
pub(crate) fn text(key: &Key) -> String {
    let Some(ResourceKey { group, kind, namespace, name, .. }) = resource(key) else { return key.subject() };
    let group = if group == API_GROUP { String::new() } else { group };
    model::ObjectKey { group, kind, namespace, name }.to_string()
}

/// A placement from a request.
pub(crate) fn placement(space: &str, name: &str) -> Result<PlacementKey, Error> {
    if name.is_empty() {
        return Err(missing("placement", "name one"));
    }
    let space = if space.is_empty() { DEFAULT_SPACE } else { space };
    Ok(PlacementKey { space: space.to_owned(), name: name.to_owned() })
}

/// A location from a request.
pub(crate) fn location(name: String) -> Result<String, Error> {
    if name.is_empty() { Err(missing("location", "name one")) } else { Ok(name) }
}

/// Whether the row declares a placement.
pub(crate) fn is_placement(key: &Key) -> bool {
    matches!(key, Key::Intent(key) if key.group == API_GROUP && key.kind == "Placement")
}

/// The placement that a row declares.
pub(crate) fn placement_of(key: &ResourceKey) -> PlacementKey {
    PlacementKey { space: key.space.clone(), name: key.name.clone() }
}

/// The row that declares a placement.
pub(crate) fn placement_row(placement: &PlacementKey) -> Key {
    Key::Intent(ResourceKey {
        space: placement.space.clone(),
        group: API_GROUP.to_owned(),
        kind: "Placement".to_owned(),
        namespace: String::new(),
        name: placement.name.clone(),
    })
}
