//! Content that the agents of one process keep once: what a proxy is to the agents of a site.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use bytes::Bytes;
use model::Digest;

use crate::site::Parsed;

/// Clones share it. What no agent uses any more goes with the last one that did.
#[derive(Clone, Debug, Default)]
pub struct Shelf(Arc<Mutex<Kept>>);

#[derive(Debug, Default)]
struct Kept {
    content: BTreeMap<Digest, Bytes>,
    /// Bundles among the content that somebody has read and still uses.
    parsed: BTreeMap<Digest, Weak<Parsed>>,
}

impl Shelf {
    pub(super) fn get(&self, digest: &Digest) -> Option<Bytes> {
        self.kept().content.get(digest).cloned()
    }

    /// The content as it is kept: perhaps what another agent has put here.
    pub(super) fn put(&self, digest: Digest, bytes: Bytes) -> Bytes {
        self.kept().content.entry(digest).or_insert(bytes).clone()
    }

    pub(super) fn parsed(&self, digest: &Digest) -> Option<Arc<Parsed>> {
        self.kept().parsed.get(digest)?.upgrade()
    }

    pub(super) fn set_parsed(&self, digest: Digest, bundle: &Arc<Parsed>) {
        let mut kept = self.kept();
        kept.parsed.retain(|_, bundle| bundle.strong_count() > 0);
        kept.parsed.insert(digest, Arc::downgrade(bundle));
    }

    /// Somebody has let go of these.
    pub(super) fn drop_unused(&self, digests: &BTreeSet<Digest>) {
        let mut kept = self.kept();
        for digest in digests {
            if kept.content.get(digest).is_some_and(Bytes::is_unique) {
                kept.content.remove(digest);
            }
        }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        // No change of the maps can be left half done by a panic.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
