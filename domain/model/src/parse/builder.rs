//! Builds values from the events of a reader, without recursion and within bounds.
//!
//! What is built is at most [`MAX_DEPTH`] deep, so whatever walks or drops it later may recurse. What aliases add is
//! bounded too: a few lines of YAML can otherwise stand for billions of nodes.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{error::Fault, lines::Lines};
use crate::FieldPath;

/// Kubernetes objects are rarely 20 deep; CRD schemas reach 40.
pub(super) const MAX_DEPTH: usize = 100;
/// What anchors and aliases may cost, in bytes, counted roughly.
const MAX_ALIAS_BYTES: usize = 16 << 20;
/// A node's own cost beside its text.
const NODE_BYTES: usize = 32;

/// A finished value with its lines.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) value: Value,
    pub(super) lines: Lines,
    /// Levels of lists and mappings.
    depth: usize,
    bytes: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    List,
    Mapping,
}

/// A list or mapping that has begun and not ended.
#[derive(Debug)]
struct Frame {
    line: usize,
    anchor: usize,
    content: Content,
    depth: usize,
    bytes: usize,
}

#[derive(Debug)]
enum Content {
    List(Vec<Value>, Vec<Lines>),
    Mapping {
        fields: Map<String, Value>,
        lines: BTreeMap<String, Lines>,
        key: Option<Key>,
        merged: Vec<Node>,
    },
}

#[derive(Debug)]
struct Key {
    name: String,
    line: usize,
    role: Role,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Field,
    /// Already there: its value is read and dropped.
    Duplicate,
    /// `<<`: its value's fields are taken over where they are not set.
    Merge,
}

/// An `Err` of its methods means that nothing further can be made of the text.
#[derive(Debug, Default)]
pub(super) struct Builder {
    frames: Vec<Frame>,
    anchors: BTreeMap<usize, Node>,
    alias_bytes: usize,
    /// What is wrong but does not keep the rest from being read.
    pub(super) faults: Vec<Fault>,
    /// The documents read so far.
    pub(super) roots: Vec<Node>,
}

impl Builder {
    /// A new document: anchors do not reach across.
    pub(super) fn start_document(&mut self) {
        self.anchors.clear();
    }

    /// A scalar; `text` is how it is written, `is_plain` that it is not quoted.
    pub(super) fn scalar(
        &mut self,
        line: usize,
        anchor: usize,
        value: Value,
        text: &str,
        is_plain: bool,
    ) -> Result<(), Fault> {
        let node = Node { value, lines: Lines::scalar(line), depth: 0, bytes: NODE_BYTES + text.len() };
        if anchor != 0 {
            self.keep_anchor(anchor, &node)?;
        }
        if self.wants_key() {
            self.key(line, &node.value, text, is_plain);
            return Ok(());
        }
        self.place(node);
        Ok(())
    }

    pub(super) fn start(&mut self, kind: Kind, line: usize, anchor: usize) -> Result<(), Fault> {
        if self.wants_key() {
            return Err(self.fault(line, "a key must be a string, not a list or a mapping", "quote it"));
        }
        if self.frames.len() >= MAX_DEPTH {
            return Err(self.too_deep(line));
        }
        let content = match kind {
            Kind::List => Content::List(Vec::new(), Vec::new()),
            Kind::Mapping => {
                Content::Mapping { fields: Map::new(), lines: BTreeMap::new(), key: None, merged: Vec::new() }
            }
        };
        self.frames.push(Frame { line, anchor, content, depth: 0, bytes: NODE_BYTES });
        Ok(())
    }

    /// The innermost list or mapping is complete.
    pub(super) fn end(&mut self) -> Result<(), Fault> {
        let Some(frame) = self.frames.pop() else { return Ok(()) };
        let Frame { line, anchor, content, depth, bytes } = frame;
        let (value, lines) = match content {
            Content::List(values, lines) => (Value::Array(values), Lines::items(line, lines)),
            Content::Mapping { mut fields, mut lines, merged, .. } => {
                merged.into_iter().for_each(|node| merge(&mut fields, &mut lines, node));
                (Value::Object(fields), Lines::fields(line, lines))
            }
        };
        let node = Node { value, lines, depth: depth + 1, bytes };
        if anchor != 0 {
            self.keep_anchor(anchor, &node)?;
        }
        self.place(node);
        Ok(())
    }

