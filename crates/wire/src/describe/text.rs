//! Values as indented lines in the manner of YAML, or as JSON.

use std::fmt::Write as _;

use serde_json::Value;

/// Names of a list that are shown; a bucket holds about 500.
const MAX_NAMES: usize = 20;

/// What a message says.
pub(super) enum Node {
    /// What a user wrote.
    Text(String),
    Number(serde_json::Number),
    Bool(bool),
    /// Ours: a digest, the name of a value of an enum, a number of bytes.
    Word(String),
    /// Names that belong on one line.
    Names(Vec<String>),
    Json(Value),
    List(Vec<Node>),
    Map(Vec<(String, Node)>),
}

impl Node {
    /// Nothing of it is shortened.
    pub(super) fn into_json(self) -> Value {
        match self {
            Self::Text(text) | Self::Word(text) => Value::String(text),
            Self::Number(number) => Value::Number(number),
            Self::Bool(value) => Value::Bool(value),
            Self::Json(value) => value,
            Self::Names(names) => names.into(),
            Self::List(items) => items.into_iter().map(Self::into_json).collect(),
            Self::Map(entries) => entries.into_iter().map(|(key, node)| (key, node.into_json())).collect(),
        }
    }

    /// What fits on a line of its own; `None`: it takes several.
    fn inline(&self) -> Option<String> {
        match self {
            Self::Text(text) => Some(quoted(text)),
            Self::Number(number) => Some(number.to_string()),
            Self::Bool(value) => Some(value.to_string()),
            Self::Word(word) => Some(word.clone()),
            Self::Names(all) => Some(names(all)),
            Self::Json(_) | Self::List(_) | Self::Map(_) => None,
        }
    }
}

/// The lines of `node`, each ended.
pub(super) fn lines(node: &Node) -> String {
    let mut out = String::new();
    write(&mut out, node, 0);
    out
}

fn write(out: &mut String, node: &Node, depth: usize) {
    match node {
        Node::Map(entries) => entries.iter().for_each(|(key, value)| entry(out, key, value, depth)),
        Node::List(items) => items.iter().for_each(|item| list_item(out, item, depth)),
        Node::Json(value) => indented(out, &format!("{value:#}"), depth),
        other => other.inline().into_iter().for_each(|text| indented(out, &text, depth)),
    }
}

fn entry(out: &mut String, key: &str, value: &Node, depth: usize) {
    match value {
        Node::Map(entries) if entries.is_empty() => indented(out, &format!("{key}: {{}}"), depth),
        Node::List(_) => {
            indented(out, &format!("{key}:"), depth);
            write(out, value, depth);
        }
        Node::Map(_) | Node::Json(_) => {
            indented(out, &format!("{key}:"), depth);
            write(out, value, depth + 1);
        }
        other => {
            let text = other.inline().unwrap_or_default();
            indented(out, &format!("{key}: {text}"), depth);
        }
    }
}

/// The item's lines, the first of them behind a dash.
fn list_item(out: &mut String, item: &Node, depth: usize) {
    let mut text = String::new();
    write(&mut text, item, 0);
    for (index, line) in text.lines().enumerate() {
        let dash = if index == 0 { "- " } else { "  " };
        indented(out, &format!("{dash}{line}"), depth);
    }
    if text.is_empty() {
        indented(out, "- {}", depth);
    }
}

fn indented(out: &mut String, text: &str, depth: usize) {
    for line in text.lines() {
        writeln!(out, "{:width$}{line}", "", width = depth * 2).expect("writing to a string cannot fail");
    }
}

fn names(names: &[String]) -> String {
    let shown = names[..names.len().min(MAX_NAMES)].join(", ");
    match names.len().saturating_sub(MAX_NAMES) {
        0 => format!("[{shown}]"),
        more => format!("[{shown}, and {more} more]"),
    }
}

/// Quotes only what would be misread.
fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || " -_./:=@${}()".contains(c);
    let clear = !text.is_empty() && text.chars().all(plain) && text.trim() == text;
    if clear { text.to_owned() } else { format!("{text:?}") }
}
