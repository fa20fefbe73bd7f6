//! What an API server says against a request, under a reason that stays the same over its versions.

use std::time::Duration;

use kube::core::Status;
use model::Phase;

use crate::Error;
use crate::error::Refusal;

/// What to look for in a refusal, and what it means. The first that fits counts.
const WORDS: &[(&str, &str)] = &[
    ("is being terminated", "NamespaceTerminating"),
    ("exceeded quota", "QuotaExceeded"),
    ("failed quota", "QuotaExceeded"),
    ("failed calling webhook", "WebhookUnavailable"),
    ("admission webhook", "AdmissionDenied"),
    ("ValidatingAdmissionPolicy", "AdmissionDenied"),
    ("violates PodSecurity", "AdmissionDenied"),
    ("failed to create typed patch object", "Invalid"),
    ("request is too large", "TooLarge"),
    ("Request entity too large", "TooLarge"),
    ("field is immutable", "Immutable"),
    ("may not be changed", "Immutable"),
    ("may not change", "Immutable"),
    ("cannot be changed", "Immutable"),
    ("cannot change roleRef", "Immutable"),
    ("updates to statefulset spec", "Immutable"),
    ("pod updates may not", "Immutable"),
    ("spec is immutable", "Immutable"),
];

/// What an answer means that is not what was asked for.
pub fn of(error: &kube::Error) -> Refusal {
    match error {
        kube::Error::Api(status) => refused(status),
        other => build(Phase::Failed, "Unreachable", said(other), false),
    }
}

/// A kind that cannot be watched.
pub fn not_listed() -> Refusal {
    let message = "the API server lists this kind without resource versions, so that it cannot be watched";
    build(Phase::Failed, "NotWatchable", message.to_owned(), false)
}

/// A watch that has not told yet what is there.
pub fn not_told(kind: &str) -> Refusal {
    let message = format!("the API server has not told yet which objects of kind {kind} there are");
    build(Phase::Pending, "NotTold", message, true)
}

/// No answer came in time.
pub fn timeout(after: Duration) -> Refusal {
    let message = format!("the API server did not answer within {}", humantime::format_duration(after));
    build(Phase::Failed, "Timeout", message, false)
}

/// The cluster does not know the kind, and tells when it does.
pub fn not_served(api_version: &str, kind: &str) -> Refusal {
    let message = format!(
        "the cluster does not serve {kind} of {api_version}; it is applied as soon as its definition is there"
    );
    build(Phase::Pending, "KindNotServed", message, true)
}

/// It is on its way out, and comes again when it is gone.
pub fn replacing(what: &str) -> Refusal {
    build(Phase::Progressing, "Replacing", what.to_owned(), true)
}

pub fn build(phase: Phase, reason: &'static str, message: String, waits: bool) -> Refusal {
    Refusal { phase, reason, message, waits }
}

/// Whether the error is one of the reason.
pub fn is(error: &Error, reason: &str) -> bool {
    matches!(error, Error::Refused(refusal) if refusal.reason == reason)
}

fn refused(status: &Status) -> Refusal {
    let conflicts = || status.details.iter().flat_map(|details| &details.causes);
    if status.code == 409 && conflicts().any(|cause| cause.reason == "FieldManagerConflict") {
        let fields = conflicts().map(|cause| format!("{}: {}", cause.field, cause.message));
        let message =
            format!("others own fields that are set here: {}", fields.collect::<Vec<_>>().join("; "));
        return build(Phase::Conflict, "FieldConflict", message, false);
    }
    build(Phase::Failed, reason(status), message(status), false)
}

fn reason(status: &Status) -> &'static str {
    let words = WORDS.iter().find(|(words, _)| status.message.contains(words));
    words.map_or_else(|| by_code(status), |(_, reason)| reason)
}

fn by_code(status: &Status) -> &'static str {
    match status.code {
        400 | 422 => "Invalid",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 if status.message.starts_with("namespaces ") => "NamespaceMissing",
        404 => "NotFound",
        405 | 415 => "ServerTooOld",
        408 | 504 => "Timeout",
        409 => "ChangedMeanwhile",
        410 => "Gone",
        413 => "TooLarge",
        429 => "TooManyRequests",
        503 => "Unavailable",
        _ => "ServerError",
    }
}

fn message(status: &Status) -> String {
    if status.message.is_empty() {
        return format!("the API server answers {} {}", status.code, status.reason);
    }
    status.message.clone()
}

/// The error with what caused it, each once.
fn said(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        source = cause.source();
    }
    format!("the API server cannot be reached: {text}")
}
