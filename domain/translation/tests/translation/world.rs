//! Builders for small worlds: a few locations, placements and releases.

use std::collections::BTreeMap;

use bytes::Bytes;
use model::{
    Bundle, Decision, DecisionGroup, Digest, Location, LocationSpec, Metadata, NamedTransform, ObjectKey,
    Operation, Own, PlacementKey, Release, ReleaseObject, Rendered, TransformSpec,
};
use serde_json::{Value, json};
use translation::Codec;

/// Some encoding: the wire has another.
pub fn encode(bundle: &Bundle) -> Vec<u8> {
    format!("{bundle:?}").into_bytes()
}

/// Patches nothing, frames by the digest of all that goes in.
pub const CODEC: Codec = Codec { encode, patch: |_, _| None, frame };

fn frame(template: &[u8], own: &[u8]) -> Option<Bytes> {
    Some(Bytes::copy_from_slice(&Digest::of(&[template, own].concat()).0))
}

pub fn location(name: &str, region: &str, tier: Option<&str>) -> Location {
    let properties = tier.map(|tier| ("tier".to_owned(), tier.to_owned()));
    Location {
        metadata: Metadata { name: name.to_owned(), ..Metadata::default() },
        spec: LocationSpec {
            region: region.to_owned(),
            properties: properties.into_iter().collect(),
            ..LocationSpec::default()
        },
    }
}

pub fn placement(name: &str) -> PlacementKey {
    PlacementKey { space: "default".to_owned(), name: name.to_owned() }
}

/// Releases by digest, and the manifests that they name.
#[derive(Clone, Debug, Default)]
pub struct Contents {
    pub releases: BTreeMap<Digest, Release>,
    pub sources: BTreeMap<Digest, Value>,
}

impl Contents {
    pub fn add(&mut self, manifests: Vec<Value>, transforms: Vec<NamedTransform>) -> Digest {
        let mut objects: Vec<_> = manifests.into_iter().map(|manifest| self.add_source(manifest)).collect();
        objects.sort_by(|left, right| left.key.cmp(&right.key));
        let release = Release { objects, transforms, ..Release::default() };
        let digest = Digest::of(format!("{release:?}").as_bytes());
        self.releases.insert(digest, release);
        digest
    }

    fn add_source(&mut self, manifest: Value) -> ReleaseObject {
        let text =
            |pointer: &str| manifest.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
        let key = ObjectKey {
            group: String::new(),
            kind: text("/kind"),
            namespace: text("/metadata/namespace"),
            name: text("/metadata/name"),
        };
        let source = Digest::of(manifest.to_string().as_bytes());
        self.sources.insert(source, manifest);
        ReleaseObject { key, version: "v1".to_owned(), source, create_only: false }
    }
}

pub fn config_map(name: &str, data: Value) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": "shop"}, "data": data})
}

/// The same with `${CEL}` in it.
pub fn expanded(name: &str, data: Value) -> Value {
    let mut manifest = config_map(name, data);
    manifest["metadata"]["annotations"] = json!({"tributary.dev/expand": "true"});
    manifest
}

pub fn transform(name: &str, when: &str, operations: Vec<Operation>) -> NamedTransform {
    let spec = TransformSpec { match_: None, when: when.to_owned(), operations };
    NamedTransform { name: name.to_owned(), spec }
}

/// A row of the only bucket.
pub fn decision(uid: &str, groups: &[(Digest, u64, &[&str])]) -> Decision {
    let group = |(release, rollout, names): &(Digest, u64, &[&str])| {
        let mut locations: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
        locations.sort();
        DecisionGroup { release: *release, rollout: *rollout, locations, ..DecisionGroup::default() }
    };
    let groups = groups.iter().map(group).filter(|group| !group.locations.is_empty()).collect();
    Decision { placement_uid: uid.to_owned(), groups, ..Decision::default() }
}

/// The manifest of an object in an own part that travels inside the document.
pub fn inline(own: &Own, name: &str) -> Option<Result<Value, String>> {
    let Own::Inline(bundle) = own else { return None };
    let object = bundle.objects.iter().find(|object| object.key.name == name)?;
    match &object.content {
        Rendered::Inline(manifest) => Some(Ok(serde_json::from_slice(manifest).expect("manifests are JSON"))),
        Rendered::Withheld(reason) => Some(Err(reason.clone())),
        Rendered::Blob(_) => None,
    }
}
