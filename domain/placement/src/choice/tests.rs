//! The choice against a model that is slow and plain: it looks at every selection there is.

use std::collections::{BTreeMap, BTreeSet};

use model::GroupBy;
use proptest::prelude::*;

use super::*;

#[derive(Clone, Debug, PartialEq, Eq)]
struct Candidate {
    handle: u32,
    total: u32,
    unwelcome: u32,
    groups: Vec<u8>,
}

impl Candidate {
    fn name(&self) -> String {
        format!("l{:02}", self.handle)
    }

    fn rank(&self) -> Rank {
        Rank {
            unwelcome: self.unwelcome,
            total: std::cmp::Reverse(self.total),
            name: self.name().into(),
            handle: self.handle,
        }
    }
}

fn candidates(groups: usize) -> impl Strategy<Value = Vec<Candidate>> {
    let one = (0..4_u32, prop::bool::weighted(0.1), prop::collection::vec(0..4_u8, groups));
    prop::collection::vec(one, 0..11).prop_map(|all| {
        let candidate = |(handle, (total, unwelcome, groups))| Candidate {
            handle,
            total,
            unwelcome: u32::from(unwelcome),
            groups,
        };
        (0..).zip(all).map(candidate).collect()
    })
}

fn constraint() -> impl Strategy<Value = Constraint> {
    (prop::option::of(1..3_u32), 0..4_usize, prop::option::of(1..4_usize)).prop_map(
        |(max_skew, min_groups, max_groups)| Constraint {
            key: "region".into(),
            by: GroupBy::Region,
            max_skew,
            min_groups,
            max_groups,
        },
    )
}

fn rules(spreads: usize) -> impl Strategy<Value = Rules> {
    (prop::option::of(1..9_usize), prop::collection::vec(constraint(), spreads))
        .prop_map(|(count, spread)| Rules { count, spread, weighed: Vec::new() })
}

/// Rules and candidates with none, one or two spreads.
fn case() -> impl Strategy<Value = (Rules, Vec<Candidate>)> {
    (0..3_usize).prop_flat_map(|spreads| (rules(spreads), candidates(spreads)))
}

fn one_spread() -> impl Strategy<Value = (Rules, Vec<Candidate>)> {
    (0..2_usize).prop_flat_map(|spreads| (rules(spreads), candidates(spreads)))
}

fn classes(rules: &Rules, candidates: &[Candidate], spare: usize) -> Classes {
    let mut classes = Classes::new();
    for candidate in candidates {
        let key = candidate.groups.iter().map(|group| format!("g{group}").into()).collect();
        let keep = rules.limit().saturating_add(spare);
        classes.entry(key).or_default().insert(candidate.rank(), keep);
    }
    classes
}

fn chosen(rules: &Rules, candidates: &[Candidate]) -> Option<BTreeSet<u32>> {
    choose(rules, &classes(rules, candidates, 1)).chosen.map(|chosen| chosen.into_iter().collect())
}

/// The model: every selection is looked at; of the largest that break no constraint, the one with the best candidates.
/// `None`: none has as many groups as there must be.
fn plainly(rules: &Rules, candidates: &[Candidate]) -> Option<BTreeSet<u32>> {
    let mut left = best_groups(rules, candidates);
    left.sort_by_key(Candidate::rank);
    let taken = |bits: u32| (0..left.len()).filter(move |n| bits & (1 << n) != 0);
    let is_valid = |bits: u32| {
        taken(bits).count() <= rules.limit()
            && rules.spread.iter().enumerate().all(|(spread, rule)| {
                let mut counts: BTreeMap<u8, u32> = left.iter().map(|it| (it.groups[spread], 0)).collect();
                taken(bits).for_each(|n| *counts.entry(left[n].groups[spread]).or_default() += 1);
                let used = counts.values().filter(|count| **count > 0).count();
                let (fewest, most) = (counts.values().min(), counts.values().max());
                let skew = most.unwrap_or(&0) - fewest.unwrap_or(&0);
                used >= rule.min_groups && rule.max_skew.is_none_or(|most| skew <= most)
            })
    };
    // Candidates are in order, so that the better selection has the lower first index.
    let order = |bits: &u32| (taken(*bits).count(), std::cmp::Reverse(taken(*bits).collect::<Vec<_>>()));
    let best = (0..1_u32 << left.len()).filter(|bits| is_valid(*bits)).max_by_key(order)?;
    Some(taken(best).map(|n| left[n].handle).collect())
}

