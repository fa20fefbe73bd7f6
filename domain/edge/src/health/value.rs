//! Reading JSON that may be anything: what is missing or of another type is empty.

use serde_json::Value;

/// Longer ones are no reasons but messages at the wrong place.
const MAX_REASON: usize = 64;

pub fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

pub fn number(value: &Value) -> i64 {
    value.as_i64().unwrap_or_default()
}

pub fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// The group, empty for the core one, and the kind of an object.
pub fn group_kind(object: &Value) -> (&str, &str) {
    let group = text(&object["apiVersion"]).split_once('/').map_or("", |(group, _)| group);
    (group, text(&object["kind"]))
}

/// What a controller `said`, or `otherwise` when that is no reason. Summaries count by reason: free text would make a
/// row of every object.
pub fn reason<'a>(said: &'a str, otherwise: &'a str) -> &'a str {
    let begins = said.starts_with(|letter: char| letter.is_ascii_uppercase());
    let goes_on = said.chars().all(|letter| letter.is_ascii_alphanumeric());
    if begins && goes_on && said.len() <= MAX_REASON { said } else { otherwise }
}

/// `said`, or `otherwise` when nothing was said.
pub fn words<'a>(said: &'a str, otherwise: &'a str) -> &'a str {
    if said.is_empty() { otherwise } else { said }
}
