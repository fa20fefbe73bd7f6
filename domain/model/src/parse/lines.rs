//! On which line each field of a document is: a tree of the same shape as its value.

use std::collections::BTreeMap;

use crate::{FieldPath, path::Segment};

#[derive(Clone, Debug)]
pub(super) struct Lines {
    line: usize,
    below: Below,
}

#[derive(Clone, Debug)]
enum Below {
    Nothing,
    Items(Vec<Lines>),
    Fields(BTreeMap<String, Lines>),
}

impl Lines {
    pub(super) fn scalar(line: usize) -> Self {
        Self { line, below: Below::Nothing }
    }

    pub(super) fn items(line: usize, items: Vec<Self>) -> Self {
        Self { line, below: Below::Items(items) }
    }

    pub(super) fn fields(line: usize, fields: BTreeMap<String, Self>) -> Self {
        Self { line, below: Below::Fields(fields) }
    }

    /// The same tree, found on another line: a field is where its key is, not where its value starts.
    pub(super) fn at(self, line: usize) -> Self {
        Self { line, ..self }
    }

    pub(super) fn line(&self) -> usize {
        self.line
    }

    /// The line of `path`, or of the nearest field above it that exists.
    pub(super) fn find(&self, path: &FieldPath) -> usize {
        let mut here = self;
        for segment in &path.0 {
            match here.child(segment) {
                Some(child) => here = child,
                None => break,
            }
        }
        here.line
    }

    /// The elements of a list; empty for anything else.
    pub(super) fn into_items(self) -> Vec<Self> {
        match self.below {
            Below::Items(items) => items,
            Below::Nothing | Below::Fields(_) => Vec::new(),
        }
    }

    /// The fields of a mapping; empty for anything else.
    pub(super) fn into_fields(self) -> BTreeMap<String, Self> {
        match self.below {
            Below::Fields(fields) => fields,
            Below::Nothing | Below::Items(_) => BTreeMap::new(),
        }
    }

    fn child(&self, segment: &Segment) -> Option<&Self> {
        match (&self.below, segment) {
            (Below::Items(items), Segment::Index(index)) => items.get(*index),
            (Below::Fields(fields), Segment::Key(key)) => fields.get(key),
            _ => None,
        }
    }
}
