//! What an answer means, version 1 of the protocol: docs/rollout.md.

use bytes::Bytes;
use model::GateDefault;
use serde_json::Value;

use super::program::Program;

/// Of a reason; more is cut off.
const MAX_REASON: usize = 500;

/// What has come of asking a program, whichever way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Heard {
    Answer(Bytes),
    /// Nothing within the timeout.
    Late,
    /// Nobody is there, and why that is known.
    Absent(String),
    /// Nothing that could be an answer, as what follows the program's name.
    Wrong(String),
}

/// Whether the wave may pass, and why. Who answers wrongly says no; who does not answer says what the default is.
pub(super) fn judge(program: &Program, heard: Heard) -> (bool, String) {
    let nobody = |why: &str| {
        let default = program.default;
        (
            default == GateDefault::Allow,
            format!("{program}: nobody answered{why}; the default is {default:?}"),
        )
    };
    match heard {
        Heard::Answer(bytes) => match read(&bytes) {
            Ok((allow, reason)) => (allow, decided(program, allow, &reason)),
            Err(wrong) => (
                false,
                format!(r#"{program} answered something else than {{"allow": true or false}}: {wrong}"#),
            ),
        },
        Heard::Late => nobody(&format!(" within {}", program.timeout)),
        Heard::Absent(why) => nobody(&format!(": {}", shown(&why))),
        Heard::Wrong(what) => (false, format!("{program} {}", shown(&what))),
    }
}

fn decided(program: &Program, allow: bool, reason: &str) -> String {
    let said = if allow { "allowed" } else { "denied" };
    let reason = shown(reason);
    if reason.is_empty() { format!("{program} {said} it") } else { format!("{program} {said} it: {reason}") }
}

/// What is wrong with an answer is said without what stands in it: whoever answered may have been somebody else.
fn read(bytes: &[u8]) -> Result<(bool, String), &'static str> {
    let answer: Value = serde_json::from_slice(bytes).map_err(|_| "it is not JSON")?;
    let fields = answer.as_object().ok_or("it is not an object")?;
    let allow = fields.get("allow").ok_or("it has no `allow`")?;
    let allow = allow.as_bool().ok_or("`allow` is neither true nor false")?;
    match fields.get("reason") {
        None => Ok((allow, String::new())),
        Some(Value::String(reason)) => Ok((allow, reason.clone())),
        Some(_) => Err("`reason` is not text"),
    }
}

/// A text of somebody else's, for a table and a terminal: on one line, and not too long.
fn shown(text: &str) -> String {
    let text = text.trim();
    let beginning = text[..text.floor_char_boundary(MAX_REASON)].trim_end();
    beginning.chars().map(|char| if char.is_control() { ' ' } else { char }).collect()
}

#[cfg(test)]
mod tests {
    use model::Span;

    use super::*;
    use crate::gates::program::Way;

    fn judged(default: GateDefault, heard: Heard) -> (bool, String) {
        let way = Way::Request("gates.shop".into());
        judge(&Program { way, timeout: Span(5_000), default }, heard)
    }

    fn answered(default: GateDefault, text: &str) -> (bool, String) {
        judged(default, Heard::Answer(text.to_owned().into()))
    }

    #[test]
    fn an_answer_decides_and_gives_its_reason() {
        let (allowed, reason) = answered(GateDefault::Deny, r#"{"allow": true, "reason": "all sold"}"#);
        assert_eq!((allowed, reason.as_str()), (true, "gates.shop allowed it: all sold"));
        let (allowed, reason) = answered(GateDefault::Allow, r#"{"allow": false, "more": [1]}"#);
        assert_eq!((allowed, reason.as_str()), (false, "gates.shop denied it"));
    }

    #[test]
    fn who_does_not_answer_says_what_the_default_is() {
        let late = judged(GateDefault::Deny, Heard::Late);
        assert_eq!(late, (false, "gates.shop: nobody answered within 5s; the default is Deny".to_owned()));
        let absent = judged(GateDefault::Allow, Heard::Absent("connection refused".into()));
        assert_eq!(
            absent,
            (true, "gates.shop: nobody answered: connection refused; the default is Allow".to_owned())
        );
    }

    #[test]
    fn who_answers_wrongly_says_no_whatever_the_default_is() {
        for (text, wrong) in [
            ("", "it is not JSON"),
            ("yes", "it is not JSON"),
            ("\"hidden\"", "it is not an object"),
            ("{}", "it has no `allow`"),
            (r#"{"allow": "hidden"}"#, "`allow` is neither true nor false"),
            (r#"{"allow": true, "reason": ["hidden"]}"#, "`reason` is not text"),
        ] {
            let (allowed, reason) = answered(GateDefault::Allow, text);
            assert!(
                !allowed
                    && reason
                        .ends_with(&format!("something else than {{\"allow\": true or false}}: {wrong}")),
                "{text}: {reason}"
            );
            assert!(!reason.contains("hidden"), "{reason}");
        }
        let wrong = judged(GateDefault::Allow, Heard::Wrong("answered 404 Not Found".into()));
        assert_eq!(wrong, (false, "gates.shop answered 404 Not Found".to_owned()));
    }

    #[test]
    fn a_reason_is_one_line_of_a_bounded_length() {
        let long = format!(r#"{{"allow": false, "reason": "{}"}}"#, "ä".repeat(9_000));
        assert!(answered(GateDefault::Deny, &long).1.len() < 600);
        let (_, reason) = answered(GateDefault::Deny, r#"{"allow": false, "reason": " a\nb\u001b[1m\n"}"#);
        assert_eq!(reason, "gates.shop denied it: a b [1m");
    }
}
