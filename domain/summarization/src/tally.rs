//! One placement in one region: its decisions and the sums over its locations.
//!
//! Each location's standing is remembered by the caller. A change takes the old standing out and puts the new one in,
//! so that a row which comes twice, or late, counts once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use model::{Counts, Decision};

use crate::classify::classify;
use crate::contribution::{add, subtract};
use crate::decided::{Decisions, Names, Verdict};
use crate::failures::Failures;
use crate::problems::Rank;
use crate::unlisted::Unlisted;
use crate::{Contribution, Report, Silence, State};

/// How a location counts for a placement now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Standing {
    /// Not at all.
    #[default]
    Nothing,
    /// Not at all, but it has reported: a decision could make it count or withdraw.
    Unlisted,
    /// No longer chosen, and has not confirmed that all is gone.
    Withdrawing,
    Counted(Contribution),
}

impl Standing {
    /// What it adds to the counts.
    pub fn contribution(self) -> Option<Contribution> {
        match self {
            Self::Counted(contribution) => Some(contribution),
            Self::Nothing | Self::Unlisted | Self::Withdrawing => None,
        }
    }
}

/// The sums of one placement in one region.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    pub decisions: Decisions,
    pub counts: Counts,
    pub withdrawing: u64,
    /// Failed locations by reason, unbounded here so that it can be subtracted from.
    pub reasons: BTreeMap<String, u64>,
    pub failures: Failures,
    /// All that is not healthy, worst first.
    pub ranked: BTreeSet<(Rank, Arc<str>)>,
    /// All that has reported and is not chosen.
    unlisted: Unlisted,
}

impl Tally {
    /// Replaces the decision row of `bucket`; returns the locations that may stand otherwise now.
    pub fn decide(&mut self, bucket: u32, row: Option<(&Decision, Names)>, seq: u64) -> BTreeSet<Arc<str>> {
        let mut touched = self.decisions.set(bucket, row, seq);
        for bits in touched.bits {
            touched.locations.extend(self.unlisted.in_bucket(bucket, bits).cloned());
        }
        touched.locations
    }

    /// How `location` stands. `resident`: it belongs to this region; one that has moved away confirms elsewhere.
    pub fn standing(
        &self,
        location: &str,
        report: Option<&Report>,
        silence: Silence,
        resident: bool,
    ) -> Standing {
        match self.decisions.verdict(location) {
            Verdict::Counted(decided) => Standing::Counted(classify(decided, report, silence)),
            Verdict::Arriving => Standing::Nothing,
            Verdict::Nothing | Verdict::Unknown if report.is_none_or(|report| report.withdrawn) => {
                Standing::Nothing
            }
            Verdict::Nothing if resident => Standing::Withdrawing,
            Verdict::Nothing | Verdict::Unknown => Standing::Unlisted,
        }
    }

    /// Puts a standing in.
    pub fn include(&mut self, location: &Arc<str>, standing: Standing, report: Option<&Report>) {
        match standing {
            Standing::Nothing => {}
            Standing::Unlisted => self.unlisted.insert(location),
            Standing::Withdrawing => {
                self.unlisted.insert(location);
                self.withdrawing += 1;
            }
            Standing::Counted(contribution) => {
                add(&mut self.counts, contribution);
                self.ranked.extend(Rank::of(contribution).map(|rank| (rank, location.clone())));
                self.failures.include(location, contribution, report);
                if let Some(reason) = failure(contribution, report) {
                    *self.reasons.entry(reason.to_owned()).or_default() += 1;
                }
            }
        }
    }

    /// Takes out what [`Tally::include`] has put in, with the same arguments.
    pub fn exclude(&mut self, location: &Arc<str>, standing: Standing, report: Option<&Report>) {
        match standing {
            Standing::Nothing => {}
            Standing::Unlisted => self.unlisted.remove(location),
            Standing::Withdrawing => {
                self.unlisted.remove(location);
                self.withdrawing -= 1;
            }
            Standing::Counted(contribution) => {
                subtract(&mut self.counts, contribution);
                if let Some(rank) = Rank::of(contribution) {
                    self.ranked.remove(&(rank, location.clone()));
                }
                self.failures.exclude(location, contribution, report);
                if let Some(reason) = failure(contribution, report) {
                    self.forget(reason);
                }
            }
        }
    }

    fn forget(&mut self, reason: &str) {
        if let Some(count) = self.reasons.get_mut(reason) {
            *count -= 1;
            if *count == 0 {
                self.reasons.remove(reason);
            }
        }
    }
}

fn failure(contribution: Contribution, report: Option<&Report>) -> Option<&str> {
    report.filter(|_| contribution.state == State::Failed).map(Report::reason)
}
