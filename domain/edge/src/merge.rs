//! One wish per object out of what all placements claim, decided on their standing and on content.
//!
//! Placements that want the same content share the object. Otherwise one wins, and the others are told by whom they
//! are beaten. A placement whose rendering of the object failed still owns it: what it had there stays, and a weaker
//! placement must not slip in for the time of a mistake.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use litemap::LiteMap;
use model::{Adopt, BundleObject, Conflict, Deletion, Digest, ObjectKey, PlacementKey, Rendered};

use crate::{Claim, Claimed, Outcome, Owner, Standing};

/// What a location's document wants, object by object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wishes {
    pub objects: LiteMap<Arc<ObjectKey>, Wish>,
    pub lost: Losses,
    /// Placements whose objects are not known at the moment, and why.
    pub unknown: BTreeMap<PlacementKey, (Standing, Outcome)>,
}

/// By placement, the objects that it claims and does not get.
pub type Losses = BTreeMap<PlacementKey, BTreeMap<Arc<ObjectKey>, Lost>>;

/// What one object should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    /// As its winner wants it.
    pub object: Arc<BundleObject>,
    pub content: Content,
    /// Created if absent, then neither updated nor deleted while wished for.
    pub create_only: bool,
    /// The winner, and those that want the same.
    pub owners: Arc<BTreeSet<Owner>>,
    /// `Orphan` if one of the owners says so: keeping is what can be made good later.
    pub deletion: Deletion,
    pub conflict: Conflict,
    pub adopt: Adopt,
    pub standing: Arc<Standing>,
    /// See [`crate::Entry::implied`].
    pub implied: bool,
}

/// The manifest of a wish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    Manifest(Digest),
    /// It could not be rendered, and why: what is there stays.
    Withheld(String),
}

/// Why a placement does not get an object that it claims.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lost {
    /// Another placement wants something else and stands before it.
    To(PlacementKey),
    /// Its own rendering failed, which is what its user has to mend whoever wins.
    Withheld(String),
}

/// The wishes of all claims; their order does not matter.
pub fn merge(claims: &[Claim]) -> Wishes {
    let mut wishes = Wishes::default();
    let mut wanted = Vec::new();
    let ranked = ranked(claims);
    if let [claimant] = ranked.as_slice()
        && let Claimed::Known(objects) = &claimant.claim.objects
    {
        // Nobody competes, and each key is there once.
        debug_assert!(objects.is_sorted_by(|one, next| one.key < next.key));
        let wished = objects.iter().map(|object| (object.key.clone(), claimant.wish(object)));
        wishes.objects = LiteMap::from_sorted_store_unchecked(wished.collect());
        return wishes;
    }
    for claimant in &ranked {
        match &claimant.claim.objects {
            Claimed::Known(objects) => wanted.extend(objects.iter().map(|object| (claimant, object))),
            Claimed::Unknown(why) => wishes.unknow(claimant, why),
        }
    }
    // Stable, so that the strongest claim of each object stays first; what is in order already costs one comparison.
    wanted.sort_by(|(_, left), (_, right)| left.key.cmp(&right.key));
    let objects = wanted.chunk_by(|(_, left), (_, right)| left.key == right.key);
    let awarded = objects.filter_map(|claimed| award(claimed, &mut wishes.lost)).collect();
    wishes.objects = LiteMap::from_sorted_store_unchecked(awarded);
    wishes
}

/// A claim with what all of its wishes have in common.
struct Claimant<'a> {
    claim: &'a Claim,
    standing: Arc<Standing>,
    owners: Arc<BTreeSet<Owner>>,
}

/// Strongest first.
fn ranked(claims: &[Claim]) -> Vec<Claimant<'_>> {
    let mut ranked: Vec<Claimant<'_>> = claims.iter().map(Claimant::of).collect();
    ranked.sort_by(|left, right| left.standing.cmp(&right.standing));
    ranked
}

/// The wish for one object out of its claims, strongest first; who does not get it is noted.
fn award(
    claimed: &[(&Claimant<'_>, &Arc<BundleObject>)],
    lost: &mut Losses,
) -> Option<(Arc<ObjectKey>, Wish)> {
    let ((winner, object), others) = claimed.split_first()?;
    let mut wish = winner.wish(object);
    for (claimant, object) in others {
        let loss = match content_of(&object.content) {
            Content::Manifest(digest) if wish.manifest() == Some(digest) => {
                wish.share(claimant.claim, object);
                continue;
            }
            Content::Manifest(_) => Lost::To(wish.standing.placement().clone()),
            Content::Withheld(reason) => Lost::Withheld(reason),
        };
        let placement = claimant.claim.owner.placement.clone();
        lost.entry(placement).or_default().insert(object.key.clone(), loss);
    }
    Some((object.key.clone(), wish))
}

impl<'a> Claimant<'a> {
    fn of(claim: &'a Claim) -> Self {
        let owners = Arc::new(BTreeSet::from([claim.owner.clone()]));
        Self { claim, standing: Arc::new(claim.standing()), owners }
    }

    fn wish(&self, object: &Arc<BundleObject>) -> Wish {
        Wish {
            object: object.clone(),
            content: content_of(&object.content),
            create_only: object.create_only,
            owners: self.owners.clone(),
            deletion: self.claim.deletion,
            conflict: self.claim.conflict,
            adopt: self.claim.adopt,
            standing: self.standing.clone(),
            implied: false,
        }
    }
}

impl Wishes {
    fn unknow(&mut self, claimant: &Claimant<'_>, why: &Outcome) {
        let standing = Standing::clone(&claimant.standing);
        self.unknown.insert(claimant.claim.owner.placement.clone(), (standing, why.clone()));
    }

    /// Digests of all manifests.
    pub fn contents(&self) -> impl Iterator<Item = Digest> {
        self.objects.values().filter_map(Wish::manifest)
    }
}

impl Wish {
    fn share(&mut self, claim: &Claim, object: &BundleObject) {
        Arc::make_mut(&mut self.owners).insert(claim.owner.clone());
        self.create_only |= object.create_only;
        if claim.deletion == Deletion::Orphan {
            self.deletion = Deletion::Orphan;
        }
    }

    /// The digest of its manifest, unless it is withheld.
    pub fn manifest(&self) -> Option<Digest> {
        match self.content {
            Content::Manifest(digest) => Some(digest),
            Content::Withheld(_) => None,
        }
    }
}

fn content_of(rendered: &Rendered) -> Content {
    match rendered {
        Rendered::Inline(bytes) => Content::Manifest(Digest::of(bytes)),
        Rendered::Blob(digest) => Content::Manifest(*digest),
        Rendered::Withheld(reason) => Content::Withheld(reason.clone()),
    }
}
