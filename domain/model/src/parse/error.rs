//! One thing that is wrong with a text.

use std::fmt;

use crate::FieldPath;

/// Displayed as `FILE:LINE: PATH: message; help`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    pub file: String,
    /// Counted from 1.
    pub line: usize,
    /// Empty: the document as a whole.
    pub path: FieldPath,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub help: String,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: ", self.file, self.line)?;
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

impl std::error::Error for Error {}

/// The same before the file is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) line: usize,
    pub(super) path: FieldPath,
    pub(super) message: String,
    pub(super) help: String,
}

impl Fault {
    pub(super) fn new(
        line: usize,
        path: FieldPath,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        Self { line, path, message: message.into(), help: help.into() }
    }

    pub(super) fn in_file(self, file: &str) -> Error {
        Error {
            file: file.to_owned(),
            line: self.line,
            path: self.path,
            message: self.message,
            help: self.help,
        }
    }
}
