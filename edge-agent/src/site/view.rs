//! What the newest document comes to: claims, wishes, and the content that they need.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bytes::Bytes;
use edge::{Claim, Claimed, Outcome, Owner, Pruning, Wishes, merge};
use itertools::Itertools as _;
use model::{BundleObject, Desired, DesiredPlacement, Digest, Order, Own, Phase, PlacementKey};

use super::bundle::Parsed;
use crate::state::Blobs;

/// A document, worked out as far as its content is here.
#[derive(Debug)]
pub struct View {
    pub order: Order,
    pub moved_to: Option<String>,
    pub claims: Vec<Claim>,
    pub wishes: Wishes,
    /// Every blob that the document names, directly or through a bundle.
    pub used: BTreeSet<Digest>,
    /// Those of them that are bundles.
    pub bundles: BTreeSet<Digest>,
    parsed: Vec<Part>,
    /// Manifests of namespaces that nobody asked for by name.
    implied: BTreeMap<Digest, Bytes>,
}

/// A bundle of a placement that has been read.
#[derive(Clone, Debug)]
struct Part {
    placement: PlacementKey,
    /// `None`: it came in the document.
    digest: Option<Digest>,
    bundle: Arc<Parsed>,
}

impl View {
    /// Works the document out; `absent` are blobs that the hub says it does not have, `former` is what was worked out
    /// before, of this document or another.
    pub fn of(
        document: &Desired,
        blobs: &mut Blobs,
        absent: &BTreeSet<Digest>,
        former: Option<&Self>,
    ) -> Self {
        let former = former.map_or(&[][..], |former| &former.parsed);
        let mut contents = Contents { blobs, absent, former, parsed: Vec::new(), bundles: BTreeSet::new() };
        let claims: Vec<Claim> =
            document.placements.iter().map(|placement| contents.claim(placement)).collect();
        let Contents { parsed, bundles, .. } = contents;
        let wishes = merge(&claims);
        let (order, moved_to) = (document.order, document.moved_to_region.clone());
        let implied = BTreeMap::new();
        let mut view =
            Self { order, moved_to, claims, wishes, used: bundles.clone(), bundles, parsed, implied };
        let fetched = |digest: &Digest| view.inline(digest).is_none();
        let fetched: Vec<Digest> = view.wishes.contents().filter(fetched).collect();
        fetched.iter().for_each(|digest| _ = blobs.take(digest));
        view.used.extend(fetched);
        view
    }

    /// Bundles that were read from content.
    pub fn bundles(&self) -> impl Iterator<Item = Arc<Parsed>> {
        self.parsed.iter().filter(|part| part.digest.is_some()).map(|part| part.bundle.clone())
    }

    /// With the namespaces that its objects are in, where a sink needs them.
    pub fn with_namespaces(mut self, needed: bool) -> Self {
        if needed {
            self.implied = self.wishes.imply_namespaces();
        }
        self
    }

    /// A small manifest, which travelled inside a bundle, or which nobody had to send.
    pub fn inline(&self, digest: &Digest) -> Option<&Bytes> {
        let implied = || self.implied.get(digest);
        self.parsed.iter().find_map(|part| part.bundle.manifest(digest)).or_else(implied)
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
    former: &'a [Part],
    parsed: Vec<Part>,
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
            depends_on: placement.depends_on.clone(),
            objects: self.objects(placement).map_or_else(Claimed::Unknown, Claimed::Known),
        }
    }

    /// Each key once; should both parts have it, the location's own wins.
    fn objects(&mut self, placement: &DesiredPlacement) -> Result<Vec<Arc<BundleObject>>, Outcome> {
        let shared = placement.shared.map(|digest| self.bundle(&placement.placement, digest));
        let shared = shared.unwrap_or_else(|| Ok(Arc::default()));
        let own = match &placement.own {
            Own::None => Ok(Arc::default()),
            Own::Inline(bundle) => Ok(Arc::new(Parsed::of(bundle.objects.iter().cloned()))),
            Own::Framed(frame) => {
                shared.clone().and_then(|shared| self.framed(&placement.placement, &shared, frame))
            }
            Own::Blob(digest) => self.bundle(&placement.placement, *digest),
        };
        let (shared, own) = (shared?, own?);
        if let Own::Inline(_) | Own::Framed(_) = placement.own {
            let placement = placement.placement.clone();
            self.parsed.push(Part { placement, digest: None, bundle: own.clone() });
        }
        let both = own.objects().merge_join_by(shared.objects(), |own, shared| own.key.cmp(&shared.key));
        Ok(both.map(|found| found.reduce(|own, _| own).clone()).collect())
    }

    /// An own part that is told by how it differs from the template in the shared bundle.
    fn framed(
        &self,
        placement: &PlacementKey,
        shared: &Parsed,
        frame: &[u8],
    ) -> Result<Arc<Parsed>, Outcome> {
        let own = |part: &&Part| part.placement == *placement && part.digest.is_none();
        let former = self.former.iter().find(own).map(|part| &*part.bundle);
        let opened = wire::content::open_frame(shared.template(), frame);
        let read = opened.and_then(|bytes| Parsed::read(&bytes, former));
        read.map(Arc::new).map_err(|error| {
            let todo = "what is here stays until the hub sends another; `tributary verify` tells what the hub should send";
            Outcome::new(Phase::Failed, "OwnPartUnreadable", format!("{error}; {todo}"))
        })
    }

    fn bundle(&mut self, placement: &PlacementKey, digest: Digest) -> Result<Arc<Parsed>, Outcome> {
        self.bundles.insert(digest);
        let of_it = |part: &&Part| part.placement == *placement && part.digest.is_some();
        let same = self.former.iter().find(|part| part.digest == Some(digest));
        let read = same.map(|part| part.bundle.clone()).or_else(|| self.blobs.parsed(&digest));
        let bundle = match read {
            Some(bundle) => bundle,
            None => {
                let bytes = self.blobs.get(&digest).ok_or_else(|| missing(&digest, self.absent))?;
                let former = self.former.iter().find(of_it).map(|part| &*part.bundle);
                let unreadable =
                    |error: wire::Error| Outcome::new(Phase::Failed, "BundleUnreadable", error.to_string());
                let bundle = Arc::new(Parsed::read(&bytes, former).map_err(unreadable)?);
                self.blobs.set_parsed(digest, &bundle);
                bundle
            }
        };
        let part = Part { placement: placement.clone(), digest: Some(digest), bundle: bundle.clone() };
        self.parsed.push(part);
        Ok(bundle)
    }
}
