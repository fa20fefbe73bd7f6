//! Which locations one placement has: those that pass its tests, or the choice among them.

use model::Where;
use roaring::RoaringBitmap;

use crate::answers::Answers;
use crate::choice::{Contest, Rules};
use crate::difference::Interest;
use crate::failures::Failures;
use crate::inventory::{Change, Inventory};
use crate::reach::{Miss, Reach};

/// A compiled `where` with what it comes to.
///
/// Without a count, a spread and doubts, what is chosen is what passes the tests, and a location's change is settled when
/// it comes. All else depends on what was chosen before, and is settled when writes are asked for.
#[derive(Debug)]
pub(crate) struct Selection {
    pub reach: Reach,
    /// What the tests read of locations, and what the choice compares: other changes cost nothing.
    tests: Interest,
    ranks: Interest,
    /// Where only what was chosen before stays.
    doubts: RoaringBitmap,
    pub failures: Failures,
    /// `None`: all that may be chosen are.
    pub contest: Option<Contest>,
    pub chosen: RoaringBitmap,
}

/// What a changed location means for a placement.
#[derive(Debug, Default)]
pub(crate) struct Effect {
    /// The regions whose rows have to be looked at, for this location.
    pub regions: Vec<u32>,
    /// Whether the placement has to be looked at.
    pub any: bool,
}

impl Selection {
    /// Tests all locations; `previous`: those that are chosen by what is stored.
    pub fn of(
        where_: &Where,
        inventory: &Inventory,
        answers: &mut Answers,
        previous: &RoaringBitmap,
    ) -> Self {
        let reach = Reach::compile(where_);
        let rules = Rules::compile(where_);
        let (mut tests, mut ranks) = (Interest::default(), Interest::default());
        reach.add_interest(&mut tests);
        rules.iter().for_each(|rules| rules.add_interest(&mut ranks));
        let found = reach.all(inventory, answers);
        let doubts: RoaringBitmap = found.doubts.keys().copied().collect();
        let mut failures = Failures::default();
        for (handle, miss) in found.doubts {
            note(&mut failures, inventory, handle, Some(&miss));
        }
        let may = found.reached | (&doubts & previous);
        let mut selection = Self { reach, tests, ranks, doubts, failures, contest: None, chosen: may };
        if let Some(rules) = rules {
            let feasible = std::mem::take(&mut selection.chosen);
            selection.contest = Some(Contest::new(rules, feasible));
            selection.settle(inventory, previous);
        }
        selection
    }

    /// Takes in a changed location. `was_chosen` tells whether it is chosen by what is stored.
    pub fn location_changed(
        &mut self,
        inventory: &Inventory,
        change: &Change,
        answers: &mut Answers,
        was_chosen: impl FnOnce() -> bool,
    ) -> Effect {
        let handle = change.handle;
        if !self.tests.concerns(&change.difference) {
            let is_open = match &mut self.contest {
                Some(contest) if self.ranks.concerns(&change.difference) => {
                    let may = contest.feasible.contains(handle);
                    contest.set(inventory, &self.reach, handle, may);
                    contest.is_open()
                }
                _ => false,
            };
            return Effect { any: is_open, regions: Vec::new() };
        }
        let miss = self.test(inventory, change, answers);
        let told = note(&mut self.failures, inventory, handle, miss.as_ref());
        let is_doubt = miss.as_ref().is_some_and(Miss::is_doubt);
        match is_doubt {
            true => self.doubts.insert(handle),
            false => self.doubts.remove(handle),
        };
        let may = miss.is_none() || is_doubt && was_chosen();
        let before = change.before.filter(|_| self.chosen.contains(handle));
        let mut after = change.after.filter(|_| may);
        let mut is_open = false;
        if let Some(contest) = &mut self.contest {
            // What only the tests read does not move anybody among the candidates.
            let stands = may == contest.feasible.contains(handle) && !self.ranks.concerns(&change.difference);
            if !stands {
                contest.set(inventory, &self.reach, handle, may);
            }
            is_open = contest.is_open();
            // Whether it joins is the contest's to say; that it left is known.
            after = after.filter(|_| self.chosen.contains(handle));
        }
        match after {
            Some(_) => self.chosen.insert(handle),
            None => self.chosen.remove(handle),
        };
        let regions: Vec<u32> =
            if before == after { Vec::new() } else { before.into_iter().chain(after).collect() };
        Effect { any: told || is_open || !regions.is_empty(), regions }
    }

    /// Decides what depends on what was chosen before; who joins or leaves by that.
    pub fn settle(&mut self, inventory: &Inventory, previous: &RoaringBitmap) -> RoaringBitmap {
        let stays = &self.doubts & previous;
        let before = self.chosen.clone();
        match &mut self.contest {
            None => {
                self.chosen -= &self.doubts;
                self.chosen |= stays;
            }
            Some(contest) => {
                let differs = &self.doubts & (&contest.feasible ^ &stays);
                for handle in &differs {
                    contest.set(inventory, &self.reach, handle, stays.contains(handle));
                }
                if let Some(chosen) = contest.settle(inventory, &self.reach, previous, &self.chosen) {
                    self.chosen = chosen;
                }
            }
        }
        before ^ &self.chosen
    }

    /// Whether there is anything to be settled.
    pub fn depends_on_previous(&self) -> bool {
        self.contest.is_some() || !self.doubts.is_empty()
    }

    fn test(&self, inventory: &Inventory, change: &Change, answers: &mut Answers) -> Option<Miss> {
        match (change.after, inventory.location(change.handle)) {
            (Some(_), Some(location)) => self.reach.test(inventory, change.handle, location, answers).err(),
            _ => Some(Miss::Deleting),
        }
    }
}

fn note(failures: &mut Failures, inventory: &Inventory, handle: u32, miss: Option<&Miss>) -> bool {
    let reason = match miss {
        Some(Miss::Failed(reason)) => Some(reason.clone()),
        _ => None,
    };
    failures.set(inventory.names.shared(handle), reason)
}
