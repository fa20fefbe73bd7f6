//! Wrong usage, told apart from requests that failed: the exit code differs, and asking again changes nothing.

use thiserror::Error;

/// What was typed cannot be meant; the text says what could.
#[derive(Debug, Error)]
#[error("{0}")]
pub struct Usage(String);

/// An error that ends with exit code 2.
pub fn usage(text: impl Into<String>) -> anyhow::Error {
    Usage(text.into()).into()
}

/// Whether an error is about usage, whatever context was added to it.
pub fn is_usage(error: &anyhow::Error) -> bool {
    error.is::<Usage>()
}
