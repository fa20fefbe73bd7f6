//! Clauses and label selectors: the tests inside of specs.

use model::{Clause, LabelSelector, Operator, Requirement};

use crate::{Error, api, field::Reader};

const SELECTOR: Reader = Reader("LabelSelector");

pub(crate) fn clause_message(clause: &Clause) -> api::Clause {
    api::Clause {
        api_group: clause.api_group.clone(),
        kinds: clause.kinds.clone(),
        namespaces: clause.namespaces.clone(),
        namespace_selectors: selector_messages(&clause.namespace_selectors),
        object_names: clause.object_names.clone(),
        object_selectors: selector_messages(&clause.object_selectors),
        create_only: clause.create_only,
    }
}

pub(crate) fn clause(message: api::Clause) -> Result<Clause, Error> {
    Ok(Clause {
        api_group: message.api_group,
        kinds: message.kinds,
        namespaces: message.namespaces,
        namespace_selectors: selectors(message.namespace_selectors)?,
        object_names: message.object_names,
        object_selectors: selectors(message.object_selectors)?,
        create_only: message.create_only,
    })
}

pub(crate) fn selector_messages(selectors: &[LabelSelector]) -> Vec<api::LabelSelector> {
    selectors.iter().map(selector_message).collect()
}

pub(crate) fn selectors(messages: Vec<api::LabelSelector>) -> Result<Vec<LabelSelector>, Error> {
    messages.into_iter().map(selector).collect()
}

pub(crate) fn selector_message(selector: &LabelSelector) -> api::LabelSelector {
    api::LabelSelector {
        match_labels: selector.match_labels.clone(),
        match_expressions: selector.match_expressions.iter().map(requirement_message).collect(),
    }
}

pub(crate) fn selector(message: api::LabelSelector) -> Result<LabelSelector, Error> {
    Ok(LabelSelector {
        match_labels: message.match_labels,
        match_expressions: message
            .match_expressions
            .into_iter()
            .map(requirement)
            .collect::<Result<_, _>>()?,
    })
}

fn requirement_message(requirement: &Requirement) -> api::Requirement {
    let operator = match requirement.operator {
        Operator::In => api::Operator::In,
        Operator::NotIn => api::Operator::NotIn,
        Operator::Exists => api::Operator::Exists,
        Operator::DoesNotExist => api::Operator::DoesNotExist,
        Operator::Gt => api::Operator::Gt,
        Operator::Lt => api::Operator::Lt,
    };
    api::Requirement {
        key: requirement.key.clone(),
        operator: operator.into(),
        values: requirement.values.clone(),
    }
}

fn requirement(message: api::Requirement) -> Result<Requirement, Error> {
    let operator = match api::Operator::try_from(message.operator) {
        Ok(api::Operator::In) => Operator::In,
        Ok(api::Operator::NotIn) => Operator::NotIn,
        Ok(api::Operator::Exists) => Operator::Exists,
        Ok(api::Operator::DoesNotExist) => Operator::DoesNotExist,
        Ok(api::Operator::Gt) => Operator::Gt,
        Ok(api::Operator::Lt) => Operator::Lt,
        Ok(api::Operator::Unspecified) | Err(_) => {
            return Err(SELECTOR.unknown("match_expressions.operator", message.operator));
        }
    };
    Ok(Requirement { key: message.key, operator, values: message.values })
}
