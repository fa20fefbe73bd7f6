//! The subset of JSONPath that transforms use: `$`, `.name`, `["any string"]`, `[n]`, `[*]`, `[?(@.name=="x")]`.

mod edit;
mod parse;

use std::fmt;

use serde_json::Value;

use crate::Error;

/// A parsed path; it names at least one step below `$`.
#[derive(Clone, Debug, PartialEq)]
pub struct Path {
    text: String,
    steps: Vec<Step>,
}

#[derive(Clone, Debug, PartialEq)]
enum Step {
    /// An entry of a map.
    Key(String),
    /// An element of a list.
    Index(usize),
    /// All elements, or all entries' values.
    Each,
    /// The elements that are maps in which `key` has this value.
    Where { key: String, value: Value },
}

impl Path {
    /// # Errors
    /// [`Error::Syntax`], also for `$` alone: a transform must not replace or remove a whole object.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let syntax = |(position, reason)| Error::Syntax { text: text.to_owned(), position, reason };
        let steps = parse::steps(text).map_err(syntax)?;
        if steps.is_empty() {
            return Err(syntax((1, "`$` alone is the whole object: name what is in it".to_owned())));
        }
        Ok(Self { text: text.to_owned(), steps })
    }

    /// As it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// All values it leads to; none where it leads nowhere.
    pub fn get<'v>(&self, value: &'v Value) -> Vec<&'v Value> {
        edit::get(value, &self.steps)
    }

    /// Removes all it leads to. What is not there needs no removal.
    pub fn remove(&self, value: &mut Value) {
        edit::remove(value, &self.steps);
    }

    /// Sets all it leads to. Missing maps are created, elements of lists never.
    ///
    /// # Errors
    /// [`Error::Path`] where it meets something that is neither there nor to be created.
    pub fn set(&self, value: &mut Value, new: &Value) -> Result<(), Error> {
        edit::set(value, &self.steps, new).map_err(|(remaining, reason)| Error::Path {
            path: self.text.clone(),
            at: self.prefix(self.steps.len() - remaining),
            reason,
        })
    }

    fn prefix(&self, len: usize) -> String {
        self.steps[..len].iter().fold("$".to_owned(), |path, step| format!("{path}{step}"))
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(key) => f.write_str(&step_text(key)),
            Self::Index(index) => write!(f, "[{index}]"),
            Self::Each => f.write_str("[*]"),
            Self::Where { key, value } => write!(f, "[?(@{}=={value})]", step_text(key)),
        }
    }
}

/// How a path names an entry of a map: `.name` where that can be read back, else `["any string"]`.
pub fn step_text(key: &str) -> String {
    if !key.is_empty() && key.chars().all(parse::is_plain) {
        format!(".{key}")
    } else {
        format!("[{}]", Value::from(key))
    }
}

#[cfg(test)]
mod tests;
