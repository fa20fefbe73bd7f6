//! Content that the agents of one process keep once: what a proxy is to the agents of a site.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use model::Digest;

/// Clones share it. What no agent uses any more goes with the last one that did.
#[derive(Clone, Debug, Default)]
pub struct Shelf(Arc<Mutex<BTreeMap<Digest, Bytes>>>);

impl Shelf {
    pub(super) fn get(&self, digest: &Digest) -> Option<Bytes> {
        self.content().get(digest).cloned()
    }

    pub(super) fn contains(&self, digest: &Digest) -> bool {
        self.content().contains_key(digest)
    }

    /// The content as it is kept: perhaps what another agent has put here.
    pub(super) fn put(&self, digest: Digest, bytes: Bytes) -> Bytes {
        self.content().entry(digest).or_insert(bytes).clone()
    }

    /// Somebody has let go of these.
    pub(super) fn drop_unused(&self, digests: &BTreeSet<Digest>) {
        let mut content = self.content();
        for digest in digests {
            if content.get(digest).is_some_and(Bytes::is_unique) {
                content.remove(digest);
            }
        }
    }

    fn content(&self) -> MutexGuard<'_, BTreeMap<Digest, Bytes>> {
        // No change of the map can be left half done by a panic.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
