//! What a location says about each placement, decided on the wishes, on what is left in the inventory and on how each
//! object fares.
//!
//! A placement that is no longer in the document is reported until nothing that it applied is left, and from then on as
//! withdrawn: statuses are what stands, and whoever sends them compares with what it sent.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::sync::Arc;

use itertools::{EitherOrBoth, Itertools as _};
use model::{BundleObject, ObjectKey, ObjectStatus, Order, Phase, PlacementKey, ReportOrder, Status};

use crate::{Claim, Claimed, Hold, Inventory, Lost, Owner, Step, Wishes, subjects};

/// How one object fares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    pub phase: Phase,
    /// Stable, in CamelCase; empty when there is nothing to say.
    pub reason: String,
    pub message: String,
}

/// How each object of the plan fares.
pub type Outcomes = BTreeMap<Arc<ObjectKey>, Outcome>;

/// A placement that was reported before, and as what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    pub uid: String,
    pub rollout: u64,
}

/// The document, and how its time was spent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    pub order: Order,
    pub fetch_us: u32,
    pub apply_us: u32,
    /// Milliseconds since the Unix epoch by the edge's clock.
    pub received_time: u64,
}

/// The status of each placement that is in the document or was reported before, without its report order:
/// whoever sends a status numbers it.
pub fn report(
    (claims, wishes): (&[Claim], &Wishes),
    inventory: &Inventory,
    outcomes: &Outcomes,
    known: &BTreeMap<PlacementKey, Known>,
    drift: &BTreeMap<PlacementKey, u64>,
    span: Span,
) -> BTreeMap<PlacementKey, Status> {
    let claimed: BTreeSet<&PlacementKey> = claims.iter().map(|claim| &claim.owner.placement).collect();
    let present = claims.iter().map(|claim| {
        let found = found(claim, wishes, inventory, outcomes);
        (&claim.owner.placement, status(&claim.owner.uid, claim.rollout, found, false))
    });
    let gone = known.iter().filter(|(key, _)| !claimed.contains(key));
    let gone = gone.map(|(key, known)| (key, leaving(key, known, (wishes, inventory), outcomes)));
    let finish = |(key, status): (&PlacementKey, Status)| {
        let drift_corrected = drift.get(key).copied().unwrap_or(0);
        (key.clone(), Status { drift_corrected, ..span.stamp(status) })
    };
    present.chain(gone).map(finish).collect()
}

/// Whether `new` says anything that `old` did not. Numbering, timing and the document's order are left out: a
/// document that changed for another placement is no news about this one.
pub fn differs(old: &Status, new: &Status) -> bool {
    let content =
        |status: &Status| Status { report: ReportOrder::default(), ..Span::default().stamp(status.clone()) };
    content(old) != content(new)
}

/// All objects of a status in the order in which they matter: worst first, then by name; the healthy left out.
pub fn worst_first<T: Display>(found: impl IntoIterator<Item = (T, Outcome)>) -> Vec<ObjectStatus> {
    let unhealthy = found.into_iter().filter(|(_, outcome)| !outcome.is_good());
    let mut unhealthy: Vec<ObjectStatus> =
        unhealthy.map(|(object, outcome)| outcome.into_status(object.to_string())).collect();
    unhealthy.sort_by(|left, right| {
        (Reverse(left.phase), &left.object).cmp(&(Reverse(right.phase), &right.object))
    });
    unhealthy
}

/// `text`, cut to at most `limit` bytes at the end of a character.
pub fn cut(text: &str, limit: usize) -> &str {
    &text[..text.floor_char_boundary(limit)]
}

/// What an object is called in a status, and how it fares.
type Found<'a> = (&'a dyn Display, Outcome);

/// What a claim's objects come to, and what it has left behind.
fn found<'a>(
    claim: &'a Claim,
    wishes: &'a Wishes,
    inventory: &'a Inventory,
    outcomes: &'a Outcomes,
) -> Vec<Found<'a>> {
    let mut found = match &claim.objects {
        Claimed::Unknown(why) => vec![(&"Bundle" as &dyn Display, why.clone())],
        Claimed::Known(objects) => claimed(objects, wishes.lost.get(&claim.owner.placement), outcomes),
    };
    found.extend(leftovers(&claim.owner.placement, (wishes, inventory), outcomes));
    found
}

fn claimed<'a>(
    objects: &'a [Arc<BundleObject>],
    lost: Option<&BTreeMap<Arc<ObjectKey>, Lost>>,
    outcomes: &Outcomes,
) -> Vec<Found<'a>> {
    let pairs = objects.iter().merge_join_by(outcomes, |object, outcome| object.key.cmp(outcome.0));
    let found = |pair: EitherOrBoth<&'a Arc<BundleObject>, (&Arc<ObjectKey>, &Outcome)>| {
        let (object, outcome) = pair.left_and_right();
        let key = &object?.key;
        let lost = lost.and_then(|lost| lost.get(key)).map(Lost::outcome);
        let outcome = lost.or_else(|| Some(outcome?.1.clone())).unwrap_or_else(not_reached);
        Some((key as &dyn Display, outcome))
    };
    pairs.filter_map(found).collect()
}

