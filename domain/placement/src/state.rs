//! One placement: what is declared, what was computed of it, what is stored of it, and what must be looked at again.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use model::{Digest, PlacementKey, PlacementSpec, Problem, Release, Rollout, ScoreBy};
use roaring::RoaringBitmap;

use crate::answers::Answers;
use crate::candidate::Candidate;
use crate::choice::Contest;
use crate::difference::Interest;
use crate::inventory::{Change, Inventory};
use crate::layout;
use crate::rolling::{self, Rolling};
use crate::rollout::{Latest, Target};
use crate::rows::{Row, Rows};
use crate::selection::Selection;
use crate::shortfall;
use crate::space::Space;

/// Problems told of a placement; more would not help anybody.
pub(crate) const MAX_PROBLEMS: usize = 20;

/// What a user declared.
#[derive(Clone, Debug)]
pub(crate) struct Declared {
    pub uid: String,
    pub generation: u64,
    pub create_time: u64,
    pub spec: PlacementSpec,
}

impl Declared {
    /// Whether its releases go out at some times only.
    fn has_windows(&self) -> bool {
        self.spec.rollout.as_ref().is_some_and(|rollout| !rollout.windows.is_empty())
    }
}

/// Parts of the decision that must be compared with what is stored.
#[derive(Debug, Default)]
pub(crate) struct Marks {
    /// Whole regions.
    pub regions: BTreeSet<u32>,
    /// Region and bucket at the finest cut; whatever the cut, it tells the bucket.
    pub cells: BTreeSet<(u32, u32)>,
}

/// A placement and everything about it.
#[derive(Debug, Default)]
pub(crate) struct State {
    /// `None`: there is none of this name now, but rows of one that was.
    pub declared: Option<Declared>,
    /// Which locations the declaration asks for; `None`: to be computed when asked for writes.
    pub selection: Option<Selection>,
    /// What the rollout reads of locations beside that, computed with it; `None`: it does not go out in waves.
    pub order: Option<Interest>,
    /// `None`: to be computed when asked for writes.
    pub candidate: Option<Candidate>,
    pub rows: Rows,
    pub rollout: Option<Rollout>,
    pub rolling: Rolling,
    pub marks: Marks,
    /// Rows on their way to the store, by region and bucket: one that comes back as it was sent needs no second look.
    pub sent: BTreeMap<(u32, u32), Row>,
    /// What the rows were last compared with as a whole.
    pub target: Option<Target>,
    /// Sources that the stored release names: they need not be stored again.
    pub stored: BTreeSet<Digest>,
    /// The trace of the change that last touched it.
    pub cause: Option<Arc<str>>,
}

impl State {
    /// Whether nothing is declared or stored: it can be forgotten.
    pub fn is_vacant(&self) -> bool {
        self.declared.is_none() && self.rollout.is_none() && self.rows.is_empty() && self.rolling.is_empty()
    }

    /// Takes in a changed location; whether the placement has to be looked at.
    pub fn location_changed(
        &mut self,
        inventory: &Inventory,
        change: &Change,
        answers: &mut Answers,
    ) -> bool {
        let Self { selection, order, rows, sent, .. } = self;
        // What is not compiled is to be looked at anyway.
        let Some(selection) = selection else { return false };
        let is_ordered = order.as_ref().is_some_and(|order| order.concerns(&change.difference));
        let was_chosen = || previous(rows, sent).contains(change.handle);
        let effect = selection.location_changed(inventory, change, answers, was_chosen);
        let cell = layout::bucket(inventory.names.position(change.handle), layout::MAX_BITS);
        self.marks.cells.extend(effect.regions.iter().map(|region| (*region, cell)));
        effect.any || (is_ordered && selection.chosen.contains(change.handle))
    }

    /// Computes what has been put off, and marks all rows if what they are to say has changed.
    pub fn refresh(
        &mut self,
        key: &PlacementKey,
        space: &Space,
        inventory: &Inventory,
        answers: &mut Answers,
        encode: fn(&Release) -> Vec<u8>,
    ) -> Option<Target> {
        if let Some(declared) = &self.declared {
            let candidate = || Candidate::of(space, &key.name, &declared.spec, encode);
            self.candidate.get_or_insert_with(candidate);
            if self.selection.is_none() {
                let previous = previous(&self.rows, &self.sent);
                self.selection = Some(Selection::of(&declared.spec.where_, inventory, answers, &previous));
                self.order = declared.spec.rollout.as_ref().map(rolling::interest);
                self.target = None;
            }
        }
        self.settle(inventory);
        let latest = Latest::of(self.rollout.as_ref(), &self.rows);
        self.note_stored(latest.as_ref());
        let target = self.aim(latest)?;
        if !self.target.as_ref().is_some_and(|before| self.is_same_for_rows(before, &target)) {
            self.mark_all(inventory);
            self.target = Some(target.clone());
        }
        Some(target)
    }

    /// Decides what depends on what is stored, and marks the rows that this changes.
    fn settle(&mut self, inventory: &Inventory) {
        let Some(selection) = self.selection.as_mut().filter(|it| it.depends_on_previous()) else { return };
        let changed = selection.settle(inventory, &previous(&self.rows, &self.sent));
        self.mark(inventory, &changed);
    }

    /// How many locations have to be looked at before it is known what it has.
    pub fn cost(&self, inventory: &Inventory) -> u64 {
        match (&self.declared, &self.selection) {
            (Some(_), None) => inventory.live.len(),
            (_, Some(selection)) => selection.contest.as_ref().map_or(0, Contest::cost),
            _ => 0,
        }
    }

