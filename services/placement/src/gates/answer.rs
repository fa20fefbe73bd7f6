//! What an answer means, version 1 of the protocol: docs/rollout.md.

use bus::Error;
use bytes::Bytes;
use model::{GateDefault, GateRequest};
use serde::Deserialize;

/// Of a reason; more is cut off.
const MAX_REASON: usize = 500;

#[derive(Debug, Deserialize)]
struct Answer {
    allow: bool,
    #[serde(default)]
    reason: String,
}

/// Whether the wave may pass, and why. Who answers wrongly says no; who does not answer says what the default is.
pub(super) fn judge(request: &GateRequest, answered: Result<Option<Bytes>, Error>) -> (bool, String) {
    let (subject, timeout) = (&request.subject, request.timeout);
    let bytes = match answered {
        Ok(Some(bytes)) => bytes,
        Ok(None) => {
            let allowed = request.default == GateDefault::Allow;
            let default = if allowed { "Allow" } else { "Deny" };
            return (
                allowed,
                format!("nobody answered on {subject} within {timeout}; the default is {default}"),
            );
        }
        Err(error) => return (false, format!("{subject} cannot be asked: {error}")),
    };
    match serde_json::from_slice::<Answer>(&bytes) {
        Ok(Answer { allow, reason }) => {
            let said = if allow { "allowed" } else { "denied" };
            let reason = reason[..reason.floor_char_boundary(MAX_REASON)].trim().to_owned();
            let why = if reason.is_empty() { String::new() } else { format!(": {reason}") };
            (allow, format!("{subject} {said} it{why}"))
        }
        Err(error) => {
            (false, format!("{subject} answered something else than {{\"allow\": true or false}}: {error}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use model::Span;

    use super::*;

    fn judged(default: GateDefault, answer: Option<&str>) -> (bool, String) {
        let request = GateRequest { subject: "gates.shop".into(), timeout: Span(5_000), default };
        judge(&request, Ok(answer.map(|text| text.to_owned().into())))
    }

    #[test]
    fn an_answer_decides_and_gives_its_reason() {
        let (allowed, reason) = judged(GateDefault::Deny, Some(r#"{"allow": true, "reason": "all sold"}"#));
        assert_eq!((allowed, reason.as_str()), (true, "gates.shop allowed it: all sold"));
        let (allowed, reason) = judged(GateDefault::Allow, Some(r#"{"allow": false}"#));
        assert_eq!((allowed, reason.as_str()), (false, "gates.shop denied it"));
    }

    #[test]
    fn who_does_not_answer_says_what_the_default_is_and_who_answers_wrongly_says_no() {
        assert_eq!(
            judged(GateDefault::Deny, None).1,
            "nobody answered on gates.shop within 5s; the default is Deny"
        );
        assert!(judged(GateDefault::Allow, None).0);
        for wrong in ["", "yes", "{}", r#"{"allow": "true"}"#] {
            let (allowed, reason) = judged(GateDefault::Allow, Some(wrong));
            assert!(!allowed && reason.contains("something else"), "{wrong}: {reason}");
        }
        let long = format!(r#"{{"allow": false, "reason": "{}"}}"#, "ä".repeat(9_000));
        assert!(judged(GateDefault::Deny, Some(&long)).1.len() < 600);
    }
}
