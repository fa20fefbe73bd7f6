//! Any message as text that a person can read: the first line says what its subject means, the rest is its content.

mod body;
mod meaning;
mod text;

use bytes::Bytes;
use serde_json::{Value, json};

use crate::{
    Key,
    content::assemble,
    schema::{self, message_of},
};

/// What `payload` says as a message on `subject`.
///
/// Fields that this version does not know are listed by number; bytes that are not the message are said to be so.
pub fn describe(subject: &str, payload: &[u8]) -> String {
    let Ok(key) = Key::parse(subject) else {
        return format!("# {subject}: unknown subject, {} bytes\n", payload.len());
    };
    let schema = message_of(&key);
    let header = format!("# {} ({}, {} bytes)\n", meaning::meaning(&key), schema.name, payload.len());
    if is_deletion(&key, payload) {
        return header + "deleted\n";
    }
    match body::message(schema, payload) {
        Some(body) => header + &text::lines(&body) + &content(&key, payload).lines(),
        None => header + "not such a message: the bytes are cut off or something else\n",
    }
}

/// The same as JSON, whole; `None`: it is no message of ours.
pub fn describe_json(subject: &str, payload: &[u8]) -> Option<Value> {
    let key = Key::parse(subject).ok()?;
    let schema = message_of(&key);
    let body = match is_deletion(&key, payload) {
        true => Value::Null,
        false => body::message(schema, payload)?.into_json(),
    };
    Some(json!({
        "subject": subject,
        "meaning": meaning::meaning(&key),
        "message": schema.name,
        "bytes": payload.len(),
        "body": body,
        "content": content(&key, payload).into_json(),
    }))
}

/// Of the truth, where no value is empty.
fn is_deletion(key: &Key, payload: &[u8]) -> bool {
    payload.is_empty() && matches!(key, Key::Intent(_) | Key::Location(_) | Key::Region(_))
}

/// What a chunk holds.
enum Content {
    /// It is no chunk.
    None,
    /// One of several, or damaged.
    Part,
    /// A manifest, else a release or a bundle; `None`: neither.
    Whole { bytes: usize, node: Option<text::Node> },
}

fn content(key: &Key, payload: &[u8]) -> Content {
    let (digest, name) = match key {
        Key::Release { digest, .. } => (digest, "tributary.bus.v1.Release"),
        Key::Blob { digest, .. } => (digest, "tributary.bus.v1.Bundle"),
        _ => return Content::None,
    };
    let Ok(content) = assemble(*digest, vec![Bytes::copy_from_slice(payload)]) else {
        return Content::Part;
    };
    let node = match serde_json::from_slice(&content) {
        Ok(manifest) => Some(text::Node::Json(manifest)),
        Err(_) => body::message(schema::message(name), &content),
    };
    Content::Whole { bytes: content.len(), node }
}

impl Content {
    fn lines(self) -> String {
        match self {
            Self::None => String::new(),
            Self::Part => "# one of several chunks, or damaged\n".to_owned(),
            Self::Whole { bytes, node } => {
                let unknown = || "neither JSON nor a known message\n".to_owned();
                let body = node.map_or_else(unknown, |node| text::lines(&node));
                format!("# content, {bytes} bytes\n{body}")
            }
        }
    }

    fn into_json(self) -> Value {
        match self {
            Self::Whole { node: Some(node), .. } => node.into_json(),
            _ => Value::Null,
        }
    }
}
