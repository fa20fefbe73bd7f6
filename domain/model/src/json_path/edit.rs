//! Walking a value along the steps of a path.

use serde_json::{Map, Value};

use super::Step;

/// How many steps were left, and why it went no further.
type Stop = (usize, String);

pub fn get<'v>(value: &'v Value, steps: &[Step]) -> Vec<&'v Value> {
    let Some((step, rest)) = steps.split_first() else { return vec![value] };
    let children: Vec<&Value> = match (step, value) {
        (Step::Key(key), Value::Object(entries)) => entries.get(key).into_iter().collect(),
        (Step::Index(index), Value::Array(items)) => items.get(*index).into_iter().collect(),
        (Step::Each, Value::Array(items)) => items.iter().collect(),
        (Step::Each, Value::Object(entries)) => entries.values().collect(),
        (Step::Where { .. }, Value::Array(items)) => items.iter().filter(|item| holds(step, item)).collect(),
        _ => Vec::new(),
    };
    children.into_iter().flat_map(|child| get(child, rest)).collect()
}

pub fn remove(value: &mut Value, steps: &[Step]) {
    match steps {
        [] => {}
        [last] => remove_children(value, last),
        [step, rest @ ..] => children(value, step).into_iter().for_each(|child| remove(child, rest)),
    }
}

fn remove_children(value: &mut Value, step: &Step) {
    match (step, value) {
        (Step::Key(key), Value::Object(entries)) => {
            entries.remove(key);
        }
        (Step::Index(index), Value::Array(items)) if *index < items.len() => {
            items.remove(*index);
        }
        (Step::Each, Value::Array(items)) => items.clear(),
        (Step::Each, Value::Object(entries)) => entries.clear(),
        (Step::Where { .. }, Value::Array(items)) => items.retain(|item| !holds(step, item)),
        _ => {}
    }
}

pub fn set(value: &mut Value, steps: &[Step], new: &Value) -> Result<(), Stop> {
    let Some((step, rest)) = steps.split_first() else {
        *value = new.clone();
        return Ok(());
    };
    let stop = |reason: String| Err((steps.len(), reason));
    if let Step::Key(key) = step {
        return match entries_of(value) {
            Some(entries) => set(entries.entry(key.as_str()).or_insert(Value::Null), rest, new),
            None => stop(format!("a {} has no entries", type_name(value))),
        };
    }
    let kind = type_name(value);
    let children = children(value, step);
    if children.is_empty() {
        return match step {
            Step::Each if kind == "list" || kind == "map" => Ok(()),
            _ if kind == "list" => stop(format!("there is no element {step}, and elements are not created")),
            _ => stop(format!("a {kind} has no elements")),
        };
    }
    children.into_iter().try_for_each(|child| set(child, rest, new))
}

/// What is missing becomes a map.
fn entries_of(value: &mut Value) -> Option<&mut Map<String, Value>> {
    if value.is_null() {
        *value = Value::Object(Map::new());
    }
    value.as_object_mut()
}

fn children<'v>(value: &'v mut Value, step: &Step) -> Vec<&'v mut Value> {
    match (step, value) {
        (Step::Key(key), Value::Object(entries)) => entries.get_mut(key).into_iter().collect(),
        (Step::Index(index), Value::Array(items)) => items.get_mut(*index).into_iter().collect(),
        (Step::Each, Value::Array(items)) => items.iter_mut().collect(),
        (Step::Each, Value::Object(entries)) => entries.values_mut().collect(),
        (Step::Where { .. }, Value::Array(items)) => {
            items.iter_mut().filter(|item| holds(step, item)).collect()
        }
        _ => Vec::new(),
    }
}

fn holds(step: &Step, item: &Value) -> bool {
    match step {
        Step::Where { key, value } => item.get(key) == Some(value),
        Step::Key(_) | Step::Index(_) | Step::Each => false,
    }
}

fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "list",
        Value::Object(_) => "map",
    }
}
