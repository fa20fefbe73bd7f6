//! Gates.

use model::{Gate, GateDefault, GateRequest, GateWebhook, Span};

use super::ROLLOUT;
use crate::{Error, api};

pub(super) fn gate_message(gate: &Gate) -> api::Gate {
    let request = |request: &GateRequest| api::GateRequest {
        subject: request.subject.clone(),
        timeout_ms: request.timeout.0,
        default: default_value(request.default),
    };
    let webhook = |webhook: &GateWebhook| api::GateWebhook {
        url: webhook.url.clone(),
        timeout_ms: webhook.timeout.0,
        default: default_value(webhook.default),
    };
    api::Gate {
        expression: gate.expression.clone(),
        request: gate.request.as_ref().map(request),
        webhook: gate.webhook.as_ref().map(webhook),
        interval_ms: gate.interval.0,
    }
}

pub(super) fn gate(message: api::Gate) -> Result<Gate, Error> {
    let request = |request: api::GateRequest| {
        let (subject, timeout) = (request.subject, Span(request.timeout_ms));
        Ok(GateRequest { subject, timeout, default: default(request.default)? })
    };
    let webhook = |webhook: api::GateWebhook| {
        let (url, timeout) = (webhook.url, Span(webhook.timeout_ms));
        Ok(GateWebhook { url, timeout, default: default(webhook.default)? })
    };
    Ok(Gate {
        expression: message.expression,
        request: message.request.map(request).transpose()?,
        webhook: message.webhook.map(webhook).transpose()?,
        interval: Span(message.interval_ms),
    })
}

fn default_value(default: GateDefault) -> i32 {
    match default {
        GateDefault::Deny => api::GateDefault::Deny,
        GateDefault::Allow => api::GateDefault::Allow,
    }
    .into()
}

fn default(value: i32) -> Result<GateDefault, Error> {
    match api::GateDefault::try_from(value) {
        Ok(api::GateDefault::Unspecified | api::GateDefault::Deny) => Ok(GateDefault::Deny),
        Ok(api::GateDefault::Allow) => Ok(GateDefault::Allow),
        Err(_) => Err(ROLLOUT.unknown("waves.gates.default", value)),
    }
}
