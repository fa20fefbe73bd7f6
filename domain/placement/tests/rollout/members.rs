//! Waves stay as they were filled while a rollout goes on.

use std::collections::BTreeMap;

use model::*;
use placement::rollout::{Held, Membership, assign};
use proptest::prelude::*;
use roaring::RoaringBitmap;

const LOCATIONS: u32 = 40;
/// Of the rollout that goes on.
const FIRST: u64 = 7;

fn select() -> impl Strategy<Value = Select> {
    prop_oneof![
        (0..15_u32).prop_map(Select::Count),
        (0..50_u32).prop_map(|percent| Select::Percent(Percent(percent))),
        Just(Select::Selector(LabelSelector::default())),
    ]
}

fn set() -> impl Strategy<Value = RoaringBitmap> {
    prop::collection::btree_set(0..LOCATIONS, 0..40).prop_map(|set| set.into_iter().collect())
}

fn spec() -> impl Strategy<Value = RolloutSpec> {
    (prop::collection::vec(select(), 1..6), any::<bool>()).prop_map(|(selects, takes_the_rest)| {
        let wave = |(number, select)| Wave { name: format!("w{number}"), select, ..Wave::default() };
        let rest = takes_the_rest.then_some(None);
        let selects = selects.into_iter().map(Some).chain(rest);
        RolloutSpec { waves: selects.enumerate().map(wave).collect(), ..RolloutSpec::default() }
    })
}

/// What those hold who were moved, each in its wave: under the first number, or under one that was used since.
fn held(waves: &[RoaringBitmap], moved: &RoaringBitmap, set_back: &RoaringBitmap) -> Vec<Held> {
    let mut groups: BTreeMap<(u64, u32), RoaringBitmap> = BTreeMap::new();
    for (wave, members) in (0..).zip(waves) {
        for handle in members & moved {
            let number = FIRST + u64::from(set_back.contains(handle));
            groups.entry((number, wave)).or_default().insert(handle);
        }
    }
    let held = |((number, wave), locations)| Held { number, wave, locations, ..Held::default() };
    groups.into_iter().map(held).collect()
}

proptest! {
    #[test]
    fn who_is_moved_moves_nobody_else_to_another_wave(
        spec in spec(), chosen in set(), pilots in set(), moved in set(), set_back in set(),
    ) {
        let selected = vec![pilots; spec.waves.len()];
        let order = |left: u32, right: u32| (left * 17 % LOCATIONS).cmp(&(right * 17 % LOCATIONS));
        let of = |held: &[Held]| {
            assign(&spec, Membership { chosen: &chosen, selected: &selected, held, first: FIRST, order: &order })
        };
        let waves = of(&[]);
        prop_assert_eq!(of(&held(&waves, &moved, &set_back)), waves);
    }
}
