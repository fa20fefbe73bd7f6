//! CEL over a location: compiled once, evaluated for each location.
//!
//! ```text
//!   text --guard--> parser --AST--> bound (refuse what could run away) --> order (fix the order of maps) --> evaluate
//! ```
//!
//! Expressions come from users and run for every location on a shared service, so each is bounded before it runs: in
//! length and nesting for the parser's stack, in work and memory by an estimate over its syntax.

mod bound;
mod failure;
mod guard;
mod json;
mod names;
mod order;
mod reads;
mod scope;

use std::sync::Arc;

use cel::IdedExpr;
use serde_json::Value;

use crate::Error;

pub use reads::Reads;
pub use scope::Scope;

/// One CEL expression over `location`.
#[derive(Clone, Debug)]
pub struct Expression {
    text: Arc<str>,
    root: Arc<IdedExpr>,
    reads: Reads,
}

impl Expression {
    /// Parses and bounds `text`.
    ///
    /// # Errors
    /// [`Error::Syntax`] with the position of the first mistake, or of the limit that it breaks.
    pub fn compile(text: &str) -> Result<Self, Error> {
        let syntax = |(position, reason)| Error::Syntax { text: text.to_owned(), position, reason };
        guard::check(text).map_err(syntax)?;
        let mut root = guard::parse(text).map_err(syntax)?;
        bound::check(&root).map_err(|reason| syntax((1, reason)))?;
        let reads = Reads::of(&root);
        order::fix(&mut root);
        Ok(Self { text: text.into(), root: Arc::new(root), reads })
    }

    /// Whether `text` is an expression over these variables. Where one that cannot be evaluated is no failure, this is the
    /// only time at which a slip is noticed.
    ///
    /// # Errors
    /// As [`Expression::compile`], and for a name that nobody gives a value.
    pub fn check(text: &str, variables: &[&str]) -> Result<(), Error> {
        let expression = Self::compile(text)?;
        let Some(name) = names::unknown(&expression.root, variables) else { return Ok(()) };
        let reason = format!("`{name}` is not known; there are `{}`", variables.join("` and `"));
        Err(Error::Syntax { text: text.to_owned(), position: names::position(text, name), reason })
    }

    /// As it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Which values of the location it can depend on.
    pub fn reads(&self) -> &Reads {
        &self.reads
    }

    /// Its value at a location.
    ///
    /// # Errors
    /// [`Error::Evaluate`]: it asks for what the location does not have, or mixes types.
    pub fn evaluate(&self, scope: &Scope) -> Result<Value, Error> {
        let fail = |reason| Error::Evaluate { expression: self.text.to_string(), reason };
        let value = scope.resolve(&self.root).map_err(fail)?;
        json::from_cel(&value).map_err(fail)
    }

    /// Its value as a condition.
    ///
    /// # Errors
    /// As [`Expression::evaluate`], and when it is not a bool.
    pub fn holds(&self, scope: &Scope) -> Result<bool, Error> {
        let not_bool = || Error::Evaluate {
            expression: self.text.to_string(),
            reason: "a condition must be true or false".to_owned(),
        };
        self.evaluate(scope)?.as_bool().ok_or_else(not_bool)
    }
}

#[cfg(test)]
mod tests;
