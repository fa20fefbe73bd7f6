//! The rows that a region lacks, a batch at a time.

use std::collections::BTreeMap;
use std::sync::Arc;

use model::{Desired, Digest};

use super::regions::Trace;
use super::target::Target;
use super::{Name, View};
use crate::bundle::Blob;

/// Bytes of a batch, roughly: servers take larger ones unwillingly.
const MAX_BATCH: usize = 2 << 20;
/// What a document of a few entries takes.
const BYTES_PER_ROW: usize = 300;
/// Locations looked at in one go for each row that is asked for: no call may take long, and at a start most locations
/// are as they should be.
const LOOKS_PER_ROW: usize = 8;

/// What to store for a region.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// To be stored before the rows, each of which names some.
    pub blobs: Vec<Blob>,
    pub rows: Vec<Written>,
    /// There are locations that have not been looked at.
    pub more: bool,
}

/// A document to be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    pub location: Name,
    pub desired: Desired,
    /// The trace context of what caused it.
    pub trace: Option<Arc<str>>,
}

impl View {
    /// At most `limit` documents of `region` that differ from what is stored. They count as stored when
    /// [`View::set_desired`] brings them back, and are given out again after [`View::rejected`].
    pub fn writes(&mut self, region: &str, limit: usize) -> Outcome {
        let region = self.region_name(region);
        let Some(epoch) = self.begin(&region) else { return Outcome::default() };
        let mut batch = Batch::default();
        for _ in 0..limit.saturating_mul(LOOKS_PER_ROW) {
            if batch.rows.len() >= limit || batch.bytes >= MAX_BATCH {
                break;
            }
            let Some((name, trace)) = self.region(&region).dirty.pop_first() else { break };
            let target = self.target(&region, &name, epoch);
            self.note_waits(&region, &name, &target);
            if let Some(cause) = trace.clone().filter(|_| target.waits.is_any()) {
                self.region(&region).causes.insert(name.clone(), cause);
            }
            self.take(&region, name, target, trace, &mut batch);
        }
        let more = !self.region(&region).dirty.is_empty();
        Outcome { blobs: batch.blobs.into_iter().collect(), rows: batch.rows, more }
    }

    /// The epoch to write in; `None`: nothing may be written now.
    fn begin(&mut self, region: &Name) -> Option<u64> {
        self.progress.locations()?;
        if self.sites.seen() < self.progress.newest() {
            return None;
        }
        let state = self.region(region);
        let epoch = state.epoch?;
        state.sent.clear();
        let stored = std::mem::take(&mut state.staged);
        stored.iter().for_each(|(release, stored_ms)| self.releases.set_published(release, *stored_ms));
        Some(epoch)
    }

    fn note_waits(&mut self, region: &Name, name: &Name, target: &Target) {
        let site = || (region.clone(), name.clone());
        target.waits.releases.iter().for_each(|release| self.releases.wait(release, site()));
        target.waits.joining.iter().for_each(|locations| self.progress.wait_to_join(*locations, site()));
        target.waits.leaving.iter().for_each(|unit| self.progress.wait_to_leave(*unit, site()));
    }

    fn take(&mut self, region: &Name, name: Name, target: Target, trace: Trace, batch: &mut Batch) {
        let Some(document) = target.document else { return };
        let (now, since) = (self.now_ms, self.now_ms.saturating_sub(self.renew_after_ms));
        for ready in &target.releases {
            let published = self.releases.is_published(&ready.digest, since);
            if !published && self.region(region).staged.insert(ready.digest, now).is_none() {
                batch.blobs.extend(ready.shared.blobs.iter().cloned());
            }
        }
        batch.blobs.extend(target.own.iter().flat_map(|part| part.blobs.iter().cloned()));
        batch.bytes += BYTES_PER_ROW + target.own.iter().map(|part| part.size()).sum::<usize>();
        batch.rows.push(Written {
            location: name.clone(),
            desired: document.to_desired(),
            trace: trace.clone(),
        });
        self.region(region).sent.insert(name, (document, trace));
    }
}

#[derive(Default)]
struct Batch {
    blobs: BTreeMap<Digest, Arc<[u8]>>,
    rows: Vec<Written>,
    bytes: usize,
}