    pub(super) fn alias(&mut self, line: usize, anchor: usize) -> Result<(), Fault> {
        let Some(target) = self.anchors.get(&anchor) else {
            let help = "an anchor must be complete, and in the same document, before it is used";
            return Err(self.fault(line, "an alias to an anchor that is not known here", help));
        };
        if self.frames.len() + target.depth > MAX_DEPTH {
            return Err(self.too_deep(line));
        }
        let (bytes, lines) = (target.bytes, target.lines.clone().at(line));
        self.charge(line, bytes)?;
        // Charged before it is cloned; the lookup cannot fail a second time.
        let Some(node) = self.anchors.get(&anchor).cloned() else { return Ok(()) };
        if self.wants_key() {
            let text = node.value.as_str().unwrap_or("*alias").to_owned();
            self.key(line, &node.value, &text, false);
            return Ok(());
        }
        self.place(Node { lines, ..node });
        Ok(())
    }

    /// Something is wrong where the reader is.
    pub(super) fn fault(&self, line: usize, message: impl Into<String>, help: impl Into<String>) -> Fault {
        Fault::new(line, self.path(), message, help)
    }

    fn wants_key(&self) -> bool {
        matches!(self.frames.last(), Some(Frame { content: Content::Mapping { key: None, .. }, .. }))
    }

    fn key(&mut self, line: usize, value: &Value, text: &str, is_plain: bool) {
        if !value.is_string() {
            let message = format!("the key `{text}` is not a string");
            let fault = self.fault(line, message, format!("quote it: \"{text}\""));
            self.faults.push(fault);
        }
        let Some(Frame { content: Content::Mapping { fields, key, .. }, .. }) = self.frames.last_mut() else {
            return;
        };
        let role = match text {
            "<<" if is_plain => Role::Merge,
            _ if fields.contains_key(text) => Role::Duplicate,
            _ => Role::Field,
        };
        *key = Some(Key { name: text.to_owned(), line, role });
        if role == Role::Duplicate {
            let fault = self.fault(line, "the same key twice", "keep one of them");
            self.faults.push(fault);
        }
    }

    /// Puts a finished value where it belongs.
    fn place(&mut self, node: Node) {
        let Some(frame) = self.frames.last_mut() else {
            self.roots.push(node);
            return;
        };
        frame.depth = frame.depth.max(node.depth);
        frame.bytes += node.bytes;
        match &mut frame.content {
            Content::List(values, lines) => {
                values.push(node.value);
                lines.push(node.lines);
            }
            Content::Mapping { fields, lines, key, merged } => match key.take() {
                Some(Key { role: Role::Merge, .. }) => merged.push(node),
                Some(Key { name, line, role: Role::Field }) => {
                    frame.bytes += name.len();
                    lines.insert(name.clone(), node.lines.at(line));
                    fields.insert(name, node.value);
                }
                Some(Key { role: Role::Duplicate, .. }) | None => {}
            },
        }
    }

    fn keep_anchor(&mut self, anchor: usize, node: &Node) -> Result<(), Fault> {
        self.charge(node.lines.line(), node.bytes)?;
        self.anchors.insert(anchor, node.clone());
        Ok(())
    }

    fn charge(&mut self, line: usize, bytes: usize) -> Result<(), Fault> {
        self.alias_bytes += bytes;
        if self.alias_bytes > MAX_ALIAS_BYTES {
            let message = format!("anchors and aliases stand for more than {} MiB", MAX_ALIAS_BYTES >> 20);
            return Err(self.fault(line, message, "write the content out, or use fewer of them"));
        }
        Ok(())
    }

    fn too_deep(&self, line: usize) -> Fault {
        let message = format!("nested more than {MAX_DEPTH} levels deep");
        Fault::new(line, FieldPath::default(), message, "no Kubernetes object needs as many: flatten it")
    }

    fn path(&self) -> FieldPath {
        let mut path = FieldPath::default();
        for frame in &self.frames {
            match &frame.content {
                Content::List(values, _) => path = path.index(values.len()),
                Content::Mapping { key: Some(key), .. } => path = path.key(&key.name),
                Content::Mapping { key: None, .. } => {}
            }
        }
        path
    }
}

/// Takes over what is not set: `<<: *defaults` is not in YAML 1.2, but Kubernetes' tools read it.
fn merge(fields: &mut Map<String, Value>, lines: &mut BTreeMap<String, Lines>, node: Node) {
    match node.value {
        Value::Object(from) => {
            let mut from_lines = node.lines.into_fields();
            for (name, value) in from {
                if !fields.contains_key(&name) {
                    if let Some(line) = from_lines.remove(&name) {
                        lines.insert(name.clone(), line);
                    }
                    fields.insert(name, value);
                }
            }
        }
        Value::Array(several) => {
            let each = several.into_iter().zip(node.lines.into_items());
            each.for_each(|(value, from)| {
                merge(fields, lines, Node { value, lines: from, depth: 0, bytes: 0 });
            });
        }
        _ => {}
    }
}
