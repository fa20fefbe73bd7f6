//! JSON merge patches (RFC 7386) and JSON patches (RFC 6902).

use json_patch::Patch;
use serde_json::{Map, Value};

use crate::Error;

/// Merges `patch` into `target`: maps key by key, `null` removes, anything else replaces.
pub fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let entries = target.as_object_mut().expect("it was made a map just now");
    for (key, value) in patch {
        if value.is_null() {
            entries.remove(key);
        } else {
            merge(entries.entry(key.as_str()).or_insert(Value::Null), value);
        }
    }
}

/// Whether `patch` is a list of operations of RFC 6902.
///
/// # Errors
/// [`Error::Syntax`].
pub fn check(patch: &Value) -> Result<(), Error> {
    read(patch.clone()).map(drop)
}

/// Does the operations of `patch` in order.
///
/// # Errors
/// [`Error::Path`] for the first that fails; `target` is then as it was.
pub fn apply(target: &mut Value, patch: Value) -> Result<(), Error> {
    let failed = |error: json_patch::PatchError| Error::Path {
        path: error.path.to_string(),
        at: format!("operation {}", error.operation),
        reason: error.kind.to_string(),
    };
    json_patch::patch(target, &read(patch)?).map_err(failed)
}

fn read(patch: Value) -> Result<Patch, Error> {
    let text = patch.to_string();
    let failed = |error: serde_json::Error| Error::Syntax {
        text,
        position: 1,
        reason: format!("no JSON patch: {error}"),
    };
    serde_json::from_value(patch).map_err(failed)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_json_patch_does_all_of_its_operations_or_none() {
        let before = json!({"spec": {"replicas": 1, "paused": true}, "list": [1]});
        let mut target = before.clone();
        let patch = json!([
            {"op": "test", "path": "/spec/replicas", "value": 1},
            {"op": "replace", "path": "/spec/replicas", "value": 2},
            {"op": "remove", "path": "/spec/paused"},
            {"op": "add", "path": "/list/-", "value": 2},
        ]);
        apply(&mut target, patch).unwrap();
        assert_eq!(target, json!({"spec": {"replicas": 2}, "list": [1, 2]}));
        let mut target = before.clone();
        let patch = json!([{"op": "remove", "path": "/list"}, {"op": "remove", "path": "/absent"}]);
        let error = apply(&mut target, patch).unwrap_err();
        assert!(matches!(error, Error::Path { path, at, .. } if path == "/absent" && at == "operation 1"));
        assert_eq!(target, before);
        assert!(check(&json!([{"op": "swap", "path": "/a"}])).is_err() && check(&json!({})).is_err());
    }

    #[test]
    fn the_examples_of_the_rfc_hold() {
        for (mut target, patch, expected) in [
            (json!({"a": "b"}), json!({"a": "c"}), json!({"a": "c"})),
            (json!({"a": "b"}), json!({"b": "c"}), json!({"a": "b", "b": "c"})),
            (json!({"a": "b", "b": "c"}), json!({"a": null}), json!({"b": "c"})),
            (json!({"a": ["b"]}), json!({"a": "c"}), json!({"a": "c"})),
            (json!({"a": {"b": "c"}}), json!({"a": {"b": "d", "c": null}}), json!({"a": {"b": "d"}})),
            (json!({"a": [{"b": "c"}]}), json!({"a": [1]}), json!({"a": [1]})),
            (json!(["a", "b"]), json!(["c", "d"]), json!(["c", "d"])),
            (json!({"e": null}), json!({"a": 1}), json!({"e": null, "a": 1})),
            (json!([1, 2]), json!({"a": "b", "c": null}), json!({"a": "b"})),
            (json!({}), json!({"a": {"bb": {"ccc": null}}}), json!({"a": {"bb": {}}})),
        ] {
            merge(&mut target, &patch);
            assert_eq!(target, expected);
        }
    }
}
