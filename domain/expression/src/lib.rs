//! CEL over a location: compiled once, evaluated for each location. Placement selects by it, translation renders with it.
//!
//! ```text
//!   text --guard--> parser --AST--> bound (refuse what could run away) --> order (fix the order of maps) --> evaluate
//! ```
//!
//! Expressions come from users and run for every location on a shared service, so each is bounded before it runs: in
//! length and nesting for the parser's stack, in work and memory by an estimate over its syntax. The crate knows
//! neither of its users, no clock and no I/O.

mod bound;
mod error;
mod failure;
mod gate;
mod guard;
mod json;
mod kind;
mod names;
mod order;
mod quantity;
mod reads;
mod scope;

use std::sync::Arc;

use cel::IdedExpr;
use serde_json::Value;

use kind::Kind;

pub use error::{Error, beginning};
pub use reads::Reads;
pub use scope::{Scope, is_too_large, too_large};

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
        Self::bounded(text, bound::MAX_STEPS)
    }

    /// A condition that is asked of every location before anything is decided: [`Expression::holds`] is how it is
    /// evaluated. What its syntax shows to be no condition is refused here, and its bound is a tenth of others'.
    ///
    /// # Errors
    /// As [`Expression::compile`], for a name or field that no location gives a value, and where it gives no bool.
    pub fn condition(text: &str) -> Result<Self, Error> {
        let expression = Self::bounded(text, bound::MAX_CONDITION_STEPS)?;
        expression.refuse_unknown(&["location"])?;
        if let Some(field) = kind::unknown_field(&expression.root, "location", &kind::FIELDS) {
            let fields = kind::FIELDS.join("`, `");
            let reason = format!("a location has no field `{field}`; it has `{fields}`");
            let position = names::position_of_field(text, "location", field);
            return Err(Error::Syntax { text: text.to_owned(), position, reason });
        }
        expression.refuse_others_than_conditions()?;
        Ok(expression)
    }

    /// Whether `text` is an expression over these variables. Where one that cannot be evaluated is no failure, this is the
    /// only time at which a slip is noticed.
    ///
    /// # Errors
    /// As [`Expression::compile`], and for a name that nobody gives a value.
    pub fn check(text: &str, variables: &[&str]) -> Result<(), Error> {
        Self::compile(text)?.refuse_unknown(variables)
    }

    fn bounded(text: &str, max_steps: u64) -> Result<Self, Error> {
        let syntax = |(position, reason)| Error::Syntax { text: text.to_owned(), position, reason };
        guard::check(text).map_err(syntax)?;
        let mut root = guard::parse(text).map_err(syntax)?;
        bound::check(&root, max_steps).map_err(|reason| syntax((1, reason)))?;
        let reads = Reads::of(&root);
        order::fix(&mut root);
        Ok(Self { text: text.into(), root: Arc::new(root), reads })
    }

    fn refuse_others_than_conditions(&self) -> Result<(), Error> {
        let Kind::Other(kind) = kind::of(&self.root) else { return Ok(()) };
        let reason = format!("it gives {kind}; a condition must be true or false");
        Err(Error::Syntax { text: self.text.to_string(), position: 1, reason })
    }

    fn refuse_unknown(&self, variables: &[&str]) -> Result<(), Error> {
        let Some(name) = names::unknown(&self.root, variables) else { return Ok(()) };
        let is_or_are = if variables.len() == 1 { "is" } else { "are" };
        let reason = format!("`{name}` is not known; there {is_or_are} `{}`", variables.join("` and `"));
        let position = names::position(&self.text, name);
        Err(Error::Syntax { text: self.text.to_string(), position, reason })
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
