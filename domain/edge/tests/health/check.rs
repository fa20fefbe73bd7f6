//! An object that differs from a sample in a few fields, and what is said about it.

use edge::health;
use model::Phase;
use serde_json::{Map, Value, json};

/// Asserts phase and reason, and that the message contains `words`.
#[track_caller]
pub fn fares(object: &Value, phase: Phase, reason: &str, words: &str) {
    let outcome = health(object);
    assert_eq!((outcome.phase, outcome.reason.as_str()), (phase, reason), "{outcome:?}");
    assert!(outcome.message.contains(words), "{outcome:?}");
}

#[track_caller]
pub fn is_healthy(object: &Value) {
    fares(object, Phase::Healthy, "", "");
}

/// `object` with `value` at the dotted path; what is missing on the way becomes a map.
pub fn with(mut object: Value, path: &str, value: impl Into<Value>) -> Value {
    let mut at = &mut object;
    for field in path.split('.') {
        if !at.is_object() {
            *at = Map::new().into();
        }
        at = &mut at[field];
    }
    *at = value.into();
    object
}

pub fn without(mut object: Value, path: &str) -> Value {
    let (parent, field) = path.rsplit_once('.').expect("a path has a parent");
    let pointer = format!("/{}", parent.replace('.', "/"));
    let parent = object.pointer_mut(&pointer).and_then(Value::as_object_mut).expect("the sample has it");
    parent.remove(field).expect("the sample has it");
    object
}

pub fn status(object: Value, counts: &[(&str, i64)]) -> Value {
    let set = |object, (field, count): &(&str, i64)| with(object, &format!("status.{field}"), *count);
    counts.iter().fold(object, set)
}

pub fn condition(kind: &str, status: &str, reason: &str, message: &str) -> Value {
    json!({
        "type": kind, "status": status, "reason": reason, "message": message,
        "lastTransitionTime": "2026-03-02T10:15:30Z",
    })
}

/// `object` with exactly one condition.
pub fn conditioned(object: Value, kind: &str, status: &str, reason: &str, message: &str) -> Value {
    with(object, "status.conditions", vec![condition(kind, status, reason, message)])
}
