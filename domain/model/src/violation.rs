//! What is wrong with a resource, where, and what to do.

use std::fmt;

use crate::{FieldPath, Segment};

/// One reason why a resource is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    pub path: FieldPath,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub help: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.0.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.message)?;
        if !self.help.is_empty() {
            write!(f, "; {}", self.help)?;
        }
        Ok(())
    }
}

/// Collects violations while walking down a resource.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    here: FieldPath,
    pub(crate) found: Vec<Violation>,
}

impl Findings {
    /// Walks into a field.
    pub(crate) fn field(&mut self, key: &str, walk: impl FnOnce(&mut Self)) {
        self.within(Segment::Key(key.to_owned()), walk);
    }

    /// Walks into each element of a list.
    pub(crate) fn each<T>(&mut self, key: &str, items: &[T], mut walk: impl FnMut(&mut Self, &T)) {
        self.field(key, |findings| {
            for (index, item) in items.iter().enumerate() {
                findings.within(Segment::Index(index), |findings| walk(findings, item));
            }
        });
    }

    /// What is here is wrong.
    pub(crate) fn report(&mut self, message: impl Into<String>, help: impl Into<String>) {
        self.found.push(Violation { path: self.here.clone(), message: message.into(), help: help.into() });
    }

    fn within(&mut self, below: Segment, walk: impl FnOnce(&mut Self)) {
        self.here.0.push(below);
        walk(self);
        self.here.0.pop();
    }
}
