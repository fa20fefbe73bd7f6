//! Whether an object that is there agrees with the one wished for, decided on the fields that the wish sets.

use serde_json::Value;

/// Whether `live` has every field of `wished` with the same value; fields that only `live` has do not count. Lists
/// are compared whole: without the schema of the kind nobody can tell which of their elements belong together.
pub fn covers(wished: &Value, live: &Value) -> bool {
    match (wished, live) {
        (Value::Object(wished), Value::Object(live)) => {
            wished.iter().all(|(key, value)| live.get(key).is_some_and(|there| covers(value, there)))
        }
        (Value::Array(wished), Value::Array(live)) => {
            wished.len() == live.len() && wished.iter().zip(live).all(|(left, right)| covers(left, right))
        }
        (Value::Number(wished), Value::Number(live)) => wished == live || wished.as_f64() == live.as_f64(),
        _ => wished == live,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn fields_that_only_the_live_object_has_do_not_count() {
        assert!(covers(&json!({"a": {"b": 1}}), &json!({"a": {"b": 1, "c": 2}, "d": 3})));
    }

    #[test]
    fn a_missing_or_different_field_counts() {
        assert!(!covers(&json!({"a": {"b": 1}}), &json!({"a": {}})));
        assert!(!covers(&json!({"a": {"b": 1}}), &json!({"a": {"b": 2}})));
        assert!(!covers(&json!({"a": [1, 2]}), &json!({"a": [1, 2, 3]})));
    }

    #[test]
    fn a_number_is_the_same_however_it_is_written() {
        assert!(covers(&json!({"a": 1}), &json!({"a": 1.0})));
    }
}
