//! Which fields of an object are Tributary's, as the API server keeps account of it (`metadata.managedFields`): a field
//! that somebody else changes is no longer listed under Tributary's name. That tells drift from all that looks like it:
//! defaults, other spellings of a quantity, and what a webhook puts in are nobody's change of ours.
//!
//! In that account (`fieldsV1`) a map has its entries as `f:NAME`, a list its elements as `k:{…}` by their keys, as `v:…`
//! by their values, or as `i:…`; `.` is the element itself.

use model::json_path::Step;
use model::{Digest, IgnoredPath, JsonPath};
use serde_json::{Map, Value};

/// A number for the fields that are listed under Tributary's name, as `fieldsV1` of its entry says, and the entry's time:
/// the same as long as nobody else has changed one of them, but for those that are ignored. The time moves with a value
/// that is changed under Tributary's own name, which leaves the list as it is.
pub fn print(time: &str, fields: &Value, ignored: &[JsonPath]) -> u64 {
    let mut counted = fields.clone();
    ignored.iter().for_each(|path| drop_below(&mut counted, path.steps()));
    number(&format!("{time} {counted}"))
}

/// A number for what is ignored of an object; 0: nothing.
pub fn ignored(paths: &[IgnoredPath]) -> u64 {
    if paths.is_empty() {
        return 0;
    }
    let said = paths.iter().map(|ignored| format!("{} {:?}\n", ignored.path, ignored.when));
    number(&said.collect::<String>())
}

/// Whether a field that the path leads to is among `fields`.
pub fn owns(fields: &Value, path: &JsonPath) -> bool {
    leads(fields, path.steps())
}

fn number(text: &str) -> u64 {
    let digest = Digest::of(text.as_bytes()).to_string();
    u64::from_str_radix(&digest[..16], 16).unwrap_or_default()
}

fn leads(fields: &Value, steps: &[Step]) -> bool {
    let (Some((step, rest)), Some(entries)) = (steps.split_first(), fields.as_object()) else {
        return steps.is_empty();
    };
    entries.iter().any(|(name, below)| is_meant(name, step) && leads(below, rest))
}

/// Removes what the steps lead to, and what is empty then.
fn drop_below(fields: &mut Value, steps: &[Step]) {
    let (Some((step, rest)), Some(entries)) = (steps.split_first(), fields.as_object_mut()) else { return };
    if rest.is_empty() {
        entries.retain(|name, _| !is_meant(name, step));
        return;
    }
    for (_, below) in entries.iter_mut().filter(|(name, _)| is_meant(name, step)) {
        drop_below(below, rest);
    }
    let is_empty = |below: &Value| below.as_object().is_some_and(Map::is_empty);
    entries.retain(|name, below| !(is_meant(name, step) && is_empty(below)));
}

/// Whether an entry of the account is of what the step leads to. Of an index nothing is said there: it may be any.
fn is_meant(name: &str, step: &Step) -> bool {
    match step {
        Step::Key(key) => name.strip_prefix("f:") == Some(key),
        Step::Each => name != ".",
        Step::Index(_) => !name.starts_with("f:") && name != ".",
        Step::Where { key, value } => {
            let keys = name.strip_prefix("k:").and_then(|keys| serde_json::from_str::<Value>(keys).ok());
            keys.is_some_and(|keys| keys.get(key) == Some(value))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn path(text: &str) -> JsonPath {
        JsonPath::parse(text).unwrap()
    }

    #[test]
    fn a_field_that_somebody_took_counts_and_so_does_a_value_changed_under_our_name() {
        let before = print("t", &json!({"f:data": {"f:color": {}, "f:size": {}}}), &[]);
        assert_eq!(before, print("t", &json!({"f:data": {"f:color": {}, "f:size": {}}}), &[]));
        assert_ne!(before, print("t", &json!({"f:data": {"f:size": {}}}), &[]));
        assert_ne!(before, print("u", &json!({"f:data": {"f:color": {}, "f:size": {}}}), &[]));
    }

    /// What is left of the account when the path is ignored.
    fn check(ignored: &str, left: &Value) {
        let fields = json!({"f:spec": {"f:replicas": {}, "f:template": {"f:spec": {"f:containers": {
            "k:{\"name\":\"app\"}": {".": {}, "f:image": {}, "f:name": {}},
            "k:{\"name\":\"side\"}": {".": {}, "f:image": {}}}}}}});
        assert_eq!(print("t", &fields, &[path(ignored)]), print("t", left, &[]), "{ignored}");
        assert_eq!(owns(&fields, &path(ignored)), fields != *left, "{ignored}");
    }

    #[test]
    fn what_is_ignored_does_not_count() {
        let containers = |containers: Value| json!({"f:spec": {"f:replicas": {}, "f:template": {"f:spec": {"f:containers": containers}}}});
        let (app, side) = ("k:{\"name\":\"app\"}", "k:{\"name\":\"side\"}");
        check("$.spec.template", &json!({"f:spec": {"f:replicas": {}}}));
        check(
            "$.spec.template.spec.containers[?(@.name==\"app\")].image",
            &containers(json!({app: {".": {}, "f:name": {}}, side: {".": {}, "f:image": {}}})),
        );
        check(
            "$.spec.template.spec.containers[*].image",
            &containers(json!({app: {".": {}, "f:name": {}}, side: {".": {}}})),
        );
        check("$.spec.template.spec.containers[0]", &json!({"f:spec": {"f:replicas": {}}}));
        check(
            "$.spec.paused",
            &containers(json!({
            app: {".": {}, "f:image": {}, "f:name": {}}, side: {".": {}, "f:image": {}}})),
        );
    }

    #[test]
    fn a_map_that_only_held_what_is_ignored_goes_with_it_as_it_does_when_somebody_takes_it() {
        let alone = json!({"f:data": {"f:v": {}}, "f:spec": {"f:replicas": {}}});
        let taken = json!({"f:data": {"f:v": {}}});
        assert_eq!(print("t", &alone, &[path("$.spec.replicas")]), print("t", &taken, &[]));
    }
}
