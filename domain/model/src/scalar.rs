//! Values that are one word or number in a document: how they are read, and what is said of others.

use serde::{Deserialize, Deserializer, de::Error};
use serde_json::Value;

/// A kind of scalar.
pub(crate) struct Scalar {
    /// What to write, for the message about anything else.
    pub expected: &'static str,
    /// Stands in for what could not be read, so that all else that is wrong can be told, too.
    pub stand_in: &'static str,
}

pub(crate) const SHARE: Scalar =
    Scalar { expected: "a count such as 5, or a percentage such as \"10%\"", stand_in: "1" };
pub(crate) const PERCENT: Scalar = Scalar { expected: "a percentage such as 10 or \"10%\"", stand_in: "1%" };
pub(crate) const SPAN: Scalar = Scalar { expected: "a duration such as 90s, 5m or 1h30m", stand_in: "1s" };
pub(crate) const FACTOR: Scalar =
    Scalar { expected: "a number such as 2 or 1.5, with at most three decimals", stand_in: "2" };
pub(crate) const TIME_OF_DAY: Scalar =
    Scalar { expected: "a time of day such as 08:30, quoted", stand_in: "00:00" };
pub(crate) const DIGEST: Scalar = Scalar {
    expected: "a digest of 64 hexadecimal digits",
    stand_in: "0000000000000000000000000000000000000000000000000000000000000000",
};

pub(crate) const ALL: [Scalar; 6] = [SHARE, PERCENT, SPAN, FACTOR, TIME_OF_DAY, DIGEST];

/// Reads one, from a string or from a number as it would be written.
pub(crate) fn read<'de, D: Deserializer<'de>, T>(
    deserializer: D,
    scalar: &Scalar,
    parse: fn(&str) -> Option<T>,
) -> Result<T, D::Error> {
    let value = Value::deserialize(deserializer)?;
    let parsed = match &value {
        Value::String(text) => parse(text),
        Value::Number(number) => parse(&number.to_string()),
        _ => None,
    };
    parsed.ok_or_else(|| D::Error::custom(format!("`{}`, expected {}", shown(&value), scalar.expected)))
}

/// As it was written, and no more of it than helps.
fn shown(value: &Value) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    text.chars().take(40).collect()
}

/// Digits alone: `parse` would also take a sign.
pub(crate) fn digits<T: std::str::FromStr>(text: &str) -> Option<T> {
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}
