//! Releases and bundles: content that names content.

use std::sync::Arc;

use bytes::Bytes;
use model::{Bundle, BundleObject, IgnoredPath, NamedTransform, ObjectKey, Release, ReleaseObject, Rendered};
use prost::Message as _;

use crate::{
    Error, bus,
    bus::bundle_object::Content,
    field::{Reader, digest_bytes},
    health, policy,
    transform::{transform, transform_message},
};

const RELEASE: Reader = Reader("Release");
const BUNDLE: Reader = Reader("Bundle");

/// The content whose digest is the release's name.
pub fn encode_release(release: &Release) -> Bytes {
    let message = bus::Release {
        objects: release.objects.iter().map(source_message).collect(),
        transforms: release.transforms.iter().map(|named| transform_message(&named.spec)).collect(),
        priority: release.priority,
        deletion: policy::deletion_value(release.deletion),
        conflict: policy::conflict_value(release.conflict),
        adopt: policy::adopt_value(release.adopt),
        ignore: policy::ignore_messages(&release.ignore),
        depends_on: policy::dependency_messages(&release.depends_on),
        transform_names: release.transforms.iter().map(|named| named.name.clone()).collect(),
        health_rules: release.health.iter().map(health::health_rule_message).collect(),
    };
    message.encode_to_vec().into()
}

/// See [`encode_release`].
pub fn decode_release(bytes: &[u8]) -> Result<Release, Error> {
    let message: bus::Release = RELEASE.parse(bytes)?;
    if message.transform_names.len() != message.transforms.len() {
        return Err(RELEASE.invalid("transform_names", "not as many as transforms".to_owned()));
    }
    let named = |(name, spec)| Ok(NamedTransform { name, spec: transform(spec)? });
    let transforms = message.transform_names.into_iter().zip(message.transforms);
    Ok(Release {
        objects: message.objects.into_iter().map(source).collect::<Result<_, _>>()?,
        transforms: transforms.map(named).collect::<Result<_, Error>>()?,
        priority: message.priority,
        deletion: policy::deletion(RELEASE, message.deletion)?,
        conflict: policy::conflict(RELEASE, message.conflict)?,
        adopt: policy::adopt(RELEASE, message.adopt)?,
        ignore: policy::ignore(RELEASE, message.ignore)?,
        depends_on: policy::dependencies(RELEASE, message.depends_on)?,
        health: message.health_rules.into_iter().map(health::health_rule).collect::<Result<_, _>>()?,
    })
}

fn source_message(object: &ReleaseObject) -> bus::ReleaseObject {
    bus::ReleaseObject {
        object: Some(reference_message(&object.key, &object.version)),
        digest: digest_bytes(&object.source),
        create_only: object.create_only,
    }
}

fn source(message: bus::ReleaseObject) -> Result<ReleaseObject, Error> {
    let (key, version) = reference(RELEASE, message.object)?;
    let source = RELEASE.digest("objects.digest", &message.digest)?;
    Ok(ReleaseObject { key, version, source, create_only: message.create_only })
}

/// The content of a blob, or the own part of a document.
pub fn encode_bundle(bundle: &Bundle) -> Bytes {
    bundle_message(bundle).encode_to_vec().into()
}

/// See [`encode_bundle`]. What it holds are parts of `bytes`, not copies.
pub fn decode_bundle(bytes: &Bytes) -> Result<Bundle, Error> {
    self::bundle(BUNDLE.parse_shared(bytes)?)
}

/// An encoded bundle whose objects are still encoded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SplitBundle {
    /// See [`decode_bundle_object`].
    pub objects: Vec<Bytes>,
    /// As [`Bundle::template`].
    pub template: Option<Bytes>,
}

/// Splits an encoded bundle, for readers who know most of its objects already. What it gives are parts of `bytes`.
pub fn split_bundle(bytes: &Bytes) -> Result<SplitBundle, Error> {
    let message: bus::EncodedBundle = BUNDLE.parse_shared(bytes)?;
    Ok(SplitBundle { objects: message.objects, template: template(message.own_template) })
}

/// One of what [`split_bundle`] gives.
pub fn decode_bundle_object(bytes: &Bytes) -> Result<BundleObject, Error> {
    rendered(BUNDLE.parse_shared(bytes)?)
}

pub(crate) fn bundle_message(bundle: &Bundle) -> bus::Bundle {
    bus::Bundle {
        objects: bundle.objects.iter().map(rendered_message).collect(),
        own_template: bundle.template.clone().unwrap_or_default(),
    }
}

pub(crate) fn bundle(message: bus::Bundle) -> Result<Bundle, Error> {
    Ok(Bundle {
        objects: message.objects.into_iter().map(rendered).collect::<Result<_, _>>()?,
        template: template(message.own_template),
    })
}

fn template(bytes: Bytes) -> Option<Bytes> {
    Some(bytes).filter(|template| !template.is_empty())
}

fn rendered_message(object: &BundleObject) -> bus::BundleObject {
    let content = match &object.content {
        Rendered::Inline(manifest) => Content::ManifestJson(manifest.clone()),
        Rendered::Blob(digest) => Content::Digest(digest_bytes(digest)),
        Rendered::Withheld(reason) => Content::Withheld(reason.clone()),
    };
    bus::BundleObject {
        object: Some(reference_message(&object.key, &object.version)),
        content: Some(content),
        create_only: object.create_only,
        ignore: object.ignore.iter().map(ignored_message).collect(),
        health: object.health.iter().map(health::check_message).collect(),
    }
}

fn rendered(message: bus::BundleObject) -> Result<BundleObject, Error> {
    let (key, version) = reference(BUNDLE, message.object)?;
    let content = match BUNDLE.required("objects.content", message.content)? {
        Content::ManifestJson(manifest) => Rendered::Inline(manifest),
        Content::Digest(digest) => Rendered::Blob(BUNDLE.digest("objects.digest", &digest)?),
        Content::Withheld(reason) => Rendered::Withheld(reason),
    };
    Ok(BundleObject {
        key: Arc::new(key),
        version,
        content,
        create_only: message.create_only,
        ignore: shared(message.ignore, ignored)?,
        health: shared(message.health, health::check)?,
    })
}

/// A list that is nearly always empty: it then takes no memory.
fn shared<M, T>(messages: Vec<M>, read: impl Fn(M) -> Result<T, Error>) -> Result<Arc<[T]>, Error> {
    if messages.is_empty() { Ok(Arc::default()) } else { messages.into_iter().map(read).collect() }
}

fn ignored_message(ignored: &IgnoredPath) -> bus::IgnoredPath {
    bus::IgnoredPath { path: ignored.path.clone(), when: policy::ignore_when_value(ignored.when) }
}

fn ignored(message: bus::IgnoredPath) -> Result<IgnoredPath, Error> {
    let path = BUNDLE.filled("objects.ignore.path", message.path)?;
    Ok(IgnoredPath { path, when: policy::ignore_when(BUNDLE, message.when)? })
}

fn reference_message(key: &ObjectKey, version: &str) -> bus::ObjectRef {
    let ObjectKey { group, kind, namespace, name } = key.clone();
    bus::ObjectRef { group, version: version.to_owned(), kind, namespace, name }
}

fn reference(reader: Reader, message: Option<bus::ObjectRef>) -> Result<(ObjectKey, String), Error> {
    let message = reader.required("objects.object", message)?;
    let key = ObjectKey {
        group: message.group,
        kind: reader.filled("objects.object.kind", message.kind)?,
        namespace: message.namespace,
        name: reader.filled("objects.object.name", message.name)?,
    };
    Ok((key, message.version))
}
