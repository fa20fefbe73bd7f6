//! Which locations a placement asks for.

use model::{Prioritizer, Spread, TaintEffect, Toleration, TolerationOperator, Where};

use crate::{
    Error, api,
    clause::{selector_messages, selectors},
    field::Reader,
    location::{effect, effect_value},
};

const WHERE: Reader = Reader("Where");

pub(crate) fn where_message(where_: &Where) -> api::Where {
    api::Where {
        location_selectors: selector_messages(&where_.location_selectors),
        regions: where_.regions.clone(),
        expression: where_.expression.clone(),
        tolerations: where_.tolerations.iter().map(toleration_message).collect(),
        number_of_locations: where_.number_of_locations,
        spread: where_.spread.iter().map(spread_message).collect(),
        prioritizers: where_.prioritizers.iter().map(prioritizer_message).collect(),
    }
}

pub(crate) fn where_(message: api::Where) -> Result<Where, Error> {
    Ok(Where {
        location_selectors: selectors(message.location_selectors)?,
        regions: message.regions,
        expression: message.expression,
        tolerations: message.tolerations.into_iter().map(toleration).collect::<Result<_, _>>()?,
        number_of_locations: message.number_of_locations,
        spread: message.spread.into_iter().map(spread).collect(),
        prioritizers: message.prioritizers.into_iter().map(prioritizer).collect(),
    })
}

fn toleration_message(toleration: &Toleration) -> api::Toleration {
    let operator = match toleration.operator {
        TolerationOperator::Equal => api::TolerationOperator::Equal,
        TolerationOperator::Exists => api::TolerationOperator::Exists,
    };
    api::Toleration {
        key: toleration.key.clone(),
        operator: operator.into(),
        value: toleration.value.clone(),
        effect: toleration.effect.map_or(api::TaintEffect::Unspecified, effect_value).into(),
    }
}

/// What it does not say is as in Kubernetes; an effect that this version does not know must not become any effect.
fn toleration(message: api::Toleration) -> Result<Toleration, Error> {
    let operator = match api::TolerationOperator::try_from(message.operator) {
        Ok(api::TolerationOperator::Unspecified | api::TolerationOperator::Equal) => {
            TolerationOperator::Equal
        }
        Ok(api::TolerationOperator::Exists) => TolerationOperator::Exists,
        Err(_) => return Err(WHERE.unknown("tolerations.operator", message.operator)),
    };
    let unspecified = message.effect == i32::from(api::TaintEffect::Unspecified);
    let known: Option<TaintEffect> = match unspecified {
        true => None,
        false => {
            Some(effect(message.effect).ok_or_else(|| WHERE.unknown("tolerations.effect", message.effect))?)
        }
    };
    Ok(Toleration { key: message.key, operator, value: message.value, effect: known })
}

fn spread_message(spread: &Spread) -> api::Spread {
    api::Spread {
        key: spread.key.clone(),
        max_skew: spread.max_skew,
        min_groups: spread.min_groups,
        max_groups: spread.max_groups,
    }
}

fn spread(message: api::Spread) -> Spread {
    Spread {
        key: message.key,
        max_skew: message.max_skew,
        min_groups: message.min_groups,
        max_groups: message.max_groups,
    }
}

fn prioritizer_message(prioritizer: &Prioritizer) -> api::Prioritizer {
    api::Prioritizer { name: prioritizer.name.clone(), weight: prioritizer.weight }
}

fn prioritizer(message: api::Prioritizer) -> Prioritizer {
    // What other tools leave out arrives as zero.
    let weight = if message.weight == 0 { 1 } else { message.weight };
    Prioritizer { name: message.name, weight }
}
