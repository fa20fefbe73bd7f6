//! One wish per object out of what all placements claim, decided on their standing and on content.
//!
//! Placements that want the same content share the object. Otherwise one wins, and the others are told by whom they
//! are beaten. A placement whose rendering of the object failed still owns it: what it had there stays, and a weaker
//! placement must not slip in for the time of a mistake.

use std::collections::{BTreeMap, BTreeSet};

use model::{Adopt, BundleObject, Conflict, Deletion, Digest, ObjectKey, PlacementKey, Rendered};

use crate::{Claim, Claimed, Outcome, Owner, Standing};

/// What a location's document wants, object by object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wishes {
    pub objects: BTreeMap<ObjectKey, Wish>,
    /// By placement, the objects that it claims and does not get.
    pub lost: BTreeMap<PlacementKey, BTreeMap<ObjectKey, Lost>>,
    /// Placements whose objects are not known at the moment, and why.
    pub unknown: BTreeMap<PlacementKey, (Standing, Outcome)>,
}

/// What one object should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    pub version: String,
    pub content: Content,
    /// Created if absent, then neither updated nor deleted while wished for.
    pub create_only: bool,
    /// The winner, and those that want the same.
    pub owners: BTreeSet<Owner>,
    /// `Orphan` if one of the owners says so: keeping is what can be made good later.
    pub deletion: Deletion,
    pub conflict: Conflict,
    pub adopt: Adopt,
    pub standing: Standing,
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
    let mut ranked: Vec<(Standing, &Claim)> = claims.iter().map(|claim| (claim.standing(), claim)).collect();
    ranked.sort_by(|left, right| left.0.cmp(&right.0));
    let mut wishes = Wishes::default();
    for (standing, claim) in ranked {
        match &claim.objects {
            Claimed::Known(objects) => {
                objects.iter().for_each(|object| wishes.add(&standing, claim, object));
            }
            Claimed::Unknown(why) => {
                wishes.unknown.insert(claim.owner.placement.clone(), (standing, why.clone()));
            }
        }
    }
    wishes
}

impl Wishes {
    /// Adds what a claim wants, strongest claims first.
    fn add(&mut self, standing: &Standing, claim: &Claim, object: &BundleObject) {
        let content = content_of(&object.content);
        let Some(wish) = self.objects.get_mut(&object.key) else {
            self.objects.insert(object.key.clone(), Wish::of(standing, claim, object, content));
            return;
        };
        let lost = match content {
            Content::Manifest(_) if content == wish.content => return wish.share(claim, object),
            Content::Manifest(_) => Lost::To(wish.standing.placement().clone()),
            Content::Withheld(reason) => Lost::Withheld(reason),
        };
        self.lost.entry(claim.owner.placement.clone()).or_default().insert(object.key.clone(), lost);
    }

    /// Digests of all manifests.
    pub fn contents(&self) -> impl Iterator<Item = Digest> {
        self.objects.values().filter_map(Wish::manifest)
    }
}

impl Wish {
    fn of(standing: &Standing, claim: &Claim, object: &BundleObject, content: Content) -> Self {
        Self {
            version: object.version.clone(),
            content,
            create_only: object.create_only,
            owners: BTreeSet::from([claim.owner.clone()]),
            deletion: claim.deletion,
            conflict: claim.conflict,
            adopt: claim.adopt,
            standing: standing.clone(),
        }
    }

    fn share(&mut self, claim: &Claim, object: &BundleObject) {
        self.owners.insert(claim.owner.clone());
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
