//! What to do about each object, decided on the wishes, on what Tributary applied before, and on what is there.
//!
//! ```text
//!                wanted                                  not wanted, in the inventory
//!    withheld, unknown ... Hold              owner unknown, moved ....... Hold
//!    ours, as wished ..... Keep, Share       Orphan, or gone ............ Forget
//!    ours, otherwise ..... Apply             else ....................... Prune
//!    absent .............. Apply
//!    foreign ............. Adopt, Apply, Keep (create only) or Refuse
//!    ours by its mark .... Apply
//! ```
//!
//! Nothing outside the inventory is ever pruned, and whatever could not be observed is left alone.

use std::sync::Arc;

use model::{Adopt, Deletion, Digest, ObjectKey};

use crate::{Content, Entry, Outcome, Subject, Wish, Wishes, fields};

/// An object as it is at the location, compared with its wish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Observed {
    Absent,
    Present {
        /// It is as wished: exactly where Tributary wrote it, in every field that is set where it did not.
        agrees: bool,
        /// It carries Tributary's mark.
        marked: bool,
    },
    /// It was there, did what it was for, and has been cleaned up.
    Finished,
    /// It could not be read.
    Unknown,
}

/// Whether this document may delete anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pruning {
    Allowed,
    /// The location has moved to another region: all keeps running until that region's document arrives.
    Forbidden,
}

/// What to do, object by object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// In the order of their keys, each once.
    pub steps: Vec<(Arc<ObjectKey>, Step)>,
}

/// What to do about one object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Write the wished manifest.
    Apply(Cause, Digest),
    /// Take it into the inventory as it is.
    Adopt(Digest),
    /// It is as it should be.
    Keep,
    /// It is as it should be, and the inventory does not say yet who wants it and what becomes of it.
    Share,
    /// Leave it alone, whatever it is.
    Hold(Hold),
    /// Somebody else made it, and the placement does not allow to take it over.
    Refuse,
    /// Delete it.
    Prune,
    /// It is gone, or was never Tributary's, or is left behind on purpose.
    Forget,
}

/// Why an object is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    Create,
    /// The wish has changed, or another placement has taken over.
    Update,
    /// Somebody has changed or deleted it.
    Drift,
    /// It was there before and is overwritten, as the placement says.
    Takeover,
}

/// Why an object is left alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hold {
    /// It could not be rendered.
    Withheld(String),
    /// A placement that may want it, and stands before whoever else does, is not known at the moment.
    OwnerUnknown,
    /// It could not be observed.
    Unobserved,
    /// The location has moved.
    Moved,
    /// Whoever wants it waits for another placement.
    Waits(String),
}

/// The plan for `subjects`: all of them, or those that something has changed about. `observed` is in their order; what it
/// lacks is unknown.
pub fn plan<'a>(
    wishes: &Wishes,
    subjects: impl Iterator<Item = Subject<'a>>,
    observed: &[Observed],
    pruning: Pruning,
) -> Plan {
    let seen = observed.iter().copied().chain(std::iter::repeat(Observed::Unknown));
    let step = |(subject, seen): (Subject<'_>, Observed)| {
        Some((subject.key.clone(), step_of(wishes, subject, seen, pruning)?))
    };
    Plan { steps: subjects.zip(seen).filter_map(step).collect() }
}

impl Plan {
    /// What to do about one object.
    pub fn step(&self, key: &ObjectKey) -> Option<&Step> {
        let at = self.steps.binary_search_by(|(there, _)| (**there).cmp(key)).ok()?;
        Some(&self.steps[at].1)
    }
}

fn step_of(wishes: &Wishes, subject: Subject<'_>, seen: Observed, pruning: Pruning) -> Option<Step> {
    match (subject.wish, subject.entry) {
        (Some(wish), entry) => Some(wanted_step(wishes, wish, entry, seen)),
        (None, Some(entry)) => Some(unwanted_step(wishes, entry, seen, pruning)),
        (None, None) => None,
    }
}

