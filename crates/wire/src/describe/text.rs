//! Values as indented lines in the manner of YAML.

use std::fmt::Write as _;

/// Names of a list that are shown; a bucket holds about 500.
const MAX_NAMES: usize = 20;

/// What a message says.
pub(super) enum Node {
    Scalar(String),
    /// Names that belong on one line.
    Names(Vec<String>),
    Json(serde_json::Value),
    List(Vec<Node>),
    Map(Vec<(String, Node)>),
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
        Node::Scalar(text) => indented(out, text, depth),
        Node::Names(names) => indented(out, &inline(names), depth),
    }
}

fn entry(out: &mut String, key: &str, value: &Node, depth: usize) {
    match value {
        Node::Scalar(text) => indented(out, &format!("{key}: {text}"), depth),
        Node::Names(names) => indented(out, &format!("{key}: {}", inline(names)), depth),
        Node::Map(entries) if entries.is_empty() => indented(out, &format!("{key}: {{}}"), depth),
        Node::List(_) => {
            indented(out, &format!("{key}:"), depth);
            write(out, value, depth);
        }
        Node::Map(_) | Node::Json(_) => {
            indented(out, &format!("{key}:"), depth);
            write(out, value, depth + 1);
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

fn inline(names: &[String]) -> String {
    let shown = names[..names.len().min(MAX_NAMES)].join(", ");
    match names.len().saturating_sub(MAX_NAMES) {
        0 => format!("[{shown}]"),
        more => format!("[{shown}, and {more} more]"),
    }
}
