//! Locations' and regions' specs.

use model::{LocationSpec, RegionSpec, Taint, TaintEffect};

use crate::{Error, api, field::Reader};

const LOCATION: Reader = Reader("LocationSpec");

pub(crate) fn region_message(spec: &RegionSpec) -> api::RegionSpec {
    api::RegionSpec { parent: spec.parent.clone() }
}

pub(crate) fn region(message: api::RegionSpec) -> RegionSpec {
    RegionSpec { parent: message.parent }
}

pub(crate) fn location_message(spec: &LocationSpec) -> api::LocationSpec {
    api::LocationSpec {
        region: spec.region.clone(),
        properties: spec.properties.clone(),
        capacity: spec.capacity.clone(),
        taints: spec.taints.iter().map(taint_message).collect(),
    }
}

pub(crate) fn location(message: api::LocationSpec) -> Result<LocationSpec, Error> {
    Ok(LocationSpec {
        region: message.region,
        properties: message.properties,
        capacity: message.capacity,
        taints: message.taints.into_iter().map(taint).collect::<Result<_, _>>()?,
    })
}

fn taint_message(taint: &Taint) -> api::Taint {
    let effect = effect_value(taint.effect).into();
    api::Taint { key: taint.key.clone(), value: taint.value.clone(), effect }
}

fn taint(message: api::Taint) -> Result<Taint, Error> {
    let effect = effect(message.effect).ok_or_else(|| LOCATION.unknown("taints.effect", message.effect))?;
    Ok(Taint { key: message.key, value: message.value, effect })
}

pub(crate) fn effect_value(effect: TaintEffect) -> api::TaintEffect {
    match effect {
        TaintEffect::NoSelect => api::TaintEffect::NoSelect,
        TaintEffect::NoSelectIfNew => api::TaintEffect::NoSelectIfNew,
        TaintEffect::PreferNoSelect => api::TaintEffect::PreferNoSelect,
    }
}

/// `None`: it is not said, or this version does not know it.
pub(crate) fn effect(value: i32) -> Option<TaintEffect> {
    match api::TaintEffect::try_from(value) {
        Ok(api::TaintEffect::NoSelect) => Some(TaintEffect::NoSelect),
        Ok(api::TaintEffect::NoSelectIfNew) => Some(TaintEffect::NoSelectIfNew),
        Ok(api::TaintEffect::PreferNoSelect) => Some(TaintEffect::PreferNoSelect),
        Ok(api::TaintEffect::Unspecified) | Err(_) => None,
    }
}
