//! The algebra of partials: absolute values of disjoint sets of regions, merged into one.
//!
//! ```text
//!   merge(own, merge(a, b)) == merge(own, a, b)
//! ```

use std::collections::BTreeMap;

use model::Partial;

use crate::failures;
use crate::problems::{bounded, ranked, worst};

/// The highest decision that a partial has counted: which of two is about newer decisions.
fn newest_decision(partial: &Partial) -> u64 {
    partial.watermark.values().copied().max().unwrap_or(0)
}

/// Parts of a placement that was deleted and created again are about something else: those of the newest decision
/// stand, the others count as not there.
fn of_one_placement<'a>(parts: &[&'a Partial]) -> Vec<&'a Partial> {
    let newest = parts.iter().max_by_key(|part| newest_decision(part));
    let uid = newest.map_or("", |part| &part.placement_uid);
    parts.iter().copied().filter(|part| part.placement_uid == uid).collect()
}

/// All parts as one. A region that several claim, which is so for a moment when it moves in the tree, is taken from the
/// part that has counted its newest decisions.
pub fn merge(parts: &[&Partial]) -> Partial {
    let parts = of_one_placement(parts);
    let mut merged = Partial::default();
    let mut reasons = BTreeMap::new();
    for part in &parts {
        merged.placement_uid.clone_from(&part.placement_uid);
        merged.rollout = merged.rollout.max(part.rollout);
        merged.withdrawing += part.withdrawing;
        take_regions(&mut merged, part);
        part.reasons.iter().for_each(|(reason, count)| *reasons.entry(reason.clone()).or_default() += count);
    }
    merged.reasons = bounded(reasons);
    merged.failures = failures::merged(parts.iter().map(|part| &part.failures));
    merged.problems = worst(parts.iter().flat_map(|part| ranked(part)));
    merged
}

fn take_regions(merged: &mut Partial, part: &Partial) {
    for (region, counts) in &part.regions {
        let watermark = part.watermark.get(region).copied().unwrap_or(0);
        if merged.watermark.get(region).is_none_or(|&known| known < watermark) {
            merged.watermark.insert(region.clone(), watermark);
            merged.regions.insert(region.clone(), *counts);
        }
    }
}
