//! Keeps the parser within its means: it recurses with nesting and with the length of chains, and its stack is the
//! service's.

use std::sync::LazyLock;

use cel::{IdedExpr, ParseErrors};

use crate::scope::ENV;

/// Bytes of one expression. Longer ones belong into a property or a value.
const MAX_LENGTH: usize = 4096;
/// Brackets in brackets.
const MAX_NESTING: usize = 24;
/// Operators, selections and calls: chains of them nest in the syntax tree.
const MAX_TOKENS: usize = 400;

/// A position in characters from 1, and what is wrong there.
pub type Fault = (usize, String);

/// Refuses what could exhaust the parser.
pub fn check(text: &str) -> Result<(), Fault> {
    if text.len() > MAX_LENGTH {
        return Err((MAX_LENGTH, format!("longer than {MAX_LENGTH} bytes")));
    }
    if text.trim().is_empty() {
        return Err((1, "an expression is missing".to_owned()));
    }
    let mut nesting = 0_usize;
    let mut tokens = 0_usize;
    for (index, char) in text.chars().enumerate() {
        match char {
            '(' | '[' | '{' => nesting += 1,
            ')' | ']' | '}' => nesting = nesting.saturating_sub(1),
            _ => {}
        }
        tokens += usize::from(char.is_ascii_punctuation() && char != '_');
        if nesting > MAX_NESTING {
            return Err((index + 1, format!("nested deeper than {MAX_NESTING} brackets")));
        }
        if tokens > MAX_TOKENS {
            return Err((index + 1, format!("more than {MAX_TOKENS} operators")));
        }
    }
    Ok(())
}

/// Parses what [`check`] let through.
pub fn parse(text: &str) -> Result<IdedExpr, Fault> {
    LazyLock::force(&ENV).parser().parse(text).map_err(|errors| first(text, &errors))
}

/// The first mistake, with its line and column as one position.
fn first(text: &str, errors: &ParseErrors) -> Fault {
    let Some(error) = errors.errors.first() else { return (1, "not an expression".to_owned()) };
    let line = usize::try_from(error.pos.0).unwrap_or(1).max(1);
    let column = usize::try_from(error.pos.1).unwrap_or(1).max(1);
    let before: usize = text.split('\n').take(line - 1).map(|line| line.chars().count() + 1).sum();
    (before + column, error.msg.lines().next().unwrap_or_default().to_owned())
}
