//! From a value to a type, with every error, each with its path and what to do.
//!
//! serde stops at the first error. Here the offending field is removed, or replaced by an empty value of the expected
//! type, and reading starts again, so that one run tells all.

use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_path_to_error::Segment;

use crate::{FieldPath, Violation, scalar, suggest};

/// More errors than that in one document help nobody.
const MAX_ERRORS: usize = 50;

/// A type read from a value, with all that was wrong on the way. `None`: not even with replacements.
pub(super) fn read<T: DeserializeOwned>(mut value: Value, base: &FieldPath) -> (Option<T>, Vec<Violation>) {
    let mut found = Vec::<Violation>::new();
    while found.len() < MAX_ERRORS {
        let error = match serde_path_to_error::deserialize::<_, T>(&value) {
            Ok(read) => return (Some(read), found),
            Err(error) => error,
        };
        let message = error.inner().to_string();
        let path = path(error.path());
        let full = base.extended(&path);
        if let Some(field) = message.strip_prefix("unknown field `").and_then(|m| m.split('`').next()) {
            let (parent, full) = parent(&path, full, field);
            found.push(unknown(full.key(field), "field", &message));
            if !remove(&mut value, &parent, field) {
                break;
            }
        } else if let Some(field) = message.strip_prefix("missing field `") {
            let field = field.trim_end_matches('`');
            // A mapping that stands in for something else misses its fields through no fault of the user.
            if !found.iter().any(|violation| violation.path == full) {
                found.push(missing(&full, field));
            }
            break;
        } else {
            found.push(mistyped(full, &message));
            if !replace(&mut value, &path, &message) {
                break;
            }
        }
    }
    (None, found)
}

/// serde's path of an unknown field ends with it or with what holds it, depending on the type around it.
fn parent(path: &FieldPath, full: FieldPath, field: &str) -> (FieldPath, FieldPath) {
    let ends_with_it = matches!(path.0.last(), Some(crate::path::Segment::Key(key)) if key == field);
    let up = |path: &FieldPath| FieldPath(path.0[..path.0.len() - usize::from(ends_with_it)].to_vec());
    (up(path), up(&full))
}

fn unknown(path: FieldPath, what: &str, message: &str) -> Violation {
    let mut quoted = message.split('`').skip(1).step_by(2);
    let word = quoted.next().unwrap_or_default();
    let known: Vec<&str> = quoted.collect();
    let help = match suggest::nearest(word, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("known here: {}", known.join(", ")),
    };
    Violation { path, message: format!("unknown {what} `{word}`"), help }
}

fn missing(path: &FieldPath, field: &str) -> Violation {
    Violation { path: path.key(field), message: "it is required".to_owned(), help: format!("add `{field}`") }
}

fn mistyped(path: FieldPath, message: &str) -> Violation {
    if message.starts_with("unknown variant `") {
        return unknown(path, "value", message);
    }
    let path_ends_in_list = |path: &FieldPath| matches!(path.0.last(), Some(crate::Segment::Index(_)));
    let is_scalar = ["integer", "floating point", "boolean"].iter().any(|kind| message.contains(kind));
    let help = match message {
        _ if scalar::ALL.iter().any(|scalar| message.ends_with(scalar.expected)) => "",
        _ if message.contains("single key") && path_ends_in_list(&path) => {
            "write exactly one operation for each element of the list"
        }
        _ if message.contains("single key") => "write exactly one of its keys",
        _ if message.ends_with("expected a string") && is_scalar => "quote it",
        _ => "write it as the reference says",
    };
    Violation { path, message: humane(message), help: help.to_owned() }
}

/// Rust's names for types mean nothing to users.
fn humane(message: &str) -> String {
    let Some((before, expected)) = message.split_once("expected ") else { return message.to_owned() };
    let expected = match expected {
        "a map" => "a mapping",
        "a sequence" => "a list",
        "a boolean" => "true or false",
        other if other.starts_with("struct ") => "a mapping",
        other if other.starts_with('u') && other[1..].parse::<u8>().is_ok() => {
            "a whole number, not below zero"
        }
        other if other.starts_with('i') && other[1..].parse::<u8>().is_ok() => "a whole number",
        other => other,
    };
    let before = before.replace("invalid type: ", "").replace("invalid value: ", "");
    format!("{}expected {expected}", before.replace("sequence,", "a list,").replace("map,", "a mapping,"))
}

fn path(path: &serde_path_to_error::Path) -> FieldPath {
    path.iter().fold(FieldPath::default(), |path, segment| match segment {
        Segment::Seq { index } => path.index(*index),
        Segment::Map { key } | Segment::Enum { variant: key } => path.key(key),
        Segment::Unknown => path,
    })
}

fn remove(value: &mut Value, parent: &FieldPath, field: &str) -> bool {
    find(value, parent).and_then(Value::as_object_mut).is_some_and(|map| map.remove(field).is_some())
}

/// Puts something of the expected type there; false if there is no telling what.
fn replace(value: &mut Value, path: &FieldPath, message: &str) -> bool {
    let expected = message.rsplit_once("expected ").map_or("", |(_, expected)| expected);
    let scalar = scalar::ALL.iter().find(|scalar| scalar.expected == expected);
    let stand_in = match expected {
        _ if scalar.is_some() => Value::String(scalar.map_or("", |scalar| scalar.stand_in).to_owned()),
        "a string" => Value::String(String::new()),
        "a boolean" => Value::Bool(false),
        "a sequence" => Value::Array(Vec::new()),
        _ if message.starts_with("unknown variant `") => {
            Value::String(message.split('`').nth(3).unwrap_or_default().to_owned())
        }
        expected if expected == "a map" || expected.starts_with("struct ") => {
            Value::Object(serde_json::Map::new())
        }
        expected if expected.starts_with(['i', 'u']) => Value::from(0),
        _ => return false,
    };
    match find(value, path) {
        Some(there) if *there != stand_in => {
            *there = stand_in;
            true
        }
        _ => false,
    }
}

fn find<'a>(value: &'a mut Value, path: &FieldPath) -> Option<&'a mut Value> {
    path.0.iter().try_fold(value, |here, segment| match segment {
        crate::path::Segment::Key(key) => here.get_mut(key),
        crate::path::Segment::Index(index) => here.get_mut(index),
    })
}
