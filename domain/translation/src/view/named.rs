//! Which blobs are named, and whether that is known: only then anything may be deleted.

use std::collections::BTreeSet;

use model::{Desired, Digest, Own};

use super::View;
use super::documents::{Document, Entry};
use super::regions::Region;

/// All blobs that somebody may look for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Named {
    /// Bundles that documents name: whoever has one looks for the objects that it names, and which those are is not known
    /// here.
    pub bundles: BTreeSet<Digest>,
    /// All else that documents name, directly or by a bundle whose release is known.
    pub objects: BTreeSet<Digest>,
    /// What documents of the releases in use would name; nobody misses it.
    pub held: BTreeSet<Digest>,
}

/// What is named by this region's documents is not known: its stream is new or being read, or its documents have not all
/// been written in this epoch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    pub region: String,
}

impl View {
    /// The blobs that documents or releases name. `regions`: all whose documents are followed; there may be decisions for
    /// others, which have none.
    ///
    /// # Errors
    /// [`Unknown`], for the first such region.
    pub fn named<'a>(&self, regions: impl IntoIterator<Item = &'a str>) -> Result<Named, Unknown> {
        let is_complete = |region: &&str| self.regions.get(*region).is_some_and(Region::is_complete);
        if let Some(region) = regions.into_iter().find(|region| !is_complete(region)) {
            return Err(Unknown { region: region.to_owned() });
        }
        let mut named = Named::default();
        let documents = self.regions.values().flat_map(Region::all_documents);
        documents.flat_map(|document| &document.entries).for_each(|entry| named.add(entry));
        for ready in self.releases.all_ready() {
            let blobs = ready.shared.blobs.iter().map(|(digest, _)| *digest);
            match ready.shared.bundle {
                Some(bundle) if named.bundles.remove(&bundle) => named.objects.extend(blobs),
                _ => named.held.extend(blobs),
            }
        }
        Ok(named)
    }
}

impl Region {
    /// Whether all documents have been written in the epoch of now.
    fn is_complete(&self) -> bool {
        self.epoch.is_some() && self.complete == self.epoch
    }

    /// Those that are stored, and those on their way.
    fn all_documents(&self) -> impl Iterator<Item = &Document> {
        self.documents.values().chain(self.sent.values().map(|(document, _)| document))
    }
}

impl Named {
    /// Adds what a document names. What its patch starts from is not needed: who lacks it fetches.
    pub fn add_document(&mut self, desired: &Desired) {
        for entry in &desired.placements {
            self.bundles.extend(entry.shared);
            self.add_own(&entry.own);
        }
    }

    fn add(&mut self, entry: &Entry) {
        self.bundles.extend(entry.head.shared);
        entry.own.iter().for_each(|own| self.add_own(own));
    }

    fn add_own(&mut self, own: &Own) {
        match own {
            // A frame holds all of its objects; its template is in the shared bundle.
            Own::None | Own::Framed(_) => {}
            Own::Blob(bundle) => _ = self.bundles.insert(*bundle),
            Own::Inline(bundle) => self.objects.extend(bundle.blobs()),
        }
    }
}
