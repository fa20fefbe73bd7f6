//! Placements' specs.

use model::PlacementSpec;

use crate::{
    Error, api,
    clause::{clause, clause_message},
    field::Reader,
    policy, rollout,
    selection::{where_, where_message},
};

const PLACEMENT: Reader = Reader("PlacementSpec");

pub(crate) fn placement_message(spec: &PlacementSpec) -> api::PlacementSpec {
    api::PlacementSpec {
        what: spec.what.iter().map(clause_message).collect(),
        r#where: Some(where_message(&spec.where_)),
        priority: spec.priority,
        transforms: spec.transforms.clone(),
        deletion: policy::deletion_value(spec.deletion),
        conflict: policy::conflict_value(spec.conflict),
        adopt: policy::adopt_value(spec.adopt),
        ignore: policy::ignore_messages(&spec.ignore),
        depends_on: policy::dependency_messages(&spec.depends_on),
        rollout: spec.rollout.as_ref().map(rollout::rollout_spec_message),
    }
}

pub(crate) fn placement(message: api::PlacementSpec) -> Result<PlacementSpec, Error> {
    Ok(PlacementSpec {
        what: message.what.into_iter().map(clause).collect::<Result<_, _>>()?,
        where_: where_(message.r#where.unwrap_or_default())?,
        priority: message.priority,
        transforms: message.transforms,
        deletion: policy::deletion(PLACEMENT, message.deletion)?,
        conflict: policy::conflict(PLACEMENT, message.conflict)?,
        adopt: policy::adopt(PLACEMENT, message.adopt)?,
        ignore: policy::ignore(PLACEMENT, message.ignore)?,
        depends_on: policy::dependencies(PLACEMENT, message.depends_on)?,
        rollout: message.rollout.map(rollout::rollout_spec).transpose()?,
    })
}
