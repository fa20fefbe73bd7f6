//! Outcomes of the domain into a batch.

use std::collections::BTreeMap;

use bus::flow::Batch;
use bus::{Store, Write};
use bytes::Bytes;
use model::PlacementKey;
use placement::{DecisionRow, Outcome, RolloutRow};
use wire::Key;

use crate::trace;

/// The batch that stores an outcome.
pub(super) fn batch(outcome: Outcome) -> Batch {
    let mut traces = Traces::default();
    let contents = outcome.contents.into_iter();
    let contents = contents.map(|(digest, bytes)| (Store::Release, digest, Bytes::copy_from_slice(&bytes)));
    let mut rows: Vec<Write> = outcome.decisions.into_iter().map(|row| decision(row, &mut traces)).collect();
    rows.extend(outcome.rollouts.into_iter().map(|row| rollout(row, &mut traces)));
    Batch { contents: contents.collect(), rows, more: outcome.more }
}

/// One span for each placement of a batch, not one for each row.
#[derive(Default)]
struct Traces(BTreeMap<PlacementKey, Option<String>>);

impl Traces {
    fn of(&mut self, placement: &PlacementKey, cause: Option<&str>) -> Option<String> {
        let carried = self.0.entry(placement.clone());
        carried.or_insert_with(|| trace::carry(placement, cause)).clone()
    }
}

fn decision(row: DecisionRow, traces: &mut Traces) -> Write {
    let trace = traces.of(&row.placement, row.cause.as_deref());
    let value = wire::encode_decision(&row.decision, trace.as_deref().unwrap_or_default());
    let key = Key::Decision { region: row.region, bucket: row.bucket, placement: row.placement };
    Write::new(key, value).traced(trace)
}

fn rollout(row: RolloutRow, traces: &mut Traces) -> Write {
    let trace = traces.of(&row.placement, row.cause.as_deref());
    Write::new(Key::Rollout(row.placement), wire::encode_rollout(&row.rollout)).traced(trace)
}
