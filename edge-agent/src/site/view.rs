//! What the newest document comes to: claims, wishes, and the content that they need.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use edge::{Claim, Claimed, Outcome, Owner, Pruning, Wishes, merge};
use model::{Bundle, BundleObject, Desired, DesiredPlacement, Digest, Order, Own, Phase, Rendered};

use crate::state::Blobs;

/// A document, worked out as far as its content is here.
#[derive(Debug)]
pub struct View {
    pub order: Order,
    pub moved_to: Option<String>,
    pub claims: Vec<Claim>,
    pub wishes: Wishes,
    /// Small manifests, which travelled inside bundles.
    pub inline: BTreeMap<Digest, Bytes>,
    /// Every blob that the document names, directly or through a bundle.
    pub used: BTreeSet<Digest>,
    /// Those of them that are bundles.
    pub bundles: BTreeSet<Digest>,
}

impl View {
    /// Works the document out again; `absent` are blobs that the hub says it does not have.
    pub fn of(document: &Desired, blobs: &mut Blobs, absent: &BTreeSet<Digest>) -> Self {
        let mut contents = Contents { blobs, absent, inline: BTreeMap::new(), bundles: BTreeSet::new() };
        let claims: Vec<Claim> =
            document.placements.iter().map(|placement| contents.claim(placement)).collect();
        let Contents { inline, bundles, .. } = contents;
        let wishes = merge(&claims);
        let manifests = wishes.contents().filter(|digest| !inline.contains_key(digest));
        let used = manifests.chain(bundles.iter().copied()).collect();
        let moved_to = document.moved_to_region.clone();
        Self { order: document.order, moved_to, claims, wishes, inline, used, bundles }
    }

    /// A document that says that the location has moved deletes nothing.
    pub fn pruning(&self) -> Pruning {
        if self.moved_to.is_some() { Pruning::Forbidden } else { Pruning::Allowed }
    }
}

/// Why an object cannot be applied now.
pub fn missing(digest: &Digest, absent: &BTreeSet<Digest>) -> Outcome {
    if absent.contains(digest) {
        let message = format!("the hub does not have blob {}; what is here stays", digest.short());
        return Outcome::new(Phase::Failed, "BlobMissing", message);
    }
    Outcome::new(Phase::Pending, "BlobMissing", format!("blob {} is being fetched", digest.short()))
}

/// Reading bundles, and what is learnt by it.
struct Contents<'a> {
    blobs: &'a mut Blobs,
    absent: &'a BTreeSet<Digest>,
    inline: BTreeMap<Digest, Bytes>,
    bundles: BTreeSet<Digest>,
}

impl Contents<'_> {
    fn claim(&mut self, placement: &DesiredPlacement) -> Claim {
        let owner = Owner { placement: placement.placement.clone(), uid: placement.placement_uid.clone() };
        Claim {
            owner,
            rollout: placement.rollout,
            priority: placement.priority,
            create_time: placement.create_time,
            deletion: placement.deletion,
            conflict: placement.conflict,
            adopt: placement.adopt,
            objects: self.objects(placement).map_or_else(Claimed::Unknown, Claimed::Known),
        }
    }

    /// Each key once; should both parts have it, the location's own wins.
    fn objects(&mut self, placement: &DesiredPlacement) -> Result<Vec<BundleObject>, Outcome> {
        let shared = placement.shared.map(|digest| self.bundle(&digest));
        let own = match &placement.own {
            Own::None => Ok(Bundle::default()),
            Own::Inline(bundle) => Ok(bundle.clone()),
            Own::Blob(digest) => self.bundle(digest),
        };
        let shared = shared.unwrap_or_else(|| Ok(Bundle::default()))?;
        // Stable, and what is in order already costs one comparison: of one key, the own part's is last.
        let mut all = shared.objects;
        all.extend(own?.objects);
        all.sort_by(|left, right| left.key.cmp(&right.key));
        all.dedup_by(|later, earlier| {
            let same = later.key == earlier.key;
            if same {
                std::mem::swap(later, earlier);
            }
            same
        });
        Ok(all.into_iter().map(|object| self.interned(object)).collect())
    }

    fn bundle(&mut self, digest: &Digest) -> Result<Bundle, Outcome> {
        self.bundles.insert(*digest);
        let bytes = self.blobs.get(digest).ok_or_else(|| missing(digest, self.absent))?;
        wire::decode_bundle(&bytes)
            .map_err(|error| Outcome::new(Phase::Failed, "BundleUnreadable", error.to_string()))
    }

    /// Keeps inline bytes once, whoever claims them.
    fn interned(&mut self, object: BundleObject) -> BundleObject {
        let Rendered::Inline(bytes) = object.content else { return object };
        let digest = Digest::of(&bytes);
        self.inline.entry(digest).or_insert(bytes);
        BundleObject { content: Rendered::Blob(digest), ..object }
    }
}
