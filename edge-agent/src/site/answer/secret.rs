//! What a Secret holds does not leave the location unless that is asked for.

use std::collections::BTreeSet;

use model::ObjectKey;
use serde_json::Value;

/// Where kubectl keeps the whole of what it applied.
const COPY: &str = "kubectl.kubernetes.io/last-applied-configuration";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    Secrets,
    NoSecrets,
}

/// Replaces the values of a Secret by words that are the same where the values are: whether they differ can be seen. What is
/// first of `all` is live, what follows is desired.
pub fn mask(key: &ObjectKey, all: &mut [Option<Value>], shown: Shown) {
    if shown == Shown::Secrets || !key.group.is_empty() || key.kind != "Secret" {
        return;
    }
    for field in ["data", "stringData"] {
        for name in names(all, field) {
            hide(all, field, &name);
        }
    }
    for object in all.iter_mut().flatten() {
        if let Some(copy) = object.pointer_mut("/metadata/annotations").and_then(|map| map.get_mut(COPY)) {
            *copy = "***".into();
        }
    }
}

fn names(all: &[Option<Value>], field: &str) -> BTreeSet<String> {
    let maps = all.iter().flatten().filter_map(|object| object[field].as_object());
    maps.flat_map(|map| map.keys().cloned()).collect()
}

fn hide(all: &mut [Option<Value>], field: &str, name: &str) {
    let value = |object: &Option<Value>| object.as_ref()?.get(field)?.get(name).cloned();
    let live = all.first().and_then(value);
    for (at, object) in all.iter_mut().enumerate() {
        let Some(value) = object.as_mut().and_then(|object| object.get_mut(field)?.get_mut(name)) else {
            continue;
        };
        let differs = live.as_ref().is_some_and(|live| live != value);
        *value = if at > 0 && differs { "*** (differs)" } else { "***" }.into();
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn key(kind: &str) -> ObjectKey {
        ObjectKey { kind: kind.into(), namespace: "shop".into(), name: "a".into(), group: String::new() }
    }

    fn both() -> [Option<Value>; 2] {
        let live = json!({"metadata": {"annotations": {COPY: "all of it"}}, "data": {"a": "1", "b": "1"}});
        [Some(live), Some(json!({"data": {"a": "1", "b": "2"}, "stringData": {"c": "3"}}))]
    }

    #[test]
    fn values_of_secrets_are_hidden_and_that_they_differ_is_not() {
        let mut all = both();
        mask(&key("Secret"), &mut all, Shown::NoSecrets);
        let [live, desired] = all.map(Option::unwrap);
        assert_eq!(
            live,
            json!({"metadata": {"annotations": {COPY: "***"}}, "data": {"a": "***", "b": "***"}})
        );
        assert_eq!(desired, json!({"data": {"a": "***", "b": "*** (differs)"}, "stringData": {"c": "***"}}));
    }

    #[test]
    fn other_objects_and_secrets_that_were_asked_for_stay_as_they_are() {
        for (kind, shown) in [("ConfigMap", Shown::NoSecrets), ("Secret", Shown::Secrets)] {
            let mut all = both();
            mask(&key(kind), &mut all, shown);
            assert_eq!(all, both());
        }
    }
}
