//! The function `quantity`: a Kubernetes quantity, such as `16Gi` or `500m`, as a number that can be compared and
//! calculated with.

use cel::common::types::{CelDouble, CelString, STRING_TYPE};
use cel::common::value::CowVal;
use cel::{Env, ExecutionError};
use model::Quantity;

const NAME: &str = "quantity";
/// Of a text that is none; more would not help.
const SHOWN: usize = 40;

/// Adds the function to `env`.
pub fn declare(env: &mut Env) {
    env.add_overload(NAME, "quantity_string", vec![STRING_TYPE], quantity)
        .expect("nobody else declares that name");
}

fn quantity<'b, 'v>(mut args: Vec<CowVal<'b, 'v>>) -> Result<CowVal<'b, 'v>, ExecutionError> {
    let value = args.pop().ok_or(ExecutionError::MissingArgumentOrTarget)?;
    let text = value.downcast_ref::<CelString<'_>>().ok_or(ExecutionError::MissingArgumentOrTarget)?;
    let found = Quantity::parse(text.inner()).ok_or_else(|| {
        let shown: String = text.inner().chars().take(SHOWN).collect();
        let message = format!("`{shown}` is no quantity; write it as 500m, 4 or 16Gi");
        ExecutionError::FunctionError { function: NAME.to_owned(), message }
    })?;
    Ok(CowVal::owned(CelDouble::from(found.number())))
}
