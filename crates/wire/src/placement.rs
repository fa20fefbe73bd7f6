//! Placements' specs.

use model::{PlacementSpec, Where};

use crate::{
    Error, api,
    clause::{clause, clause_message, selector_messages, selectors},
    field::Reader,
    policy, rollout,
};

const PLACEMENT: Reader = Reader("PlacementSpec");

pub(crate) fn placement_message(spec: &PlacementSpec) -> api::PlacementSpec {
    api::PlacementSpec {
        what: spec.what.iter().map(clause_message).collect(),
        r#where: Some(api::Where {
            location_selectors: selector_messages(&spec.where_.location_selectors),
            regions: spec.where_.regions.clone(),
        }),
        priority: spec.priority,
        transforms: spec.transforms.clone(),
        deletion: policy::deletion_value(spec.deletion),
        conflict: policy::conflict_value(spec.conflict),
        adopt: policy::adopt_value(spec.adopt),
        ignore: policy::ignore_messages(&spec.ignore),
        rollout: spec.rollout.as_ref().map(rollout::rollout_spec_message),
    }
}

pub(crate) fn placement(message: api::PlacementSpec) -> Result<PlacementSpec, Error> {
    let where_ = message.r#where.unwrap_or_default();
    Ok(PlacementSpec {
        what: message.what.into_iter().map(clause).collect::<Result<_, _>>()?,
        where_: Where { location_selectors: selectors(where_.location_selectors)?, regions: where_.regions },
        priority: message.priority,
        transforms: message.transforms,
        deletion: policy::deletion(PLACEMENT, message.deletion)?,
        conflict: policy::conflict(PLACEMENT, message.conflict)?,
        adopt: policy::adopt(PLACEMENT, message.adopt)?,
        ignore: policy::ignore(PLACEMENT, message.ignore)?,
        rollout: message.rollout.map(rollout::rollout_spec).transpose()?,
    })
}
