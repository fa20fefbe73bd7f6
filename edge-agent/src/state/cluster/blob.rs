//! Content from its chunks.

use std::collections::BTreeMap;

use bytes::Bytes;
use model::Digest;

use crate::state::Blobs;

/// By digest and index.
pub type Chunks = BTreeMap<Digest, BTreeMap<u32, Bytes>>;

/// Puts what is whole into `blobs`; how many chunks each digest has. What is not whole is fetched again from the hub.
pub fn assemble(chunks: Chunks, blobs: &mut Blobs) -> BTreeMap<Digest, u32> {
    let mut stored = BTreeMap::new();
    for (digest, chunks) in chunks {
        let count = u32::try_from(chunks.len()).unwrap_or(u32::MAX);
        let in_order = chunks.keys().copied().eq(0..count);
        match in_order.then(|| wire::content::assemble(digest, chunks.into_values().collect())) {
            Some(Ok(content)) => {
                if !blobs.contains(&digest) {
                    blobs.put(digest, content);
                }
                stored.insert(digest, count);
            }
            _ => tracing::warn!(blob = %digest, "stored content is not whole"),
        }
    }
    stored
}
