//! What users say to rollouts.

use model::RolloutControlSpec;

use crate::{
    Error, api,
    field::{Reader, digest_bytes},
};

const CONTROL: Reader = Reader("RolloutControlSpec");

pub(crate) fn control_message(spec: &RolloutControlSpec) -> api::RolloutControlSpec {
    let RolloutControlSpec { placement_uid, number, paused, resumed, approved, aborted, undo_to } =
        spec.clone();
    let undo_to = undo_to.as_ref().map(digest_bytes).unwrap_or_default();
    api::RolloutControlSpec { placement_uid, number, paused, resumed, approved, aborted, undo_to }
}

pub(crate) fn control(message: api::RolloutControlSpec) -> Result<RolloutControlSpec, Error> {
    let api::RolloutControlSpec { placement_uid, number, paused, resumed, approved, aborted, undo_to } =
        message;
    let undo_to = CONTROL.optional_digest("undo_to", &undo_to)?;
    Ok(RolloutControlSpec { placement_uid, number, paused, resumed, approved, aborted, undo_to })
}
