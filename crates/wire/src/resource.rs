//! Declared resources, in the API and as rows of `intent` and `locations`.
//!
//! A workload object whose manifest is larger than [`LARGE_MANIFEST`] has only its digest in the row, and the manifest
//! itself is content in the `release` table, stored before the row: see [`Stored`].

use bytes::Bytes;
use model::{Digest, Metadata, Object, ObjectKey, Resource, ResourceKey, Spec};
use prost::Message as _;

use crate::{
    Error, api,
    api::{resource::Spec as SpecMessage, workload_spec::Content},
    field::{Reader, digest_bytes},
    health, location, placement, rollout, transform,
};

/// Bytes of a manifest above which a row names it by digest: rows are folded by everybody, and a message is at most
/// 1 MiB.
pub const LARGE_MANIFEST: usize = 256 * 1024;
const RESOURCE: Reader = Reader("Resource");
const WORKLOAD: Reader = Reader("WorkloadSpec");

/// A resource as a row holds it.
#[derive(Clone, Debug, PartialEq)]
pub enum Stored {
    Whole(Resource),
    /// A workload object whose manifest is elsewhere.
    Large(Large),
}

/// A workload object without its manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Large {
    pub metadata: Metadata,
    pub key: ObjectKey,
    pub version: String,
    /// The content in the `release` table that is the manifest.
    pub manifest: Digest,
}

impl Large {
    /// The whole resource, given the content that `self.manifest` names.
    pub fn resolve(self, manifest: &[u8]) -> Result<Resource, Error> {
        let object = object(self.key, self.version, manifest)?;
        Ok(Resource { metadata: self.metadata, spec: Spec::Workload(object) })
    }
}

/// A row, and what has to be stored in the `release` table before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub bytes: Bytes,
    pub content: Option<(Digest, Bytes)>,
}

/// The row of a resource: with a large manifest by digest.
pub fn encode_row(resource: &Resource) -> Row {
    let (message, content) = row_message(resource);
    Row { bytes: message.encode_to_vec().into(), content }
}

/// The same, not encoded yet, and the content that it names.
pub fn row_message(resource: &Resource) -> (api::Resource, Option<(Digest, Bytes)>) {
    let mut message = resource_message(resource);
    let content = take_large(&mut message);
    (message, content)
}

fn take_large(message: &mut api::Resource) -> Option<(Digest, Bytes)> {
    let Some(SpecMessage::Workload(workload)) = &mut message.spec else { return None };
    let Some(Content::ManifestJson(manifest)) = &workload.content else { return None };
    if manifest.len() <= LARGE_MANIFEST {
        return None;
    }
    let (digest, manifest) = (Digest::of(manifest), manifest.clone());
    workload.content = Some(Content::ManifestDigest(digest_bytes(&digest)));
    Some((digest, manifest))
}

/// See [`encode_row`].
pub fn decode_row(bytes: &[u8]) -> Result<Stored, Error> {
    let message: api::Resource = RESOURCE.parse(bytes)?;
    stored(message)
}

/// A resource with everything inside, whatever its size.
pub fn encode_resource(resource: &Resource) -> Bytes {
    resource_message(resource).encode_to_vec().into()
}

/// See [`encode_resource`]. A row whose manifest is elsewhere is [`Error::Elsewhere`]: whoever follows `intent` takes
/// [`decode_row`].
pub fn decode_resource(bytes: &[u8]) -> Result<Resource, Error> {
    resource(RESOURCE.parse(bytes)?)
}

/// A resource as the API carries it.
pub fn resource_message(resource: &Resource) -> api::Resource {
    let spec = match &resource.spec {
        Spec::Region(spec) => SpecMessage::Region(location::region_message(spec)),
        Spec::Location(spec) => SpecMessage::Location(location::location_message(spec)),
        Spec::Placement(spec) => SpecMessage::Placement(placement::placement_message(spec)),
        Spec::Transform(spec) => SpecMessage::Transform(transform::transform_message(spec)),
        Spec::HealthRule(spec) => SpecMessage::HealthRule(health::health_rule_message(spec)),
        Spec::RolloutControl(spec) => SpecMessage::RolloutControl(rollout::control_message(spec)),
        Spec::Workload(object) => SpecMessage::Workload(workload_message(object)),
    };
    api::Resource { metadata: Some(metadata_message(&resource.metadata)), spec: Some(spec) }
}

