//! A message's fields with their names, by the schema.

use model::Digest;

use super::text::Node;
use crate::{
    compact, front_coding,
    raw::{Raw, Value, fields},
    schema::{self, Field, Kind, Message},
};

/// Deeper than any message of ours, so that bytes that pretend to be one cannot exhaust the stack.
const MAX_DEPTH: usize = 16;

/// `None`: `bytes` are no such message.
pub(super) fn message(schema: &Message, bytes: &[u8]) -> Option<Node> {
    nested(schema, bytes, 0)
}

fn nested(schema: &Message, bytes: &[u8], depth: usize) -> Option<Node> {
    if depth > MAX_DEPTH {
        return None;
    }
    let raw = fields(bytes)?;
    let mut entries = Vec::new();
    for field in schema.fields {
        let of_field: Vec<&Raw<'_>> = raw.iter().filter(|raw| raw.number == field.number).collect();
        if let Some(last) = of_field.last() {
            let node = if field.repeated {
                repeated(field, &of_field, depth)?
            } else {
                single(schema, field, last, depth)?
            };
            entries.push((field.name.to_owned(), node));
        }
    }
    let unknown = raw.iter().filter(|raw| schema.field(raw.number).is_none());
    entries.extend(unknown.map(|raw| (format!("unknown field {}", raw.number), unnamed(raw.value))));
    Some(Node::Map(entries))
}

fn repeated(field: &Field, values: &[&Raw<'_>], depth: usize) -> Option<Node> {
    match field.kind {
        Kind::Message(name) if schema::message(name).is_map_entry => {
            let entry = |raw: &&Raw<'_>| map_entry(schema::message(name), raw, depth);
            Some(Node::Map(values.iter().map(entry).collect::<Option<_>>()?))
        }
        Kind::Text => Some(Node::Names(values.iter().map(|raw| text(raw.value)).collect::<Option<_>>()?)),
        kind => {
            let item = |raw: &&Raw<'_>| value(kind, raw.value, depth);
            Some(Node::List(values.iter().map(item).collect::<Option<_>>()?))
        }
    }
}

fn map_entry(schema: &Message, raw: &Raw<'_>, depth: usize) -> Option<(String, Node)> {
    let Value::Bytes(bytes) = raw.value else { return None };
    let raw = fields(bytes)?;
    let part = |number| raw.iter().rfind(|raw| raw.number == number);
    let key = part(1).map_or_else(|| Some(String::new()), |raw| text(raw.value))?;
    let node = match part(2) {
        Some(raw) => value(schema.field(2)?.kind, raw.value, depth)?,
        None => Node::Number(0.into()),
    };
    Some((key, node))
}

fn single(schema: &Message, field: &Field, raw: &Raw<'_>, depth: usize) -> Option<Node> {
    match (field.kind, raw.value) {
        (Kind::Bytes, Value::Bytes(bytes)) => Some(binary(schema, field, bytes, depth)),
        (kind, raw) => value(kind, raw, depth),
    }
}

fn value(kind: Kind, raw: Value<'_>, depth: usize) -> Option<Node> {
    Some(match (kind, raw) {
        (Kind::Message(name), Value::Bytes(bytes)) => nested(schema::message(name), bytes, depth + 1)?,
        (Kind::Text, Value::Bytes(_)) => Node::Text(text(raw)?),
        (Kind::Bool, Value::Varint(value)) => Node::Bool(value != 0),
        (Kind::Unsigned, Value::Varint(value)) => Node::Number(value.into()),
        (Kind::Signed, Value::Varint(value)) => Node::Number(value.cast_signed().into()),
        (Kind::Enum(name), Value::Varint(value)) => Node::Word(enum_value(name, value)),
        _ => return None,
    })
}

fn enum_value(name: &str, value: u64) -> String {
    let known = i32::try_from(value).ok().and_then(|value| schema::enum_value(name, value));
    known.map_or_else(|| format!("unknown value {value}"), str::to_owned)
}

/// Bytes are JSON, a list of locations, a digest, what their field says that they are, or just bytes.
fn binary(schema: &Message, field: &Field, bytes: &[u8], depth: usize) -> Node {
    if field.name.ends_with("_json")
        && let Ok(value) = serde_json::from_slice(bytes)
    {
        return Node::Json(value);
    }
    if is_front_coded(schema, field)
        && let Ok(names) = front_coding::decode(bytes)
    {
        return Node::Names(names);
    }
    if let Some(node) = special(field, bytes, depth) {
        return node;
    }
    match Digest::from_bytes(bytes) {
        Some(digest) => Node::Word(digest.short()),
        None => Node::Word(format!("{} bytes", bytes.len())),
    }
}

/// Fields whose bytes are something of their own; `None`: another one, or damaged.
fn special(field: &Field, bytes: &[u8], depth: usize) -> Option<Node> {
    match field.name {
        "placement_uuid" => compact::uuid_text(bytes).map(Node::Word),
        "trace" => compact::trace_text(bytes).map(Node::Word),
        "own_template" => nested(schema::message("tributary.bus.v1.Bundle"), bytes, depth + 1),
        "own_framed" => {
            let told =
                format!("{} bytes, a zstd frame with the own_template of shared as dictionary", bytes.len());
            Some(Node::Word(told))
        }
        _ => None,
    }
}

fn is_front_coded(schema: &Message, field: &Field) -> bool {
    schema.name.ends_with(".ProgressGroup")
        || (schema.name.ends_with(".DecisionGroup") && field.name == "locations")
}

fn unnamed(value: Value<'_>) -> Node {
    Node::Word(match value {
        Value::Varint(value) | Value::Fixed64(value) => value.to_string(),
        Value::Fixed32(value) => value.to_string(),
        Value::Bytes(bytes) => format!("{} bytes", bytes.len()),
    })
}

fn text(value: Value<'_>) -> Option<String> {
    let Value::Bytes(bytes) = value else { return None };
    String::from_utf8(bytes.to_vec()).ok()
}
