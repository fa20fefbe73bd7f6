//! The same failure at many locations, told once with how many there are and the first few.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use model::{FailedAt, Failure, Partial};

use crate::{Contribution, Report, State};

/// What failures beyond the bound are told under.
const OTHER: &str = "Other";

/// The failed and degraded locations of a region, by what is wrong there. Unbounded, so that it can be subtracted from.
#[derive(Clone, Debug, Default)]
pub struct Failures(BTreeMap<Failure, BTreeSet<Arc<str>>>);

impl Failures {
    /// Counts a location that stands like this, if anything is wrong there.
    pub fn include(&mut self, location: &Arc<str>, contribution: Contribution, report: Option<&Report>) {
        if let Some(failure) = failure(contribution, report) {
            self.0.entry(failure).or_default().insert(location.clone());
        }
    }

    /// Takes out what [`Failures::include`] has put in, with the same arguments.
    pub fn exclude(&mut self, location: &Arc<str>, contribution: Contribution, report: Option<&Report>) {
        let Some(failure) = failure(contribution, report) else { return };
        let Some(locations) = self.0.get_mut(&failure) else { return };
        locations.remove(location);
        if locations.is_empty() {
            self.0.remove(&failure);
        }
    }

    /// As a partial tells them.
    pub fn told(&self) -> BTreeMap<Failure, FailedAt> {
        let at = |locations: &BTreeSet<Arc<str>>| FailedAt {
            locations: locations.len() as u64,
            examples: first(locations.iter().map(|name| name.to_string())),
        };
        bounded(self.0.iter().map(|(failure, locations)| (failure, at(locations))).collect())
    }
}

fn failure(contribution: Contribution, report: Option<&Report>) -> Option<Failure> {
    let is_wrong = matches!(contribution.state, State::Failed | State::Degraded);
    report.filter(|_| is_wrong).map(Report::failure)
}

/// Those of several disjoint sets of locations.
pub fn merged<'a>(
    parts: impl IntoIterator<Item = &'a BTreeMap<Failure, FailedAt>>,
) -> BTreeMap<Failure, FailedAt> {
    let mut all = BTreeMap::<&Failure, FailedAt>::new();
    for (failure, at) in parts.into_iter().flatten() {
        add(all.entry(failure).or_default(), at);
    }
    bounded(all.into_iter().collect())
}

/// The most frequent ones, the rest together.
fn bounded(mut all: Vec<(&Failure, FailedAt)>) -> BTreeMap<Failure, FailedAt> {
    let is_other = |failure: &Failure| failure.reason == OTHER && failure.object.is_empty();
    let named = Partial::MAX_FAILURES - 1;
    let mut rest = Vec::new();
    if all.len() > Partial::MAX_FAILURES {
        // A region in which each location fails in words of its own has as many of them: they are not sorted.
        all.select_nth_unstable_by(named, |(a, m), (b, n)| {
            is_other(a).cmp(&is_other(b)).then(n.locations.cmp(&m.locations)).then_with(|| a.cmp(b))
        });
        rest = all.split_off(named);
    }
    let mut told: BTreeMap<_, _> = all.into_iter().map(|(failure, at)| (failure.clone(), at)).collect();
    for (_, at) in rest {
        let other = Failure { reason: OTHER.to_owned(), ..Failure::default() };
        add(told.entry(other).or_default(), &at);
    }
    told
}

fn add(sum: &mut FailedAt, more: &FailedAt) {
    sum.locations += more.locations;
    sum.examples.extend(more.examples.iter().cloned());
    sum.examples.sort();
    sum.examples.truncate(Partial::MAX_EXAMPLES);
}

fn first(names: impl Iterator<Item = String>) -> Vec<String> {
    names.take(Partial::MAX_EXAMPLES).collect()
}
