//! Rows that services write, as tests that need no services store them.

use std::collections::BTreeMap;

use bus::{Key, Stream, Write};
use model::{Counts, Decision, DecisionGroup, Digest, Partial, PlacementKey, Rollout, Summary};

use super::Hub;

pub fn shop() -> PlacementKey {
    PlacementKey { space: "default".into(), name: "shop".into() }
}

/// Stores what placement would: `locations` of region `de`, under rollout 1. Returns the decision's sequence.
pub async fn decide(hub: &Hub, locations: &[&str]) -> u64 {
    let group = DecisionGroup {
        release: Digest::of(b"release"),
        rollout: 1,
        locations: locations.iter().map(|&name| name.to_owned()).collect(),
        ..DecisionGroup::default()
    };
    let groups = if locations.is_empty() { Vec::new() } else { vec![group] };
    let seq = put_decision(hub, groups).await;
    put_rollout(hub, false).await;
    seq
}

/// Stores what placement would of a deleted placement. Returns the decision's sequence.
pub async fn withdraw(hub: &Hub) -> u64 {
    put_rollout(hub, true).await;
    put_decision(hub, Vec::new()).await
}

async fn put_decision(hub: &Hub, groups: Vec<DecisionGroup>) -> u64 {
    let decision = Decision { placement_uid: "u".into(), groups, ..Decision::default() };
    let row = Key::Decision { region: "de".into(), bucket: 0, placement: shop() };
    hub.bus.put(Write::new(row, wire::encode_decision(&decision, ""))).await.unwrap()
}

async fn put_rollout(hub: &Hub, withdrawn: bool) {
    let rollout = Rollout { placement_uid: "u".into(), number: 1, withdrawn, ..Rollout::default() };
    hub.bus.put(Write::new(Key::Rollout(shop()), wire::encode_rollout(&rollout))).await.unwrap();
}

/// Placement accounts for the declarations up to `watermark`.
pub async fn complete(hub: &Hub, watermark: BTreeMap<String, u64>) {
    let unit = model::unit(&shop()).to_string();
    let complete = wire::Complete { epoch: 1, watermark, layout: 8 };
    let row = Key::Complete { stream: Stream::Decision, unit };
    hub.bus.put(Write::new(row, wire::encode_complete(&complete))).await.unwrap();
}

/// The hub has counted the decision with this sequence; so many locations have still to confirm a withdrawal.
pub async fn summarize(hub: &Hub, decision: u64, withdrawing: u64) {
    let watermark = [("de".to_owned(), decision)].into();
    let partial =
        Partial { placement_uid: "u".into(), rollout: 1, watermark, withdrawing, ..Partial::default() };
    let total = Counts { expected: 1, healthy: 1, ..Counts::default() };
    let summary = Summary { partial, total, ..Summary::default() };
    hub.bus.put(Write::new(Key::Summary(shop()), wire::encode_summary(&summary, ""))).await.unwrap();
}
