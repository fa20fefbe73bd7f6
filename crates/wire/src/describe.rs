//! Any message as text that a person can read: the first line says what its subject means, the rest is its content.

mod body;
mod meaning;
mod text;

use bytes::Bytes;

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
    let truth = matches!(key, Key::Intent(_) | Key::Location(_) | Key::Region(_));
    if truth && payload.is_empty() {
        return header + "deleted\n";
    }
    match body::message(schema, payload) {
        Some(body) => header + &text::lines(&body) + &content(&key, payload),
        None => header + "not such a message: the bytes are cut off or something else\n",
    }
}

/// What a chunk holds, where it is all of a content: a manifest as JSON, else a release or a bundle.
fn content(key: &Key, payload: &[u8]) -> String {
    let (digest, name) = match key {
        Key::Release { digest, .. } => (digest, "tributary.bus.v1.Release"),
        Key::Blob { digest, .. } => (digest, "tributary.bus.v1.Bundle"),
        _ => return String::new(),
    };
    let Ok(content) = assemble(*digest, vec![Bytes::copy_from_slice(payload)]) else {
        return "# one of several chunks, or damaged\n".to_owned();
    };
    let body = match serde_json::from_slice(&content) {
        Ok(manifest) => Some(text::Node::Json(manifest)),
        Err(_) => body::message(schema::message(name), &content),
    };
    let body =
        body.map_or_else(|| "neither JSON nor a known message\n".to_owned(), |body| text::lines(&body));
    format!("# content, {} bytes\n{body}", content.len())
}