fn wanted_step(wishes: &Wishes, wish: &Wish, entry: Option<&Entry>, seen: Observed) -> Step {
    let content = match &wish.content {
        Content::Withheld(reason) => return Step::Hold(Hold::Withheld(reason.clone())),
        Content::Manifest(digest) => *digest,
    };
    let stronger = |entry: &Entry| owner_unknown(wishes, entry, |standing| *standing < *wish.standing);
    match entry {
        Some(entry) if stronger(entry) => Step::Hold(Hold::OwnerUnknown),
        Some(entry) if is_ours(entry, seen) => own_step(wish, content, entry, seen),
        _ => new_step(wish, content, seen),
    }
}

/// Ours for certain: confirmed, or about to be created when the agent died and carrying our mark.
fn is_ours(entry: &Entry, seen: Observed) -> bool {
    entry.content.is_some() || matches!(seen, Observed::Present { marked: true, .. })
}

fn own_step(wish: &Wish, content: Digest, entry: &Entry, seen: Observed) -> Step {
    let noted =
        entry.owners == wish.owners && entry.deletion == wish.deletion && entry.implied == wish.implied;
    let keep = if noted { Step::Keep } else { Step::Share };
    let ignored = entry.receipt.as_ref().is_none_or(|it| it.ignored == fields::ignored(&wish.object.ignore));
    let stale = entry.content != Some(content) || !(entry.adopted || noted) || !ignored;
    match seen {
        Observed::Present { .. } if wish.create_only => keep,
        Observed::Absent if wish.create_only => Step::Apply(Cause::Create, content),
        // Run once, and not again for the same content.
        Observed::Finished if entry.content == Some(content) => keep,
        Observed::Finished => Step::Apply(Cause::Update, content),
        _ if stale => Step::Apply(Cause::Update, content),
        Observed::Present { agrees: true, .. } => keep,
        Observed::Present { agrees: false, .. } | Observed::Absent => Step::Apply(Cause::Drift, content),
        Observed::Unknown => Step::Hold(Hold::Unobserved),
    }
}

fn new_step(wish: &Wish, content: Digest, seen: Observed) -> Step {
    match (seen, wish.adopt) {
        (Observed::Unknown, _) => Step::Hold(Hold::Unobserved),
        (Observed::Absent | Observed::Finished, _) => Step::Apply(Cause::Create, content),
        // There already, which is all that is asked for; not ours, so that it is not deleted on withdrawal.
        (Observed::Present { .. }, _) if wish.create_only => Step::Keep,
        // Tributary made it, and remembers it no more: what it remembers was set back, or it was left behind.
        (Observed::Present { marked: true, .. }, _) => Step::Apply(Cause::Update, content),
        (Observed::Present { agrees: true, .. }, Adopt::IfNoDiff | Adopt::Always) => Step::Adopt(content),
        (Observed::Present { agrees: false, .. }, Adopt::Always) => Step::Apply(Cause::Takeover, content),
        (Observed::Present { .. }, _) => Step::Refuse,
    }
}

fn unwanted_step(wishes: &Wishes, entry: &Entry, seen: Observed, pruning: Pruning) -> Step {
    let confirmed = entry.content.is_some();
    match seen {
        _ if pruning == Pruning::Forbidden => Step::Hold(Hold::Moved),
        _ if owner_unknown(wishes, entry, |_| true) => Step::Hold(Hold::OwnerUnknown),
        Observed::Absent | Observed::Finished => Step::Forget,
        _ if entry.deletion == Deletion::Orphan => Step::Forget,
        Observed::Present { marked: false, .. } if !confirmed => Step::Forget,
        Observed::Unknown if !confirmed => Step::Hold(Hold::Unobserved),
        Observed::Present { .. } | Observed::Unknown => Step::Prune,
    }
}

fn owner_unknown(wishes: &Wishes, entry: &Entry, counts: impl Fn(&crate::Standing) -> bool) -> bool {
    let unknown = |owner: &crate::Owner| wishes.unknown.get(&owner.placement);
    entry.owners.iter().filter_map(unknown).any(|(standing, _): &(_, Outcome)| counts(standing))
}
