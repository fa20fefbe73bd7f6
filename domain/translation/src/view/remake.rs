//! Blobs that documents name and that are gone, made once more.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use model::{Digest, Own};

use super::decisions::Listed;
use super::documents::Entry;
use super::{Name, View};
use crate::bundle::{Blob, OwnPart};

/// Own parts rendered in one go: no call may take long.
const RENDERED: usize = 1000;

impl View {
    /// Those of `lost` that can be made now; for an object of an own part that is a blob, that bundle is to be among them.
    /// What comes of a release that is not known any more cannot; agents keep what
    /// they have of it.
    pub fn remake(&self, lost: &BTreeSet<Digest>) -> Vec<Blob> {
        let shared = self.releases.all_ready().flat_map(|ready| &ready.shared.blobs);
        let mut made: BTreeMap<Digest, Arc<[u8]>> =
            shared.filter(|(digest, _)| lost.contains(digest)).cloned().collect();
        let left: BTreeSet<Digest> =
            lost.iter().filter(|digest| !made.contains_key(digest)).copied().collect();
        if !left.is_empty() {
            let own = self.own_parts_with_any(&left).take(RENDERED);
            made.extend(own.flat_map(|part| part.blobs.clone()).filter(|(digest, _)| left.contains(digest)));
        }
        made.into_iter().collect()
    }

    /// Rendered for the documents whose own parts name any of `lost`.
    fn own_parts_with_any(&self, lost: &BTreeSet<Digest>) -> impl Iterator<Item = Arc<OwnPart>> {
        let documents = self.regions.iter().flat_map(|(region, state)| {
            state.documents.iter().map(move |(name, document)| (region, name, document))
        });
        documents.flat_map(move |(region, name, document)| {
            let entries = document.entries.iter().filter(|entry| names(entry, lost));
            entries.filter_map(move |entry| self.own_part(region, name, entry))
        })
    }

    /// As it would be rendered now.
    fn own_part(&self, region: &Name, name: &Name, entry: &Entry) -> Option<Arc<OwnPart>> {
        let location = self.sites.get(name)?.location.clone()?;
        let Listed::Yes(_, group) = self.decisions.listed(region, &entry.head.placement, name) else {
            return None;
        };
        let ready = self.releases.ready(&group.release)?;
        let made = self.releases.made(&ready, &location);
        Some(self.releases.own(&ready, &location, made))
    }
}

fn names(entry: &Entry, lost: &BTreeSet<Digest>) -> bool {
    match entry.own.as_deref() {
        None | Some(Own::None | Own::Framed(_)) => false,
        Some(Own::Blob(bundle)) => lost.contains(bundle),
        Some(Own::Inline(bundle)) => bundle.blobs().any(|digest| lost.contains(&digest)),
    }
}
