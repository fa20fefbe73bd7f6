//! A JSON value with `${CEL}` in its string leaves, compiled once.

use model::json_path::step_text;
use serde_json::Value;

use crate::Error;
use crate::template::Template;
use expression::{Reads, Scope};

/// A value, and the leaves of it that have to be computed.
#[derive(Clone, Debug)]
pub struct Expansion {
    base: Value,
    leaves: Vec<Leaf>,
}

#[derive(Clone, Debug)]
struct Leaf {
    /// RFC 6901.
    pointer: String,
    /// As people write it.
    path: String,
    template: Template,
}

/// An error at a leaf.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeafError {
    /// A JSONPath from the value's root.
    pub path: String,
    pub error: Error,
}

impl Expansion {
    /// Finds and compiles the templates in `base`.
    ///
    /// # Errors
    /// Every leaf that is not well formed, so that a user sees all mistakes at once.
    pub fn compile(base: Value) -> Result<Self, Vec<LeafError>> {
        let mut found = Found::default();
        found.visit(&base, &mut String::new(), &mut "$".to_owned());
        if found.errors.is_empty() { Ok(Self { base, leaves: found.leaves }) } else { Err(found.errors) }
    }

    /// A value that stands for itself, `${` and all.
    pub fn plain(base: Value) -> Self {
        Self { base, leaves: Vec::new() }
    }

    /// Whether there is nothing to compute.
    pub fn is_plain(&self) -> bool {
        self.leaves.is_empty()
    }

    /// Adds what its expressions read.
    pub fn add_reads(&self, reads: &mut Reads) {
        self.leaves.iter().for_each(|leaf| leaf.template.add_reads(reads));
    }

    /// The value with its leaves computed.
    ///
    /// # Errors
    /// The first leaf that fails.
    pub fn render(&self, scope: &Scope) -> Result<Value, LeafError> {
        let mut value = self.base.clone();
        for leaf in &self.leaves {
            let failed = |error| LeafError { path: leaf.path.clone(), error };
            let target = value.pointer_mut(&leaf.pointer).expect("leaves were found in this very value");
            *target = leaf.template.render(scope).map_err(failed)?;
        }
        Ok(value)
    }
}

#[derive(Default)]
struct Found {
    leaves: Vec<Leaf>,
    errors: Vec<LeafError>,
}

impl Found {
    fn visit(&mut self, value: &Value, pointer: &mut String, path: &mut String) {
        match value {
            Value::String(text) => self.leaf(text, pointer, path),
            Value::Array(items) => items.iter().enumerate().for_each(|(index, item)| {
                self.descend(item, (pointer, path), &index.to_string(), &format!("[{index}]"));
            }),
            Value::Object(entries) => entries.iter().for_each(|(key, item)| {
                let escaped = key.replace('~', "~0").replace('/', "~1");
                self.descend(item, (pointer, path), &escaped, &step_text(key));
            }),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn descend(&mut self, value: &Value, at: (&mut String, &mut String), token: &str, step: &str) {
        let (pointer, path) = at;
        let before = (pointer.len(), path.len());
        pointer.push('/');
        pointer.push_str(token);
        path.push_str(step);
        self.visit(value, pointer, path);
        pointer.truncate(before.0);
        path.truncate(before.1);
    }

    fn leaf(&mut self, text: &str, pointer: &str, path: &str) {
        match Template::parse(text) {
            Ok(None) => {}
            Ok(Some(template)) => {
                self.leaves.push(Leaf { pointer: pointer.to_owned(), path: path.to_owned(), template });
            }
            Err(error) => self.errors.push(LeafError { path: path.to_owned(), error }),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn string_leaves_are_expanded_and_keys_are_not() {
        let value = json!({"a/b~c": ["${1}", {"x": "n=${2}"}], "${k}": "plain", "n": 7});
        let rendered = Expansion::compile(value).unwrap().render(&Scope::empty()).unwrap();
        assert_eq!(rendered, json!({"a/b~c": [1, {"x": "n=2"}], "${k}": "plain", "n": 7}));
    }

    #[test]
    fn all_mistakes_are_told_with_their_paths() {
        let errors = Expansion::compile(json!({"a": "${", "b.c": ["ok", "${1 +}"]})).unwrap_err();
        let paths: Vec<_> = errors.iter().map(|error| error.path.as_str()).collect();
        assert_eq!(paths, ["$.a", "$[\"b.c\"][1]"]);
    }
}