fn best_groups(rules: &Rules, candidates: &[Candidate]) -> Vec<Candidate> {
    let mut left = candidates.to_vec();
    for (spread, rule) in rules.spread.iter().enumerate() {
        let Some(most) = rule.max_groups else { continue };
        let share = rules.count.map_or(usize::MAX, |count| count.div_ceil(most));
        let mut groups: BTreeMap<u8, Vec<Rank>> = BTreeMap::new();
        left.iter().for_each(|it| groups.entry(it.groups[spread]).or_default().push(it.rank()));
        let mut worth: Vec<(u64, u8)> = Vec::new();
        for (group, mut ranks) in groups {
            ranks.sort();
            worth.push((ranks.iter().take(share).map(Rank::worth).sum(), group));
        }
        worth.sort_by_key(|(worth, group)| (std::cmp::Reverse(*worth), *group));
        let best: BTreeSet<u8> = worth.into_iter().take(most).map(|(_, group)| group).collect();
        left.retain(|it| best.contains(&it.groups[spread]));
    }
    left
}

/// The same after what was chosen counts for more, as `Steady` has it.
fn steadied(candidates: &[Candidate], chosen: &BTreeSet<u32>, bonus: u32) -> Vec<Candidate> {
    let steadied = |it: &Candidate| {
        let is_chosen = chosen.contains(&it.handle);
        let unwelcome = if is_chosen { 0 } else { it.unwelcome };
        Candidate { total: it.total + bonus * u32::from(is_chosen), unwelcome, ..it.clone() }
    };
    candidates.iter().map(steadied).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_500, ..ProptestConfig::default() })]

    #[test]
    fn the_choice_is_that_of_a_model_that_looks_at_everything((rules, candidates) in one_spread()) {
        prop_assert_eq!(chosen(&rules, &candidates), plainly(&rules, &candidates));
    }

    #[test]
    fn the_order_in_which_candidates_come_does_not_matter((rules, candidates) in case(), turn in 0..11_usize) {
        let mut turned = candidates.clone();
        turned.rotate_left(turn.min(candidates.len()));
        prop_assert_eq!(chosen(&rules, &candidates), chosen(&rules, &turned));
    }

    #[test]
    fn no_constraint_is_broken((rules, candidates) in case()) {
        let choice = choose(&rules, &classes(&rules, &candidates, 1));
        let Some(chosen) = &choice.chosen else { return Ok(()) };
        prop_assert!(chosen.len() <= rules.limit());
        for (rule, counts) in rules.spread.iter().zip(&choice.counts) {
            let (fewest, most) = (counts.values().min().unwrap_or(&0), counts.values().max().unwrap_or(&0));
            prop_assert!(rule.max_skew.is_none_or(|skew| most - fewest <= skew), "{:?}", counts);
            prop_assert!(rule.max_groups.is_none_or(|groups| counts.len() <= groups));
            prop_assert!(counts.values().filter(|count| **count > 0).count() >= rule.min_groups);
        }
        let short = rules.count.is_some_and(|count| chosen.len() < count);
        prop_assert_eq!(choice.shortfalls.is_empty(), !short);
    }

    /// Several spreads together are never satisfied where the model cannot, and never with more.
    #[test]
    fn several_spreads_choose_no_more_than_there_is((rules, candidates) in case()) {
        let (found, best) = (chosen(&rules, &candidates), plainly(&rules, &candidates));
        let count = |set: &Option<BTreeSet<u32>>| set.as_ref().map_or(0, BTreeSet::len);
        prop_assert!(count(&found) <= count(&best));
        prop_assert!(found.is_none() || best.is_some());
    }

    /// What was chosen is chosen again when it counts for more because it was.
    #[test]
    fn a_choice_stands_by_itself((rules, candidates) in one_spread(), bonus in 0..4_u32) {
        if let Some(before) = chosen(&rules, &candidates) {
            let again = chosen(&rules, &steadied(&candidates, &before, bonus));
            prop_assert_eq!(again, Some(before));
        }
    }

    /// With `Steady` alone one location more moves at most one, and one less at most its own place.
    #[test]
    fn one_location_moves_at_most_one_place((rules, mut candidates) in case().prop_filter("no groups", |(rules, _)| rules.spread.is_empty()), out in 0..11_usize) {
        candidates.iter_mut().for_each(|it| (it.total, it.unwelcome) = (0, 0));
        let before = chosen(&rules, &candidates).expect("nothing can be lacking");
        let mut candidates = steadied(&candidates, &before, 1);
        if out < candidates.len() {
            candidates.remove(out);
        }
        let after = chosen(&rules, &candidates).expect("nothing can be lacking");
        let stays = |handle: &&u32| candidates.iter().any(|it| it.handle == **handle);
        prop_assert_eq!(before.iter().filter(stays).filter(|it| !after.contains(it)).count(), 0);
        prop_assert!(after.difference(&before).count() <= 1);
    }
}
