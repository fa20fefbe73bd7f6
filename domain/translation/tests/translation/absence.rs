//! Absence is never an instruction: whatever is missing, no entry vanishes.

use std::collections::{BTreeMap, BTreeSet};

use model::{Desired, Digest, PlacementKey};
use proptest::prelude::*;
use serde_json::json;
use translation::{Mark, View, Want};

use crate::world::{CODEC, Contents, decision, expanded, location, placement};

const LOCATIONS: [&str; 4] = ["l0", "l1", "l2", "l3"];
const PLACEMENTS: [&str; 3] = ["p0", "p1", "p2"];

/// What gets lost before a start.
#[derive(Clone, Debug)]
struct Loss {
    decisions: Vec<bool>,
    releases: Vec<bool>,
    locations: Vec<bool>,
    complete: bool,
}

fn loss() -> impl Strategy<Value = Loss> {
    let flags = |len| prop::collection::vec(any::<bool>(), len);
    (flags(PLACEMENTS.len()), flags(PLACEMENTS.len()), flags(LOCATIONS.len()), any::<bool>()).prop_map(
        |(decisions, releases, locations, complete)| Loss { decisions, releases, locations, complete },
    )
}

/// Starts a view on `stored` without what is lost, with a new rollout of everything, and returns what is stored then.
fn restart(loss: &Loss, rollout: u64, stored: &BTreeMap<String, Desired>) -> BTreeMap<String, Desired> {
    let mut contents = Contents::default();
    let mut view = View::new(CODEC);
    for (name, desired) in stored {
        view.set_desired("eu", name, Some(desired));
    }
    for (name, lost) in LOCATIONS.iter().zip(&loss.locations) {
        if !lost {
            view.set_location(name, Some(location(name, "eu", Some("gold"))), 1, None);
        }
    }
    let mut lost_releases = Vec::new();
    for (index, name) in PLACEMENTS.iter().enumerate() {
        let release =
            contents.add(vec![expanded(name, json!({"a": format!("${{location.name}} {rollout}")}))], vec![]);
        lost_releases.extend(loss.releases[index].then_some(release));
        if !loss.decisions[index] {
            let row = decision(name, &[(release, rollout, &LOCATIONS)]);
            view.set_decision(("eu", 0, &placement(name)), Some(&row), 1, None);
        }
    }
    let told = if loss.complete { 0 } else { 1 };
    (told..model::UNITS).for_each(|unit| view.set_complete(unit, Some(Mark { locations: 9, seq: 2 })));
    view.see_locations(9);
    view.set_epoch("eu", Some(rollout));
    settle(&mut view, &contents, &lost_releases, stored.clone())
}

/// Delivers what is there and stores what is written until nothing more comes.
fn settle(
    view: &mut View,
    contents: &Contents,
    lost: &[Digest],
    mut stored: BTreeMap<String, Desired>,
) -> BTreeMap<String, Desired> {
    loop {
        let wants = view.wants();
        for want in &wants {
            match *want {
                Want::Release(digest) if lost.contains(&digest) => view.set_missing(*want),
                Want::Release(digest) => view.set_release(digest, Ok(contents.releases[&digest].clone())),
                Want::Source(digest) => view.set_source(digest, contents.sources[&digest].clone()),
            }
        }
        let outcome = view.writes("eu", 3);
        if wants.is_empty() && outcome.rows.is_empty() && !outcome.more {
            return stored;
        }
        for row in outcome.rows {
            view.set_desired("eu", &row.location, Some(&row.desired));
            stored.insert(row.location.to_string(), row.desired);
        }
    }
}

fn entries(stored: &BTreeMap<String, Desired>) -> BTreeSet<(&str, &PlacementKey)> {
    stored
        .iter()
        .flat_map(|(name, desired)| desired.placements.iter().map(move |it| (name.as_str(), &it.placement)))
        .collect()
}

proptest! {
    #[test]
    fn no_entry_vanishes_because_something_is_missing(first in loss(), second in loss()) {
        let nothing = Loss {
            decisions: vec![false; PLACEMENTS.len()],
            releases: vec![false; PLACEMENTS.len()],
            locations: vec![false; LOCATIONS.len()],
            complete: true,
        };
        let full = restart(&nothing, 1, &BTreeMap::new());
        prop_assert_eq!(entries(&full).len(), LOCATIONS.len() * PLACEMENTS.len());
        let after_one = restart(&first, 2, &full);
        prop_assert_eq!(entries(&after_one), entries(&full));
        let after_two = restart(&second, 3, &after_one);
        prop_assert_eq!(entries(&after_two), entries(&full));
    }

    #[test]
    fn no_first_document_lacks_an_entry_because_something_is_missing(mut loss in loss()) {
        loss.decisions = vec![false; PLACEMENTS.len()];
        for desired in restart(&loss, 1, &BTreeMap::new()).values() {
            prop_assert_eq!(desired.placements.len(), PLACEMENTS.len());
        }
    }
}
