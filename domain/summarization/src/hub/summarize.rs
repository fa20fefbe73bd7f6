//! Decides what each region counts for, from what was decided and what it has counted.
//!
//! ```text
//!   the region has counted           its counts                       behind
//!   all decisions known here         stand                            no
//!   the rollout, not all decisions   stand, new locations missing     yes
//!   an older rollout, or nothing     all missing                      yes
//! ```

use std::collections::{BTreeMap, BTreeSet};

use model::{Counts, Partial, Summary};

use super::expectation::Expectation;
use super::regions::Regions;
use crate::contribution::total;
use crate::partial::merge;

/// The summary of a placement; `None`: nothing was ever decided for it.
pub fn summarize(
    regions: &Regions,
    expected: &BTreeMap<String, Expectation>,
    partials: &BTreeMap<String, Partial>,
    now: u64,
) -> Option<Summary> {
    let (_, uid) = expected.values().filter_map(Expectation::newest).max()?;
    let partials = Partials { regions, partials: current(regions, partials, uid) };
    let mut summary = Summary { as_of_time: now, ..Summary::default() };
    let mut known = BTreeSet::new();
    for region in partials.counted().chain(expected.keys().map(String::as_str)).collect::<BTreeSet<_>>() {
        let nothing = Expectation::default();
        let counted = partials.region(region, uid, expected.get(region).unwrap_or(&nothing));
        if let Some(watermark) = counted.watermark {
            summary.partial.watermark.insert(region.to_owned(), watermark);
        }
        if counted.standing != Standing::Current {
            summary.behind.push(region.to_owned());
        }
        if counted.standing != Standing::Unknown {
            known.insert(regions.top(region));
        }
        summary.partial.regions.insert(region.to_owned(), counted.counts);
    }
    let merged = partials.merged(&known);
    summary.partial.problems = merged.problems;
    summary.partial.reasons = merged.reasons;
    summary.partial.withdrawing = partials.partials.values().map(|partial| partial.withdrawing).sum();
    summary.partial.rollout = expected.values().map(|rows| rows.rollout(uid).0).max().unwrap_or(0);
    summary.partial.placement_uid = uid.to_owned();
    summary.total = total(summary.partial.regions.values());
    Some(summary)
}

/// The partials that are about this placement, of regions that are children of the hub now.
fn current<'a>(
    regions: &Regions,
    partials: &'a BTreeMap<String, Partial>,
    uid: &str,
) -> BTreeMap<&'a str, &'a Partial> {
    let about = partials
        .iter()
        .filter(|(child, partial)| partial.placement_uid == uid && regions.top(child) == child.as_str());
    about.map(|(child, partial)| (child.as_str(), partial)).collect()
}

struct Partials<'a> {
    regions: &'a Regions,
    partials: BTreeMap<&'a str, &'a Partial>,
}

/// How far a region is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    Current,
    Behind,
    Unknown,
}

struct Counted {
    standing: Standing,
    counts: Counts,
    watermark: Option<u64>,
}

impl<'a> Partials<'a> {
    /// The regions that any partial counts and that it may speak for.
    fn counted(&self) -> impl Iterator<Item = &'a str> {
        let told = self.partials.iter().flat_map(|(child, partial)| {
            partial.regions.keys().filter(|region| self.regions.top(region) == *child)
        });
        told.map(String::as_str)
    }

    fn region(&self, region: &str, uid: &str, expected: &Expectation) -> Counted {
        let partial = self.partials.get(self.regions.top(region));
        let watermark = partial.and_then(|partial| partial.watermark.get(region)).copied();
        let told = partial.and_then(|partial| partial.regions.get(region)).copied().unwrap_or_default();
        let standing = standing(watermark, partial.copied(), uid, expected);
        let expected = expected.locations(uid);
        let counts = match standing {
            Standing::Current => told,
            Standing::Behind => with_missing(told, expected),
            Standing::Unknown => Counts {
                expected,
                missing: expected,
                offline: told.offline.min(expected),
                ..Counts::default()
            },
        };
        Counted { standing, counts, watermark }
    }

    /// Problems and reasons are of no region: those of a partial stand while any of its regions does.
    fn merged(&self, known: &BTreeSet<&str>) -> Partial {
        let parts = self.partials.iter().filter(|(child, _)| known.contains(*child));
        merge(&parts.map(|(_, partial)| *partial).collect::<Vec<_>>())
    }
}

fn standing(
    watermark: Option<u64>,
    partial: Option<&Partial>,
    uid: &str,
    expected: &Expectation,
) -> Standing {
    let (Some(watermark), Some(partial)) = (watermark, partial) else { return Standing::Unknown };
    if expected.newest().is_none_or(|(newest, _)| watermark >= newest) {
        return Standing::Current;
    }
    // A partial of several regions does not say which of them knows its rollout number.
    let (rollout, since) = expected.rollout(uid);
    let tells = partial.regions.len() == 1 && partial.rollout == rollout;
    if tells || watermark >= since { Standing::Behind } else { Standing::Unknown }
}

fn with_missing(told: Counts, expected: u64) -> Counts {
    let new = expected.saturating_sub(told.expected);
    Counts { expected: told.expected + new, missing: told.missing + new, ..told }
}
