//! Which groups are chosen from where a spread bounds their number: those that are worth most.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Class, Classes, Rank, Rules};

/// The classes that every `maxGroups` leaves, one spread after the other.
///
/// A group is worth the sum of its best candidates, as many as its share of the places; equal ones go by name.
pub(super) fn narrow<'a>(rules: &Rules, classes: &'a Classes) -> BTreeSet<&'a [Arc<str>]> {
    let mut left: Vec<(&[Arc<str>], &Class)> = classes.iter().map(|(key, class)| (&**key, class)).collect();
    for (spread, most) in rules.spread.iter().map(|constraint| constraint.max_groups).enumerate() {
        let Some(most) = most else { continue };
        let share = rules.count.map_or(usize::MAX, |count| count.div_ceil(most));
        let mut groups: BTreeMap<&Arc<str>, Vec<&Class>> = BTreeMap::new();
        left.iter().for_each(|(key, class)| groups.entry(&key[spread]).or_default().push(class));
        let worth = groups.into_iter().map(|(name, classes)| (Reverse(worth(&classes, share)), name));
        let mut best: Vec<_> = worth.collect();
        best.sort_unstable();
        let best: BTreeSet<&Arc<str>> = best.into_iter().take(most).map(|(_, name)| name).collect();
        left.retain(|(key, _)| best.contains(&key[spread]));
    }
    left.into_iter().map(|(key, _)| key).collect()
}

fn worth(classes: &[&Class], share: usize) -> u64 {
    if let [class] = classes {
        return class.best.iter().take(share).map(Rank::worth).sum();
    }
    let mut best: Vec<&Rank> = classes.iter().flat_map(|class| class.best.iter().take(share)).collect();
    best.sort_unstable();
    best.into_iter().take(share).map(Rank::worth).sum()
}
