//! The rules of gates.

use super::{check_positive, check_span, url};
use crate::{Gate, Span, violation::Findings};

/// Whoever decides for longer says no for now, and is asked again.
const MAX_TIMEOUT: Span = Span(600_000);
/// Asking more often would be a load, and nothing is decided that fast.
const MIN_INTERVAL: Span = Span(1000);

impl Gate {
    pub(super) fn check(&self, findings: &mut Findings) {
        let kinds = [self.expression.is_some(), self.request.is_some(), self.webhook.is_some()];
        match kinds.into_iter().filter(|present| *present).count() {
            0 => findings.report("it asks nobody", "add one of expression, request and webhook"),
            1 => {}
            _ => findings.report("it asks several at once", "make each of them a gate of its own"),
        }
        if self.expression.as_ref().is_some_and(|text| text.trim().is_empty()) {
            let help = "write a condition, such as wave.failed == 0";
            findings.field("expression", |findings| findings.report("it is empty", help));
        }
        if let Some(request) = &self.request {
            findings.field("request", |findings| {
                findings.field("subject", |findings| check_subject(&request.subject, findings));
                findings.field("timeout", |findings| check_timeout(request.timeout, findings));
            });
        }
        if let Some(webhook) = &self.webhook {
            findings.field("webhook", |findings| {
                findings.field("url", |findings| url::check(&webhook.url, findings));
                findings.field("timeout", |findings| check_timeout(webhook.timeout, findings));
            });
        }
        findings.field("interval", |findings| check_interval(self.interval, findings));
    }
}

/// A subject of NATS that somebody may be asked on, and none of Tributary's own or of the server's.
fn check_subject(subject: &str, findings: &mut Findings) {
    let is_token = |token: &str| {
        !token.is_empty() && !token.contains(['*', '>']) && token.chars().all(|c| c.is_ascii_graphic())
    };
    if subject.len() > 255 || !subject.split('.').all(is_token) {
        let help = "write words separated by dots, without spaces and wildcards, as in gates.shop";
        findings.report(format!("`{subject}` is not a subject"), help);
    } else if subject.starts_with('$') || subject.starts_with("trib.") || subject.starts_with("_INBOX.") {
        findings.report(format!("`{subject}` belongs to the bus"), "choose another, as in gates.shop");
    }
}

fn check_timeout(timeout: Span, findings: &mut Findings) {
    check_positive(timeout, findings);
    if timeout > MAX_TIMEOUT {
        let help = "whoever takes longer says no at first, and is asked again after interval";
        findings.report(format!("{timeout} is longer than {MAX_TIMEOUT}"), help);
    }
}

fn check_interval(interval: Span, findings: &mut Findings) {
    check_span(interval, findings);
    if interval < MIN_INTERVAL {
        findings.report(format!("{interval} is too often"), format!("write at least {MIN_INTERVAL}"));
    }
}