    /// What its prioritizers compare, if they have still to do so.
    pub fn compared(&self) -> impl Iterator<Item = ScoreBy> {
        let declared = self.declared.as_ref().filter(|_| self.selection.is_none());
        let names = declared.into_iter().flat_map(|declared| &declared.spec.where_.prioritizers);
        names.filter_map(|it| ScoreBy::parse(&it.name))
    }

    /// Whether its releases go out in waves.
    pub fn is_rolling(&self) -> bool {
        self.declared.as_ref().is_some_and(|declared| declared.spec.rollout.is_some())
    }

    /// Whether every row is to say the same for both. In waves, what a row says of releases is not in the target.
    fn is_same_for_rows(&self, before: &Target, now: &Target) -> bool {
        if !self.is_rolling() {
            return before == now;
        }
        let about = |target: &Target| (target.uid.clone(), target.create_time, target.release.is_some());
        about(before) == about(now)
    }

    /// Marks the rows of these locations.
    pub fn mark(&mut self, inventory: &Inventory, locations: &RoaringBitmap) {
        for handle in locations {
            let cell = layout::bucket(inventory.names.position(handle), layout::MAX_BITS);
            let here = inventory.location(handle).map(|location| location.region);
            self.marks.cells.extend(here.map(|region| (region, cell)));
        }
    }

    /// Marks the rows whose arriving locations may have arrived; whether there are any.
    pub fn mark_arriving(&mut self) -> bool {
        let before = self.marks.cells.len();
        self.marks.cells.extend(self.rows.arriving());
        self.marks.cells.len() > before
    }

    /// Marks every region that has locations, or rows.
    fn mark_all(&mut self, inventory: &Inventory) {
        let populated = inventory.regions.iter().filter(|(_, region)| !region.members.is_empty());
        let rows = self.rows.regions.keys().copied();
        self.marks.regions = populated.map(|(number, _)| number).chain(rows).collect();
    }

    /// What all rows are to say; `None`: there is neither a declaration nor anything stored.
    fn aim(&self, latest: Option<Latest>) -> Option<Target> {
        let Some(declared) = &self.declared else {
            let latest = latest.or_else(|| (!self.rows.is_empty()).then(Latest::default))?;
            return Some(Target {
                uid: latest.uid,
                generation: 0,
                create_time: 0,
                number: latest.number,
                release: None,
                withdrawn: true,
            });
        };
        let latest = latest.unwrap_or_default();
        let release = match &self.candidate {
            Some(Candidate::Ready(ready)) => Some(ready.digest),
            _ => latest.kept(&declared.uid),
        };
        Some(Target {
            uid: declared.uid.clone(),
            generation: declared.generation,
            create_time: declared.create_time,
            number: release.map_or(latest.number, |release| latest.number(&declared.uid, release)),
            release,
            withdrawn: false,
        })
    }

    /// Once a row names the candidate, everything that the candidate names has been stored.
    fn note_stored(&mut self, latest: Option<&Latest>) {
        if let (Some(Candidate::Ready(ready)), Some(latest)) = (&self.candidate, latest)
            && latest.release == ready.digest
            && !self.stored.contains(&ready.digest)
        {
            self.stored = ready.sources.iter().map(|(source, _)| *source).chain([ready.digest]).collect();
        }
    }

    /// What a user should know, bounded.
    pub fn problems(&self, inventory: &Inventory) -> Vec<Problem> {
        let missing = match &self.candidate {
            Some(Candidate::Missing(names)) => names.as_slice(),
            _ => &[],
        };
        let transforms = missing.iter().map(|name| {
            problem("TransformNotFound", format!("transform {name:?} is not there: the release before stays"))
        });
        let regions = self.declared.iter().flat_map(|declared| &declared.spec.where_.regions);
        let unknown = regions.filter(|name| !inventory.regions.is_declared(name));
        let regions = unknown.map(|name| problem("RegionNotFound", format!("region {name:?} is not there")));
        let zones = self.time_problem(inventory).into_iter();
        let selection = self.selection.iter().flat_map(shortfall::problems);
        transforms.chain(regions).chain(zones).chain(selection).take(MAX_PROBLEMS).collect()
    }

    /// Where windows can never open.
    fn time_problem(&self, inventory: &Inventory) -> Option<Problem> {
        self.declared.as_ref().filter(|declared| declared.has_windows())?;
        inventory.zones.problem(self.chosen()?, &inventory.names)
    }

    /// The locations that it reaches; none before [`State::refresh`].
    pub fn chosen(&self) -> Option<&RoaringBitmap> {
        self.selection.as_ref().map(|selection| &selection.chosen)
    }
}

/// The locations that are chosen by what is stored, and by what is on its way there.
fn previous<'a>(rows: &'a Rows, sent: &BTreeMap<(u32, u32), Row>) -> Cow<'a, RoaringBitmap> {
    if sent.is_empty() {
        return Cow::Borrowed(rows.listed());
    }
    let stored = |(region, bucket): &(u32, u32)| rows.regions.get(region)?.rows.get(bucket);
    let replaced: RoaringBitmap = sent.keys().filter_map(stored).flat_map(|(_, row)| row.members()).collect();
    let replacing: RoaringBitmap = sent.values().flat_map(Row::members).collect();
    Cow::Owned((rows.listed() - replaced) | replacing)
}

pub(crate) fn problem(reason: &str, message: String) -> Problem {
    Problem { reason: reason.to_owned(), message, ..Problem::default() }
}

/// States by placement.
pub(crate) type States = BTreeMap<PlacementKey, State>;
