//! What can be wrong with an expression.

/// Why there is no value. The same inputs fail again: nothing here is worth a retry until one of them changes. Every
/// text is the same on every replica: no address and no map in its own order gets into it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// It is not well formed, or breaks a limit; `position` counts characters from 1.
    #[error("`{}`, character {position}: {reason}", beginning(text))]
    Syntax { text: String, position: usize, reason: String },
    /// It is well formed, but not with this location.
    #[error("`{expression}`: {reason}")]
    Evaluate { expression: String, reason: String },
}

/// Of a text that nobody would read: enough to find it by.
pub fn beginning(text: &str) -> String {
    const SHOWN: usize = 120;
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
