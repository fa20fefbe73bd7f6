//! Objects too large for their row: the row names their manifest, which is read before the object counts as known.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use model::{Digest, Resource, ResourceKey};
use wire::Large;

/// Between two requests for content that was not there: it is stored before the row that names it, so that this is for
/// truth that is being repaired.
const AGAIN_MS: u64 = 1_000;

/// Rows that wait for their manifest. A newer row of the same key replaces them.
#[derive(Debug, Default)]
pub(crate) struct Pending {
    waiting: BTreeMap<ResourceKey, Waiting>,
    /// Content to ask for.
    wanted: BTreeSet<Digest>,
    asked_ms: u64,
}

#[derive(Debug)]
struct Waiting {
    large: Large,
    trace: Option<String>,
}

/// An object that is known now.
#[derive(Debug)]
pub(crate) struct Arrived {
    pub key: ResourceKey,
    pub resource: Result<Resource, wire::Error>,
    pub trace: Option<String>,
}

impl Pending {
    pub fn wait(&mut self, key: ResourceKey, large: Large, trace: Option<String>) {
        self.wanted.insert(large.manifest);
        self.waiting.insert(key, Waiting { large, trace });
    }

    /// A newer row has come; whether anything was waiting for it.
    pub fn forget(&mut self, key: &ResourceKey) -> bool {
        self.waiting.remove(key).is_some()
    }

    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// Content to ask for; drained.
    pub fn wants(&mut self) -> BTreeSet<Digest> {
        std::mem::take(&mut self.wanted)
    }

    /// Asks again for what was not there.
    pub fn tick(&mut self, now_ms: u64) {
        if now_ms >= self.asked_ms + AGAIN_MS {
            self.asked_ms = now_ms;
            self.wanted.extend(self.waiting.values().map(|waiting| waiting.large.manifest));
        }
    }

    /// The objects whose manifest this is.
    pub fn arrive(&mut self, digest: Digest, manifest: &Bytes) -> Vec<Arrived> {
        let arrived = self.waiting.extract_if(.., |_, waiting| waiting.large.manifest == digest);
        arrived
            .map(|(key, Waiting { large, trace })| Arrived { key, resource: large.resolve(manifest), trace })
            .collect()
    }

    /// The spaces that have objects waiting.
    pub fn spaces(&self) -> BTreeSet<String> {
        self.waiting.keys().map(|key| key.space.clone()).collect()
    }

    pub fn len(&self) -> usize {
        self.waiting.len()
    }
}
