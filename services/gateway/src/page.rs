//! Pages of long answers.

use wire::Key;

use crate::error::Error;

const DEFAULT_SIZE: u32 = 500;
const MAX_SIZE: u32 = 5000;
/// Bytes on a page, but for one that a single resource takes alone: clients take 4 MiB unless told otherwise.
pub(crate) const MAX_BYTES: usize = 3 << 20;

/// How many to answer with.
pub(crate) fn size(asked: u32) -> Result<usize, Error> {
    match asked {
        0 => Ok(DEFAULT_SIZE as usize),
        1..=MAX_SIZE => Ok(asked as usize),
        _ => Err(Error::Invalid(format!("page_size: {asked} is too many; ask for at most {MAX_SIZE}"))),
    }
}

/// The key that a page ended with, for the next one. Opaque to callers.
pub(crate) fn token(last: &Key) -> String {
    last.subject()
}

/// See [`token`]; `None`: the first page.
pub(crate) fn after(token: &str) -> Result<Option<Key>, Error> {
    if token.is_empty() {
        return Ok(None);
    }
    let key = Key::parse(token)
        .ok()
        .filter(|key| matches!(key, Key::Intent(_) | Key::Location(_) | Key::Region(_)));
    key.map(Some).ok_or_else(|| Error::Invalid("page_token: not one that was given out".to_owned()))
}
