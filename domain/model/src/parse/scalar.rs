//! What a YAML scalar means: the core schema of YAML 1.2, as far as JSON can hold it.
//!
//! Two deviations, both refusals rather than surprises: a number too large to keep exactly, and `0644`, which is
//! octal to the YAML 1.1 that Kubernetes users know and decimal to 1.2.

use serde_json::{Number, Value};

/// What is wrong, and what to do.
pub(super) type Refusal = (String, &'static str);

/// The value of an unquoted scalar.
pub(super) fn plain(text: &str) -> Result<Value, Refusal> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Ok(Value::Null),
        "true" | "True" | "TRUE" => Ok(Value::Bool(true)),
        "false" | "False" | "FALSE" => Ok(Value::Bool(false)),
        _ if is_special_float(text) => {
            Err((format!("`{text}` is not a number that JSON can hold"), "quote it if it is a string"))
        }
        _ => number(text).unwrap_or_else(|| Ok(Value::String(text.to_owned()))),
    }
}

/// `None`: it does not look like a number.
pub(super) fn number(text: &str) -> Option<Result<Value, Refusal>> {
    if let Some(digits) = text.strip_prefix("0x") {
        return radix(text, digits, 16);
    }
    if let Some(digits) = text.strip_prefix("0o") {
        return radix(text, digits, 8);
    }
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if !unsigned.is_empty() && unsigned.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(integer(text, unsigned));
    }
    is_float(unsigned).then(|| float(text))
}

fn integer(text: &str, unsigned: &str) -> Result<Value, Refusal> {
    if unsigned.len() > 1 && unsigned.starts_with('0') {
        return Err((
            format!("`{text}` is ambiguous: octal in YAML 1.1, decimal in YAML 1.2"),
            "write 0o… for octal, drop the leading zero for decimal, or quote it if it is a string",
        ));
    }
    let positive = text.strip_prefix('+').unwrap_or(text);
    let signed = positive.parse::<i64>().map(Number::from);
    signed
        .or_else(|_| positive.parse::<u64>().map(Number::from))
        .map(Value::Number)
        .map_err(|_| too_large(text))
}

fn radix(text: &str, digits: &str, radix: u32) -> Option<Result<Value, Refusal>> {
    if digits.is_empty() || !digits.chars().all(|c| c.is_digit(radix)) {
        return None;
    }
    let value = u64::from_str_radix(digits, radix);
    Some(value.map(|n| Value::Number(n.into())).map_err(|_| too_large(text)))
}

fn float(text: &str) -> Result<Value, Refusal> {
    let value = text.parse().ok().and_then(Number::from_f64);
    value.map(Value::Number).ok_or_else(|| too_large(text))
}

fn too_large(text: &str) -> Refusal {
    (format!("the number `{text}` is too large to keep exactly"), "quote it if it is a string")
}

/// `(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`
fn is_float(unsigned: &str) -> bool {
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let exponent = exponent.map(|text| text.strip_prefix(['+', '-']).unwrap_or(text));
    let (whole, part) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    digits(whole)
        && digits(part)
        && !(whole.is_empty() && part.is_empty())
        && exponent.is_none_or(|text| !text.is_empty() && digits(text))
}

fn is_special_float(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn scalars_have_the_types_of_the_core_schema() {
        let cases = [
            ("yes", json!("yes")),
            ("on", json!("on")),
            ("~", json!(null)),
            ("True", json!(true)),
            ("12", json!(12)),
            ("+12", json!(12)),
            ("-9223372036854775808", json!(i64::MIN)),
            ("18446744073709551615", json!(u64::MAX)),
            ("0x1F", json!(31)),
            ("0o644", json!(420)),
            ("1.5", json!(1.5)),
            ("1e3", json!(1000.0)),
            (".5", json!(0.5)),
            ("1.2.3", json!("1.2.3")),
            ("100m", json!("100m")),
            ("1e", json!("1e")),
            (".", json!(".")),
            ("0x", json!("0x")),
        ];
        for (text, value) in cases {
            assert_eq!(plain(text), Ok(value), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_kept_exactly_is_refused() {
        for text in ["0644", "18446744073709551616", "-9223372036854775809", ".inf", "-.INF", ".nan", "1e999"]
        {
            assert!(plain(text).is_err(), "{text}");
        }
    }
}