/// What of a placement is in the inventory, under any uid, and is to go. What another placement wishes for is that
/// one's from now on, also while its rendering fails and the entry still names the former owner.
fn leftovers<'a>(
    placement: &PlacementKey,
    (wishes, inventory): (&'a Wishes, &'a Inventory),
    outcomes: &Outcomes,
) -> impl Iterator<Item = Found<'a>> {
    let owned = |owner: &Owner| owner.placement == *placement;
    let unwanted = subjects(wishes, inventory).filter(|subject| subject.wish.is_none());
    unwanted.filter_map(move |subject| {
        let outcome = || outcomes.get(subject.key).cloned().unwrap_or_else(not_reached);
        let left = subject.entry?.owners.iter().any(owned);
        left.then(|| (subject.key as &dyn Display, outcome()))
    })
}

/// An object that the shell has not come to is pending: nothing healthy is assumed.
fn not_reached() -> Outcome {
    Outcome::new(Phase::Pending, "NotReached", "not reached yet")
}

fn leaving(
    key: &PlacementKey,
    known: &Known,
    (wishes, inventory): (&Wishes, &Inventory),
    outcomes: &Outcomes,
) -> Status {
    let left: Vec<Found<'_>> = leftovers(key, (wishes, inventory), outcomes).collect();
    let withdrawn = left.is_empty();
    status(&known.uid, known.rollout, left, withdrawn)
}

fn status(uid: &str, rollout: u64, found: Vec<Found<'_>>, withdrawn: bool) -> Status {
    let mut status = Status { placement_uid: uid.to_owned(), rollout, withdrawn, ..Status::default() };
    found.iter().for_each(|(_, outcome)| status.phases.add(outcome.phase));
    status.unhealthy = worst_first(found);
    status.unhealthy.truncate(Status::MAX_UNHEALTHY);
    status
}

impl Lost {
    fn outcome(&self) -> Outcome {
        match self {
            Self::To(winner) => {
                let message =
                    format!("placement {winner} wants it with different content and stands before this one");
                Outcome::new(Phase::Conflict, "WantedByAnother", message)
            }
            Self::Withheld(reason) => Outcome::new(Phase::Failed, "Withheld", reason.clone()),
        }
    }
}

impl Span {
    fn stamp(self, status: Status) -> Status {
        Status {
            order: self.order,
            fetch_us: self.fetch_us,
            apply_us: self.apply_us,
            received_time: self.received_time,
            ..status
        }
    }
}

impl Outcome {
    pub fn new(phase: Phase, reason: &str, message: impl Into<String>) -> Self {
        Self { phase, reason: reason.to_owned(), message: message.into() }
    }

    /// It is there and well.
    pub fn healthy() -> Self {
        Self::new(Phase::Healthy, "", "")
    }

    /// There is nothing to do about it.
    pub fn is_good(&self) -> bool {
        matches!(self.phase, Phase::Healthy | Phase::Orphaned)
    }

    fn into_status(self, object: String) -> ObjectStatus {
        let message = cut(&self.message, Status::MAX_MESSAGE).to_owned();
        ObjectStatus { object, phase: self.phase, reason: self.reason, message }
    }
}

impl Step {
    /// What a step that does nothing comes to; `None` where it depends on what is done or seen.
    pub fn outcome(&self) -> Option<Outcome> {
        Some(match self {
            Self::Refuse => Outcome::new(
                Phase::Conflict,
                "NotAdopted",
                "it was there before, Tributary did not make it, and the placement's adopt policy keeps it as it is",
            ),
            Self::Hold(Hold::Withheld(reason)) => Outcome::new(Phase::Failed, "Withheld", reason.clone()),
            Self::Hold(Hold::OwnerUnknown) => Outcome::new(
                Phase::Pending,
                "OwnerUnknown",
                "kept as it is until the bundle of the placement that applied it can be read",
            ),
            Self::Hold(Hold::Unobserved) => {
                Outcome::new(Phase::Failed, "Unobserved", "what is there cannot be read, so it is left alone")
            }
            Self::Hold(Hold::Waits(why)) => Outcome::new(Phase::Pending, "WaitsForPlacement", why.clone()),
            Self::Hold(Hold::Moved) => Outcome::new(
                Phase::Pending,
                "Moved",
                "kept until the document of the location's new region arrives",
            ),
            Self::Apply(..) | Self::Adopt(_) | Self::Keep | Self::Share | Self::Prune | Self::Forget => {
                return None;
            }
        })
    }
}
