//! What is reported, and when it is worth sending.

use std::collections::BTreeMap;

use crate::world::{claim, key, placement, unknown};
use edge::{Claim, Inventory, Known, Outcome, Outcomes, Span, Wishes, cut, differs, merge, report};
use model::{Phase, PlacementKey, Status};
use proptest::prelude::*;

fn reported(
    claims: &[Claim],
    inventory: &Inventory,
    outcomes: &Outcomes,
    known: &BTreeMap<PlacementKey, Known>,
) -> BTreeMap<PlacementKey, Status> {
    let wishes: Wishes = merge(claims);
    report((claims, &wishes), inventory, outcomes, known, &BTreeMap::new(), Span::default())
}

fn outcomes(entries: &[(&str, Phase)]) -> Outcomes {
    entries.iter().map(|(name, phase)| (key(name).into(), Outcome::new(*phase, "Reason", "words"))).collect()
}

fn known(name: &str) -> BTreeMap<PlacementKey, Known> {
    BTreeMap::from([(placement(name), Known { uid: "uid".into(), rollout: 7 })])
}

#[test]
fn the_loser_of_an_object_reports_a_conflict_that_names_the_winner() {
    let claims = [Claim { priority: 5, ..claim("cart", &["a=1"]) }, claim("pay", &["a=2"])];
    let healthy = outcomes(&[("a", Phase::Healthy)]);
    let statuses = reported(&claims, &Inventory::default(), &healthy, &BTreeMap::new());
    assert_eq!(statuses[&placement("cart")].phases.healthy, 1);
    let loser = &statuses[&placement("pay")];
    assert_eq!((loser.phases.conflict, loser.phases.total()), (1, 1));
    assert!(loser.unhealthy[0].message.contains("default/cart"), "{loser:?}");
}

#[test]
fn unhealthy_objects_come_worst_first_and_are_bounded() {
    let names: Vec<String> = (0..30).map(|n| format!("o{n:02}=x")).collect();
    let texts: Vec<&str> = names.iter().map(String::as_str).collect();
    let phase = |n| if n == 29 { Phase::Failed } else { Phase::Degraded };
    let fares = (0..30).map(|n| (key(&format!("o{n:02}")).into(), Outcome::new(phase(n), "R", "")));
    let statuses =
        reported(&[claim("cart", &texts)], &Inventory::default(), &fares.collect(), &BTreeMap::new());
    let status = &statuses[&placement("cart")];
    assert_eq!(status.unhealthy.len(), Status::MAX_UNHEALTHY);
    assert!(status.unhealthy[0].object.ends_with("o29"));
    assert_eq!(status.phases.total(), 30);
}

#[test]
fn an_object_that_was_not_reached_is_pending_not_healthy() {
    let statuses =
        reported(&[claim("cart", &["a=1"])], &Inventory::default(), &Outcomes::new(), &BTreeMap::new());
    assert_eq!(statuses[&placement("cart")].phases.pending, 1);
}

#[test]
fn a_placement_is_withdrawn_only_when_nothing_that_it_applied_is_left() {
    let claims = [claim("cart", &["a=1"])];
    let mut inventory = Inventory::default();
    inventory.intend(&key("a").into(), &merge(&claims).objects[&key("a").into()]);
    let failed = outcomes(&[("a", Phase::Failed)]);
    let status = &reported(&[], &inventory, &failed, &known("cart"))[&placement("cart")];
    assert!(!status.withdrawn && status.phases.failed == 1 && status.rollout == 7);

    inventory.forget(&key("a"));
    let status = &reported(&[], &inventory, &Outcomes::new(), &known("cart"))[&placement("cart")];
    assert!(status.withdrawn && status.phases.total() == 0);
}

#[test]
fn a_missing_bundle_is_reported_beside_what_is_kept() {
    let mut inventory = Inventory::default();
    inventory.intend(&key("a").into(), &merge(&[claim("cart", &["a=1"])]).objects[&key("a").into()]);
    let claims = [unknown(claim("cart", &[]))];
    let kept = outcomes(&[("a", Phase::Healthy)]);
    let status = &reported(&claims, &inventory, &kept, &BTreeMap::new())[&placement("cart")];
    assert_eq!((status.phases.pending, status.phases.healthy), (1, 1));
}

#[test]
fn a_document_that_changed_for_another_placement_is_no_news() {
    let old = Status { rollout: 3, ..Status::default() };
    let new = Status { order: model::Order { epoch: 1, revision: 9 }, apply_us: 5, ..old.clone() };
    assert!(!differs(&old, &new));
    assert!(differs(&old, &Status { rollout: 4, ..new }));
}

proptest! {
    #[test]
    fn a_cut_text_is_within_the_limit_and_a_prefix(text in ".{0,600}", limit in 0..600_usize) {
        let short = cut(&text, limit);
        prop_assert!(short.len() <= limit && text.starts_with(short));
        prop_assert!(short.len() == text.len() || short.len() + 4 > limit);
    }
}
