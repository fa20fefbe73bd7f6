//! The part of an object that somebody has set: what else is there, as defaults, is no difference.

use serde_json::Value;

/// The fields of `live` that `desired` sets. Of lists, all: without the kind's schema nobody can tell whether an element more
/// is a difference. Elements with names are told apart by those, not by their order.
pub fn by(desired: &Value, live: &Value) -> Value {
    match (desired, live) {
        (Value::Object(desired), Value::Object(live)) => {
            let set =
                desired.iter().filter_map(|(key, value)| Some((key.clone(), by(value, live.get(key)?))));
            Value::Object(set.collect())
        }
        (Value::Array(desired), Value::Array(live)) => Value::Array(elements(desired, live)),
        // However it is written.
        (Value::Number(one), Value::Number(other)) if one.as_f64() == other.as_f64() => desired.clone(),
        _ => live.clone(),
    }
}

fn elements(desired: &[Value], live: &[Value]) -> Vec<Value> {
    if desired.iter().chain(live).any(|element| name(element).is_none()) {
        let both = live
            .iter()
            .enumerate()
            .map(|(at, live)| desired.get(at).map_or_else(|| live.clone(), |it| by(it, live)));
        return both.collect();
    }
    let there =
        desired.iter().filter_map(|it| Some(by(it, live.iter().find(|live| name(live) == name(it))?)));
    let others = live.iter().filter(|live| !desired.iter().any(|it| name(it) == name(live)));
    there.chain(others.cloned()).collect()
}

fn name(element: &Value) -> Option<&str> {
    element.get("name")?.as_str()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(desired: &Value, live: &Value, covered: &Value) {
        assert_eq!(by(desired, live), *covered);
    }

    #[test]
    fn fields_that_are_not_set_do_not_count_and_those_that_lack_do() {
        check(
            &json!({"a": {"b": 1}, "z": 1}),
            &json!({"a": {"b": 2, "c": 3}, "d": 4}),
            &json!({"a": {"b": 2}}),
        );
    }

    #[test]
    fn a_number_is_the_same_however_it_is_written() {
        check(&json!({"a": 1}), &json!({"a": 1.0}), &json!({"a": 1}));
    }

    #[test]
    fn elements_with_names_are_found_wherever_they_stand() {
        check(
            &json!([{"name": "a", "v": 1}, {"name": "b", "v": 1}]),
            &json!([{"name": "x"}, {"name": "b", "v": 1, "w": 1}, {"name": "a", "v": 2, "w": 1}]),
            &json!([{"name": "a", "v": 2}, {"name": "b", "v": 1}, {"name": "x"}]),
        );
        check(&json!([{"v": 1}]), &json!([{"v": 1, "w": 1}, {"v": 2}]), &json!([{"v": 1}, {"v": 2}]));
    }
}
