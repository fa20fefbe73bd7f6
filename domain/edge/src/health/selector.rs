//! Which pods belong to an object.

use serde_json::{Map, Value};

use super::value::{group_kind, text};

/// Kinds whose template is one of pods, whatever else of it is shown.
const WORKLOADS: [(&str, &str); 6] = [
    ("", "ReplicationController"),
    ("apps", "DaemonSet"),
    ("apps", "Deployment"),
    ("apps", "ReplicaSet"),
    ("apps", "StatefulSet"),
    ("batch", "Job"),
];

/// The label selector, as an API server takes it in a query, of the pods that belong to `object`; they are in its
/// namespace. `None`: it has none, or they cannot be told, for no selector is better than one of too much.
pub fn selects_pods(object: &Value) -> Option<String> {
    let selector = &object["spec"]["selector"];
    let terms = match group_kind(object) {
        ("", "ReplicationController") => labels(selector)?,
        kind if WORKLOADS.contains(&kind) || has_pods(object) => terms(selector)?,
        _ => return None,
    };
    (!terms.is_empty()).then(|| terms.join(","))
}

/// Custom workloads, such as OpenKruise's CloneSet, have a template with containers; other templates, such as those of
/// machines in Cluster API, have none.
fn has_pods(object: &Value) -> bool {
    object["spec"]["template"]["spec"]["containers"].is_array()
}

fn terms(selector: &Value) -> Option<Vec<String>> {
    let mut terms = labels(&selector["matchLabels"])?;
    match &selector["matchExpressions"] {
        Value::Null => {}
        Value::Array(expressions) => {
            terms.extend(expressions.iter().map(expression).collect::<Option<Vec<_>>>()?)
        }
        _ => return None,
    }
    Some(terms)
}

fn labels(labels: &Value) -> Option<Vec<String>> {
    let none = Map::new();
    let labels = if labels.is_null() { &none } else { labels.as_object()? };
    labels.iter().map(|(key, value)| Some(format!("{}={}", named(key)?, plain(value)?))).collect()
}

fn expression(expression: &Value) -> Option<String> {
    let key = named(text(&expression["key"]))?;
    let values = || values(&expression["values"]);
    Some(match text(&expression["operator"]) {
        "In" => format!("{key} in ({})", values()?),
        "NotIn" => format!("{key} notin ({})", values()?),
        "Exists" => key.to_owned(),
        "DoesNotExist" => format!("!{key}"),
        _ => return None,
    })
}

fn values(values: &Value) -> Option<String> {
    let values: Vec<&str> = values.as_array()?.iter().map(plain).collect::<Option<_>>()?;
    (!values.is_empty()).then(|| values.join(","))
}

fn named(key: &str) -> Option<&str> {
    (!key.is_empty() && is_plain(key)).then_some(key)
}

fn plain(value: &Value) -> Option<&str> {
    value.as_str().filter(|text| is_plain(text))
}

/// Only what a label may be made of: anything else could turn into another term.
fn is_plain(text: &str) -> bool {
    text.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_./".contains(letter))
}
