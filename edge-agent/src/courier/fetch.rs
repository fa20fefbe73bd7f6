//! Which blobs are fetched when: each once, and one that did not come again after a pause.

use std::collections::{BTreeMap, BTreeSet};

use futures::{StreamExt as _, stream};
use model::Digest;
use tokio::time::Instant;

use super::{AGAIN, AGAIN_LONGEST, Courier};
use crate::agent::Event;
use crate::timing;

/// Blobs under way at once: enough to hide the round trip, few enough not to fill a small device's memory.
const TOGETHER: usize = 8;

/// Blobs that did not come.
#[derive(Debug, Default)]
pub struct Fetches {
    failed: BTreeMap<Digest, (u32, Instant)>,
    /// Handed to the site, which may not have said so yet.
    delivered: BTreeSet<Digest>,
}

impl Fetches {
    pub fn due(&self) -> Option<Instant> {
        self.failed.values().map(|(_, due)| *due).min()
    }

    /// The connection is new: nothing has to be waited out.
    pub fn retry_now(&mut self) {
        self.failed.clear();
    }

    /// What of `needs` is to be fetched now; forgets what is no longer needed.
    fn wanted(&mut self, needs: &BTreeSet<Digest>) -> Vec<Digest> {
        let now = Instant::now();
        self.failed.retain(|digest, _| needs.contains(digest));
        self.delivered.retain(|digest| needs.contains(digest));
        let ready = |digest: &&Digest| self.failed.get(*digest).is_none_or(|(_, due)| *due <= now);
        needs.difference(&self.delivered).filter(ready).copied().collect()
    }

    fn failed(&mut self, digest: Digest) {
        let attempts = self.failed.get(&digest).map_or(0, |(attempts, _)| attempts.saturating_add(1));
        let due = Instant::now() + timing::backoff(AGAIN, AGAIN_LONGEST, attempts);
        self.failed.insert(digest, (attempts, due));
    }
}

impl Courier {
    /// Fetches what the site lacks.
    pub(super) async fn fetch(&mut self) {
        let wanted = self.fetches.wanted(&self.outbox.borrow().needs);
        let attachment = &self.attachment;
        let fetched =
            wanted.into_iter().map(|digest| async move { (digest, attachment.get_blob(digest).await) });
        let mut fetched = stream::iter(fetched).buffer_unordered(TOGETHER);
        while let Some((digest, blob)) = fetched.next().await {
            match blob {
                Ok(blob) => {
                    match blob {
                        Some(_) => _ = self.fetches.delivered.insert(digest),
                        None => self.fetches.failed(digest),
                    }
                    // A site that has ended needs nothing any more.
                    self.site.send(Box::new(Event::Blob(digest, blob))).await.ok();
                }
                Err(error) => {
                    tracing::debug!(blob = %digest, %error, "blob cannot be fetched");
                    self.fetches.failed(digest);
                }
            }
        }
    }
}
