//! Which fields of an object are Tributary's, as the API server keeps account of it (`metadata.managedFields`): a field
//! that somebody else changes is no longer listed under Tributary's name. That tells drift from all that looks like it:
//! defaults, other spellings of a quantity, and what a webhook puts in are nobody's change of ours.

use model::Digest;
use serde_json::Value;

/// A number for the fields that are listed under Tributary's name, as `fieldsV1` of its entry says, and the entry's time:
/// the same as long as nobody else has changed one of them. The time moves with a value that is changed under Tributary's
/// own name, which leaves the list as it is.
pub fn print(time: &str, fields: &Value) -> u64 {
    let digest = Digest::of(format!("{time} {fields}").as_bytes()).to_string();
    u64::from_str_radix(&digest[..16], 16).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_field_that_somebody_took_counts_and_so_does_a_value_changed_under_our_name() {
        let before = print("t", &json!({"f:data": {"f:color": {}, "f:size": {}}}));
        assert_eq!(before, print("t", &json!({"f:data": {"f:color": {}, "f:size": {}}})));
        assert_ne!(before, print("t", &json!({"f:data": {"f:size": {}}})));
        assert_ne!(before, print("u", &json!({"f:data": {"f:color": {}, "f:size": {}}})));
    }
}
