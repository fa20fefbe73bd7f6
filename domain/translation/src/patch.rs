//! JSON merge patches (RFC 7386) and JSON patches (RFC 6902).

use json_patch::{Patch, PatchError, PatchErrorKind, PatchOperation};
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

/// An error in one of a patch's operations, by its number from 0; `None`: the patch is none.
pub type Failure = (Option<usize>, Error);

/// Whether `patch` is a list of operations of RFC 6902, none of which is about the whole object.
///
/// # Errors
/// [`Error::Syntax`].
pub fn check(patch: &Value) -> Result<(), Failure> {
    read(patch.clone()).map(drop)
}

/// Does the operations of `patch` in order.
///
/// # Errors
/// [`Error::Path`] for the first that fails, with how far its path leads; `target` is then as it was.
pub fn apply(target: &mut Value, patch: Value) -> Result<(), Failure> {
    let patch = read(patch)?;
    let Err(error) = json_patch::patch(target, &patch) else { return Ok(()) };
    let (done, failed) = patch.split_at(error.operation);
    // What the operation has found is what those before it have made.
    let mut found = target.clone();
    drop(json_patch::patch(&mut found, done));
    Err((Some(error.operation), failure(&found, &failed[0], &error)))
}

fn failure(found: &Value, operation: &PatchOperation, error: &PatchError) -> Error {
    let path = match (&error.kind, operation) {
        (PatchErrorKind::InvalidFromPointer, PatchOperation::Move(it)) => it.from.as_str(),
        (PatchErrorKind::InvalidFromPointer, PatchOperation::Copy(it)) => it.from.as_str(),
        _ => operation.path().as_str(),
    };
    let (at, reason) = match &error.kind {
        // Not the values: they may be those of a Secret.
        PatchErrorKind::TestFailed => (path.to_owned(), "it has another value than is asked for".to_owned()),
        PatchErrorKind::CannotMoveInsideItself => (path.to_owned(), error.kind.to_string()),
        _ => lost(found, path),
    };
    let at = if at.is_empty() { "/".to_owned() } else { at };
    Error::Path { path: path.to_owned(), at, reason }
}

/// How far `path` leads, and why no further.
fn lost(found: &Value, path: &str) -> (String, String) {
    let (mut here, mut at) = (found, String::new());
    for token in path.split('/').skip(1) {
        let key = token.replace("~1", "/").replace("~0", "~");
        let next = match here {
            Value::Object(entries) => entries.get(&key).ok_or_else(|| format!("there is no `{key}`")),
            Value::Array(items) => element(items, &key),
            _ => Err(format!("there is nothing in it that could be `{key}`")),
        };
        match next {
            Ok(next) => here = next,
            Err(reason) => return (at, reason),
        }
        at = format!("{at}/{token}");
    }
    (at, "it cannot be there".to_owned())
}

fn element<'v>(items: &'v [Value], index: &str) -> Result<&'v Value, String> {
    let found = index.parse::<usize>().ok().and_then(|index| items.get(index));
    found.ok_or_else(|| format!("there is no element {index} in a list of {}", items.len()))
}

fn read(patch: Value) -> Result<Patch, Failure> {
    let text = patch.to_string();
    let failed = |reason| Error::Syntax { text: text.clone(), position: 1, reason };
    let read: Patch =
        serde_json::from_value(patch).map_err(|error| (None, failed(format!("no JSON patch: {error}"))))?;
    let whole = read.iter().position(|operation| operation.path().as_str().is_empty());
    match whole {
        Some(index) => {
            let reason = "an empty path is the whole object: name what is in it";
            Err((Some(index), failed(reason.to_owned())))
        }
        None => Ok(read),
    }
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
        let (operation, _) = apply(&mut target, patch).unwrap_err();
        assert_eq!((operation, target), (Some(1), before));
    }

    #[test]
    fn an_operation_that_fails_says_how_far_its_path_leads_and_what_is_missing() {
        let target = json!({"spec": {"replicas": 1, "list": [1, 2]}, "a/b": {}, "key": "secret"});
        for (operations, expected) in [
            (
                json!([{"op": "replace", "path": "/spec/paused", "value": 1}]),
                "path `/spec/paused`, at `/spec`: there is no `paused`",
            ),
            (
                json!([{"op": "remove", "path": "/nowhere/x"}]),
                "path `/nowhere/x`, at `/`: there is no `nowhere`",
            ),
            (
                json!([{"op": "add", "path": "/a~1b/c/d", "value": 1}]),
                "path `/a~1b/c/d`, at `/a~1b`: there is no `c`",
            ),
            (
                json!([{"op": "add", "path": "/spec/list/5", "value": 1}]),
                "path `/spec/list/5`, at `/spec/list`: there is no element 5 in a list of 2",
            ),
            (
                json!([{"op": "add", "path": "/spec/replicas/x", "value": 1}]),
                "path `/spec/replicas/x`, at `/spec/replicas`: there is nothing in it that could be `x`",
            ),
            (
                json!([{"op": "copy", "from": "/gone", "path": "/spec/x"}]),
                "path `/gone`, at `/`: there is no `gone`",
            ),
            (
                json!([{"op": "remove", "path": "/spec"}, {"op": "test", "path": "/spec/replicas", "value": 1}]),
                "path `/spec/replicas`, at `/`: there is no `spec`",
            ),
            (
                json!([{"op": "test", "path": "/key", "value": "other"}]),
                "path `/key`, at `/key`: it has another value than is asked for",
            ),
        ] {
            let last = operations.as_array().unwrap().len() - 1;
            let (operation, error) = apply(&mut target.clone(), operations).unwrap_err();
            assert_eq!((operation, error.to_string().as_str()), (Some(last), expected));
        }
    }

    #[test]
    fn what_is_no_patch_or_would_replace_the_whole_object_is_refused() {
        assert_eq!(check(&json!([{"op": "swap", "path": "/a"}])).unwrap_err().0, None);
        assert!(check(&json!({})).is_err() && check(&json!([])).is_ok());
        let whole = json!([{"op": "remove", "path": "/a"}, {"op": "replace", "path": "", "value": {}}]);
        let (operation, error) = check(&whole).unwrap_err();
        assert!(operation == Some(1) && error.to_string().contains("the whole object"), "{error}");
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
