//! Says why an evaluation failed, in words that are the same on every replica.
//!
//! The interpreter's own messages print whole values, maps in a random order among them.

use cel::{ExecutionError, Value};

/// The reason, without values of maps and lists.
pub fn describe(error: &ExecutionError) -> String {
    match error {
        ExecutionError::NoSuchKey(key) => format!("there is no `{key}`"),
        ExecutionError::UndeclaredReference(name) => format!("`{name}` is not known"),
        ExecutionError::IndexOutOfBounds(index) => format!("there is no element {}", scalar(index)),
        ExecutionError::DivisionByZero(_) | ExecutionError::RemainderByZero(_) => {
            "division by zero".to_owned()
        }
        ExecutionError::Overflow(operator, ..) => format!("`{operator}` overflows"),
        ExecutionError::DuplicateKey(key) => format!("the key {} occurs twice", scalar(key)),
        ExecutionError::UnsupportedKeyType(value) => format!("a {} cannot be a key", value.type_of()),
        ExecutionError::ValuesNotComparable(left, right) => {
            format!("a {} cannot be compared with a {}", left.type_of(), right.type_of())
        }
        ExecutionError::UnsupportedBinaryOperator(operator, left, right) => {
            format!("`{operator}` does not take a {} and a {}", left.type_of(), right.type_of())
        }
        ExecutionError::UnsupportedIndex(index, value) => {
            format!("a {} has no index of type {}", value.type_of(), index.type_of())
        }
        ExecutionError::UnsupportedTargetType { target } => {
            format!("it does not work on a {}", target.type_of())
        }
        ExecutionError::NotSupportedAsMethod { method, target } => {
            format!("a {} has no method `{method}`", target.type_of())
        }
        ExecutionError::NoSuchOverload(_)
        | ExecutionError::InvalidArgumentCount { .. }
        | ExecutionError::UnexpectedType { .. }
        | ExecutionError::MissingArgumentOrTarget => error.to_string(),
        ExecutionError::FunctionError { function, message } => format!("`{function}`: {message}"),
        _ => "it cannot be evaluated".to_owned(),
    }
}

fn scalar(value: &Value) -> String {
    match value {
        Value::Int(number) => number.to_string(),
        Value::UInt(number) => number.to_string(),
        Value::String(text) => format!("`{text}`"),
        Value::Bool(bool) => bool.to_string(),
        other => format!("of type {}", other.type_of()),
    }
}
