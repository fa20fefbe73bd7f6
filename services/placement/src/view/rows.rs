//! Outcomes of the domain into a batch.

use bus::flow::{Batch, Unit};
use bus::{Store, Write};
use bytes::Bytes;
use chassis::trace::Work;
use model::PlacementKey;
use placement::{DecisionRow, Outcome, RolloutRow};
use wire::Key;

/// The batch of `unit` that stores an outcome.
pub(super) fn batch(outcome: Outcome, unit: &Unit, work: &mut Work<Unit>) -> Batch {
    let contents = outcome.contents.into_iter();
    let contents = contents.map(|(digest, bytes)| (Store::Release, digest, Bytes::copy_from_slice(&bytes)));
    let mut trace = |placement: &PlacementKey, cause: Option<&str>| {
        work.carry(unit, "placement decide", ("tributary.placement", &placement.to_string()), cause)
    };
    let decided = outcome.decisions.into_iter();
    let mut rows: Vec<Write> = decided
        .map(|row| {
            let trace = trace(&row.placement, row.cause.as_deref());
            decision(row, trace)
        })
        .collect();
    rows.extend(outcome.rollouts.into_iter().map(|row| {
        let trace = trace(&row.placement, row.cause.as_deref());
        rollout(row, trace)
    }));
    Batch { contents: contents.collect(), rows, more: outcome.more, again: outcome.again }
}

fn decision(row: DecisionRow, trace: Option<String>) -> Write {
    let value = wire::encode_decision(&row.decision, trace.as_deref().unwrap_or_default());
    let key = Key::Decision { region: row.region, bucket: row.bucket, placement: row.placement };
    Write::new(key, value).traced(trace)
}

fn rollout(row: RolloutRow, trace: Option<String>) -> Write {
    Write::new(Key::Rollout(row.placement), wire::encode_rollout(&row.rollout)).traced(trace)
}
