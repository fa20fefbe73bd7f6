//! The subset of JSONPath that transforms use: `$`, `.name`, `["any string"]`, `[n]`, `[*]`, `[?(@.name=="x")]`.

mod edit;
mod parse;

use std::fmt;

use serde_json::Value;

/// A parsed path; it names at least one step below `$`.
#[derive(Clone, Debug, PartialEq)]
pub struct JsonPath {
    text: String,
    steps: Vec<Step>,
}

/// What can be wrong with a path. The texts are the same wherever they are made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// It is not well formed; `position` counts characters from 1.
    #[error("`{text}`, character {position}: {reason}")]
    Syntax { text: String, position: usize, reason: String },
    /// It leads nowhere in this value; `at` is how far it came.
    #[error("path `{path}`, at `{at}`: {reason}")]
    Lost { path: String, at: String, reason: String },
}

/// One step of a path.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// An entry of a map.
    Key(String),
    /// An element of a list.
    Index(usize),
    /// All elements, or all entries' values.
    Each,
    /// The elements that are maps in which `key` has this value.
    Where { key: String, value: Value },
}

impl JsonPath {
    /// # Errors
    /// [`PathError::Syntax`], also for `$` alone: a transform must not replace or remove a whole object.
    pub fn parse(text: &str) -> Result<Self, PathError> {
        let syntax = |(position, reason)| PathError::Syntax { text: text.to_owned(), position, reason };
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

    /// Its steps below `$`.
    pub fn steps(&self) -> &[Step] {
        &self.steps
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
    /// [`PathError::Lost`] where it meets something that is neither there nor to be created.
    pub fn set(&self, value: &mut Value, new: &Value) -> Result<(), PathError> {
        edit::set(value, &self.steps, new).map_err(|(remaining, reason)| PathError::Lost {
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
