//! Who is asked, and how: the same question and the same answers, on NATS or over HTTP.

use std::fmt;

use model::{Gate, GateDefault, GateRequest, GateWebhook, Span};

/// A program that decides a gate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Program {
    pub way: Way,
    pub timeout: Span,
    pub default: GateDefault,
}

/// How it is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// By a request on this subject of NATS.
    Request(String),
    /// By a POST to this URL.
    Webhook(String),
}

impl Program {
    /// `None`: the gate is a condition, which placement answers itself.
    pub fn of(gate: &Gate) -> Option<Self> {
        let request = |GateRequest { subject, timeout, default }: GateRequest| Self {
            way: Way::Request(subject),
            timeout,
            default,
        };
        let webhook = |GateWebhook { url, timeout, default }: GateWebhook| Self {
            way: Way::Webhook(url),
            timeout,
            default,
        };
        gate.request.clone().map(request).or_else(|| gate.webhook.clone().map(webhook))
    }
}

/// As people know it. A query may hold a secret and is left out: this gets into logs, states and histories.
impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.way {
            Way::Request(subject) => f.write_str(subject),
            Way::Webhook(url) => f.write_str(url.split('?').next().unwrap_or_default()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_named_without_what_may_be_secret() {
        let (timeout, default) = (Span(5_000), GateDefault::Deny);
        let named = |way| Program { way, timeout, default }.to_string();
        assert_eq!(named(Way::Request("gates.shop".into())), "gates.shop");
        assert_eq!(
            named(Way::Webhook("https://a.example:8443/gate?token=x".into())),
            "https://a.example:8443/gate"
        );
    }
}
