//! What a program is told, version 1 of the protocol: docs/rollout.md.

use bytes::Bytes;
use placement::Asked;
use serde_json::json;

/// The question as JSON.
pub(super) fn encode(asked: &Asked<'_>) -> Bytes {
    let (placement, counts) = (asked.placement, asked.counts);
    let question = json!({
        "apiVersion": "tributary.dev/gate/v1",
        "space": placement.space,
        "placement": placement.name,
        "placementUid": asked.rollout.placement_uid,
        "rollout": asked.rollout.number,
        "release": asked.rollout.release.to_string(),
        "wave": asked.ask.wave,
        "gate": asked.ask.gate,
        "counts": {
            "expected": counts.expected,
            "moved": counts.moved,
            "updated": counts.updated,
            "healthy": counts.healthy,
            "degraded": counts.degraded,
            "failed": counts.failed,
            "offline": counts.offline,
        },
    });
    question.to_string().into()
}