/// See [`resource_message`].
pub fn resource(message: api::Resource) -> Result<Resource, Error> {
    match stored(message)? {
        Stored::Whole(resource) => Ok(resource),
        Stored::Large(large) => Err(Error::Elsewhere(large.manifest)),
    }
}

fn stored(message: api::Resource) -> Result<Stored, Error> {
    let metadata = metadata(RESOURCE.required("metadata", message.metadata)?)?;
    let spec = match RESOURCE.required("spec", message.spec)? {
        SpecMessage::Region(spec) => Spec::Region(location::region(spec)),
        SpecMessage::Location(spec) => Spec::Location(location::location(spec)?),
        SpecMessage::Placement(spec) => Spec::Placement(placement::placement(spec)?),
        SpecMessage::Transform(spec) => Spec::Transform(transform::transform(spec)?),
        SpecMessage::HealthRule(spec) => Spec::HealthRule(health::health_rule(spec)?),
        SpecMessage::RolloutControl(spec) => Spec::RolloutControl(rollout::control(spec)?),
        SpecMessage::Workload(spec) => return workload(metadata, spec),
    };
    Ok(Stored::Whole(Resource { metadata, spec }))
}

fn workload_message(object: &Object) -> api::WorkloadSpec {
    api::WorkloadSpec {
        group: object.key.group.clone(),
        version: object.version.clone(),
        kind: object.key.kind.clone(),
        namespace: object.key.namespace.clone(),
        content: Some(Content::ManifestJson(object.to_bytes().into())),
    }
}

/// The object's name is the resource's: `metadata.name`.
fn workload(metadata: Metadata, message: api::WorkloadSpec) -> Result<Stored, Error> {
    let key = ObjectKey {
        group: message.group,
        kind: WORKLOAD.filled("kind", message.kind)?,
        namespace: message.namespace,
        name: metadata.name.clone(),
    };
    let version = WORKLOAD.filled("version", message.version)?;
    match WORKLOAD.required("content", message.content)? {
        Content::ManifestJson(manifest) => {
            let spec = Spec::Workload(object(key, version, &manifest)?);
            Ok(Stored::Whole(Resource { metadata, spec }))
        }
        Content::ManifestDigest(digest) => {
            let manifest = WORKLOAD.digest("manifest_digest", &digest)?;
            Ok(Stored::Large(Large { metadata, key, version, manifest }))
        }
    }
}

fn object(key: ObjectKey, version: String, manifest: &[u8]) -> Result<Object, Error> {
    let manifest = WORKLOAD.json("manifest_json", manifest)?;
    if !manifest.is_object() {
        return Err(WORKLOAD.invalid("manifest_json", "not a JSON object".to_owned()));
    }
    Ok(Object { key, version, manifest })
}

fn metadata_message(metadata: &Metadata) -> api::Metadata {
    api::Metadata {
        name: metadata.name.clone(),
        space: metadata.space.clone(),
        labels: metadata.labels.clone(),
        annotations: metadata.annotations.clone(),
        uid: metadata.uid.clone(),
        generation: metadata.generation,
        resource_version: metadata.resource_version.clone(),
        create_time_ms: metadata.create_time,
        deletion_time_ms: metadata.deletion_timestamp,
        set: metadata.set.clone(),
    }
}

/// The uid may be empty: users who declare a resource have none yet.
fn metadata(message: api::Metadata) -> Result<Metadata, Error> {
    Ok(Metadata {
        name: RESOURCE.filled("metadata.name", message.name)?,
        space: message.space,
        labels: message.labels,
        annotations: message.annotations,
        uid: message.uid,
        generation: message.generation,
        resource_version: message.resource_version,
        create_time: message.create_time_ms,
        deletion_timestamp: message.deletion_time_ms,
        set: message.set,
    })
}

/// A key as the API carries it.
pub fn resource_key_message(key: &ResourceKey) -> api::ResourceKey {
    let ResourceKey { space, group, kind, namespace, name } = key.clone();
    api::ResourceKey { space, group, kind, namespace, name }
}

/// See [`resource_key_message`].
pub fn resource_key(message: api::ResourceKey) -> ResourceKey {
    let api::ResourceKey { space, group, kind, namespace, name } = message;
    ResourceKey { space, group, kind, namespace, name }
}
