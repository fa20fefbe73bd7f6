//! Decides what each region counts for, from what was decided, what it has counted and whether it is summarized now.
//!
//! ```text
//!   the region has counted           its counts                                    behind
//!   all decisions known here         stand                                         no
//!   later ones                       stand                                         yes, the hub is
//!   the rollout, not all decisions   stand for no more locations than are decided  yes
//!   an older rollout, or nothing     all missing                                   yes
//!   (whatever, and its lease lapsed) what stands is stale; all are offline         yes
//! ```
//!
//! **Each location counts once, where the decision rows list it.** A region counts for exactly as many locations as its
//! rows list, arriving ones included, whatever its partial says: the surplus is taken from the best of them, and what
//! is lacking is missing. So a location that arrives from a region that counts no more is missing in its new region, not
//! nowhere; and it is healthy in two regions never.
//!
//! A region whose own counts do not stand is accounted for by its rows alone, here. Its watermark is that of its newest
//! row: nothing has to wait for it, and what arrives from it is let in.

use std::collections::{BTreeMap, BTreeSet};

use model::{Counts, Partial, Problem, Summary};

use super::bounds::{fit, unheard};
use super::expectation::Expectation;
use super::lapse::Lapses;
use super::regions::Regions;
use super::{Announced, PlacementView};
use crate::contribution::total;
use crate::partial::merge;

/// The summary of a placement; `None`: nothing was ever decided for it.
pub fn summarize(regions: &Regions, lapses: &Lapses, view: &PlacementView, now: u64) -> Option<Summary> {
    let uid = uid(view)?;
    let told = Told { regions, lapses, uid, partials: current(regions, &view.partials, uid) };
    let mut summary = Summary { as_of_time: now, ..Summary::default() };
    let mut known = BTreeSet::new();
    let nothing = Expectation::default();
    for region in told.counted().chain(view.expected.keys().map(String::as_str)).collect::<BTreeSet<_>>() {
        let counted = told.region(region, view.expected.get(region).unwrap_or(&nothing));
        if let Some(watermark) = counted.watermark {
            summary.partial.watermark.insert(region.to_owned(), watermark);
        }
        if counted.behind {
            summary.behind.push(region.to_owned());
        }
        if counted.stands {
            known.insert(regions.top(region));
        }
        summary.partial.regions.insert(region.to_owned(), counted.counts);
    }
    let merged = told.merged(&known);
    summary.partial.problems = told.unheard(&summary.behind);
    summary.partial.problems.extend(merged.problems);
    summary.partial.problems.truncate(Partial::MAX_PROBLEMS);
    summary.partial.reasons = merged.reasons;
    summary.partial.failures = merged.failures;
    summary.partial.withdrawing = told.partials.values().map(|partial| partial.withdrawing).sum();
    summary.partial.rollout = rollout(view, uid);
    summary.partial.placement_uid = uid.to_owned();
    summary.total = total(summary.partial.regions.values());
    Some(summary)
}

/// The placement that the newest of all rows was decided for.
fn uid(view: &PlacementView) -> Option<&str> {
    let announced = view.announced.iter().map(|Announced { seq, uid, .. }| (*seq, uid.as_str()));
    let (_, uid) = view.expected.values().filter_map(Expectation::newest).chain(announced).max()?;
    Some(uid)
}

/// The rollout number of now. Where nothing is chosen, no decision row tells it.
fn rollout(view: &PlacementView, uid: &str) -> u64 {
    let announced = view.announced.iter().filter(|announced| announced.uid == uid).map(|it| it.rollout);
    let decided = view.expected.values().map(|rows| rows.rollout(uid).0);
    decided.chain(announced).max().unwrap_or(0)
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

/// What the regions have told of one placement.
struct Told<'a> {
    regions: &'a Regions,
    lapses: &'a Lapses,
    uid: &'a str,
    partials: BTreeMap<&'a str, &'a Partial>,
}

/// How far a region is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    Current,
    Ahead,
    Behind,
    Unknown,
}

/// What a region counts for.
struct Counted {
    counts: Counts,
    watermark: Option<u64>,
    /// Its reports count.
    stands: bool,
    behind: bool,
}

impl<'a> Told<'a> {
    /// The regions that any partial counts and that it may speak for.
    fn counted(&self) -> impl Iterator<Item = &'a str> {
        let told = self.partials.iter().flat_map(|(child, partial)| {
            partial.regions.keys().filter(|region| self.regions.top(region) == *child)
        });
        told.map(String::as_str)
    }

    fn region(&self, region: &str, expected: &Expectation) -> Counted {
        let partial = self.partials.get(self.regions.top(region));
        let watermark = partial.and_then(|partial| partial.watermark.get(region)).copied();
        let told = partial.and_then(|partial| partial.regions.get(region)).copied().unwrap_or_default();
        let standing = standing(watermark, partial.copied(), self.uid, expected);
        let locations = expected.locations(self.uid);
        let counts = match standing {
            Standing::Ahead => told,
            Standing::Current | Standing::Behind => fit(told, locations),
            Standing::Unknown => Counts {
                expected: locations,
                missing: locations,
                offline: told.offline.min(locations),
                ..Counts::default()
            },
        };
        let lapsed = self.is_lapsed(region);
        let stands = standing != Standing::Unknown && !lapsed;
        let newest = expected.newest().map(|(seq, _)| seq).filter(|_| !stands);
        Counted {
            counts: if lapsed { unheard(counts) } else { counts },
            watermark: newest.max(watermark),
            stands,
            // Of a region that has counted that nothing is chosen there, there is no more to know.
            behind: standing != Standing::Current || (lapsed && counts.expected > 0),
        }
    }

    fn is_lapsed(&self, region: &str) -> bool {
        self.regions.way_up(region).any(|region| self.lapses.is_lapsed(region))
    }

    /// Problems and reasons are of no region: those of a partial stand while any of its regions does.
    fn merged(&self, known: &BTreeSet<&str>) -> Partial {
        let parts = self.partials.iter().filter(|(child, _)| known.contains(*child));
        merge(&parts.map(|(_, partial)| *partial).collect::<Vec<_>>())
    }

    /// One problem for each region that nobody summarizes.
    fn unheard(&self, behind: &[String]) -> Vec<Problem> {
        let problem = |region: &String| Problem {
            reason: "RegionSilent".to_owned(),
            message: format!("nobody summarizes region {region}: what its locations do is not known"),
            ..Problem::default()
        };
        behind.iter().filter(|region| self.is_lapsed(region)).map(problem).collect()
    }
}

fn standing(
    watermark: Option<u64>,
    partial: Option<&Partial>,
    uid: &str,
    expected: &Expectation,
) -> Standing {
    let (Some(watermark), Some(partial)) = (watermark, partial) else { return Standing::Unknown };
    match expected.newest() {
        Some((newest, _)) if watermark < newest => {}
        Some((newest, _)) if watermark == newest => return Standing::Current,
        _ => return Standing::Ahead,
    }
    // A partial of several regions does not say which of them knows its rollout number.
    let (rollout, since) = expected.rollout(uid);
    let tells = partial.regions.len() == 1 && partial.rollout == rollout;
    if tells || watermark >= since { Standing::Behind } else { Standing::Unknown }
}
