//! Rendered objects on their way to a location.

use std::sync::Arc;

use bytes::Bytes;

use crate::{Digest, HealthCheck, IgnoreWhen, ObjectKey};

/// Rendered objects of one placement: either what all its locations share, or what is one location's own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bundle {
    /// Sorted by key.
    pub objects: Vec<BundleObject>,
    /// Of a shared bundle: what locations' own parts have in common, encoded. Frames are made and opened with it; it is
    /// nothing to apply.
    pub template: Option<Bytes>,
}

impl Bundle {
    /// The blobs that its objects are in; small ones are inside.
    pub fn blobs(&self) -> impl Iterator<Item = Digest> {
        self.objects.iter().filter_map(|object| match object.content {
            Rendered::Blob(digest) => Some(digest),
            Rendered::Inline(_) | Rendered::Withheld(_) => None,
        })
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BundleObject {
    /// Shared by all that is noted of the object at a location.
    pub key: Arc<ObjectKey>,
    pub version: String,
    pub content: Rendered,
    pub create_only: bool,
    /// Fields that others own at the edge; shared by the objects that a rule is for. Of nearly all objects it is empty,
    /// and `Arc::default()` then, which takes no memory.
    pub ignore: Arc<[IgnoredPath]>,
    /// What the rule for its health says; empty as `ignore` is.
    pub health: Arc<[HealthCheck]>,
}

impl BundleObject {
    /// An object that nothing special is said about.
    pub fn new(key: impl Into<Arc<ObjectKey>>, version: impl Into<String>, content: Rendered) -> Self {
        Self {
            key: key.into(),
            version: version.into(),
            content,
            create_only: false,
            ignore: Arc::default(),
            health: Arc::default(),
        }
    }
}

/// Fields that are no drift and no conflict, whatever they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IgnoredPath {
    /// A JSONPath, as the user wrote it.
    pub path: String,
    /// `Always`: the manifest has no such field. `OnUpdate`: it may have one, for when the object is created.
    pub when: IgnoreWhen,
}

/// What an object is at a location.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rendered {
    /// The manifest as compact JSON with sorted keys; for small ones.
    Inline(Bytes),
    /// The same in the blob table.
    Blob(Digest),
    /// It could not be rendered, and why: what is there stays.
    Withheld(String),
}
