//! Conditions over the summary of a wave. A slip in one would be noticed only when a rollout has come to it, so all that
//! can be known to be wrong is refused before.

use model::WaveCounts;

use crate::{Error, Expression, Scope, bound, kind, names};

/// The fields of `wave`.
const FIELDS: [&str; 7] = ["expected", "moved", "updated", "healthy", "degraded", "failed", "offline"];

/// A wave that a gate is tried on before it is accepted.
const SOME: WaveCounts = WaveCounts {
    expected: 7,
    moved: 7,
    updated: 7,
    healthy: 7,
    degraded: 7,
    failed: 7,
    offline: 7,
    outside: 7,
};

impl Expression {
    /// A condition over the summary of a wave, the variable `wave`.
    ///
    /// # Errors
    /// As [`Expression::compile`], for another name, for a field that the summary does not have, and where it plainly
    /// gives no bool.
    pub fn gate(text: &str) -> Result<Self, Error> {
        let expression = Self::bounded(text, bound::MAX_CONDITION_STEPS)?;
        if let Some((position, reason)) = unknown(&expression) {
            return Err(Error::Syntax { text: text.to_owned(), position, reason });
        }
        expression.refuse_others_than_conditions()?;
        expression.holds(&Scope::of_wave(&SOME)).map(|_| expression)
    }
}

/// What it asks for and no wave tells, and where.
fn unknown(expression: &Expression) -> Option<(usize, String)> {
    let (root, text) = (&expression.root, expression.text());
    if let Some(name) = names::unknown(root, &["wave"]) {
        let reason = format!("`{name}` is not known; a gate sees `wave`, with {}", known());
        return Some((names::position(text, name), reason));
    }
    let field = kind::unknown_field(root, "wave", &FIELDS)?;
    let reason = format!("a wave has no field `{field}`; it has {}", known());
    Some((names::position_of_field(text, "wave", field), reason))
}

/// What there is, and what to do with it.
fn known() -> String {
    let [first @ .., last] = FIELDS;
    format!(
        "`{}` and `{last}`: write a condition over them, as `wave.failed == 0`, or let a program decide by `request` or `webhook`",
        first.join("`, `")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> (usize, String) {
        match Expression::gate(text) {
            Err(Error::Syntax { position, reason, .. }) => (position, reason),
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn a_gate_reads_every_field_that_it_is_told_of() {
        for field in FIELDS {
            let gate = Expression::gate(&format!("wave.{field} == 7")).unwrap();
            assert!(gate.holds(&Scope::of_wave(&SOME)).unwrap(), "{field}");
        }
    }

    #[test]
    fn what_no_wave_tells_is_named_with_what_there_is() {
        let (position, reason) = refused("wave.failed == 0 && collectors.sales.count > 10");
        assert_eq!(position, 21);
        assert!(
            reason.starts_with("`collectors` is not known; a gate sees `wave`, with `expected`, `moved`,"),
            "{reason}"
        );
        let (position, reason) = refused("wave.healthy > 1 && wave['faild'] == 0");
        assert_eq!(position, 27);
        assert!(reason.starts_with("a wave has no field `faild`; it has `expected`, `moved`,"), "{reason}");
        assert!(reason.ends_with("`failed` and `offline`: write a condition over them, as `wave.failed == 0`, or let a program decide by `request` or `webhook`"), "{reason}");
    }

    #[test]
    fn what_is_no_condition_is_refused() {
        assert!(refused("wave.failed - 1").1.contains("it gives a number"));
        assert!(Expression::gate("wave.failed").is_err());
    }
}
