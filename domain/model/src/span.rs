//! Lengths of time as users write them.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::scalar;

/// A length of time in milliseconds; `90s`, `5m` or `1h30m` in documents.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span(pub u64);

/// Longest first, as they are written.
const UNITS: [(&str, u64); 4] = [("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)];

impl Span {
    /// Numbers with the units h, m, s and ms, each at most once, in any order; `0` alone is none. `None`: it is anything else.
    pub fn parse(text: &str) -> Option<Self> {
        if text == "0" {
            return Some(Self(0));
        }
        let (mut rest, mut total, mut seen) = (text, 0_u64, Vec::new());
        while !rest.is_empty() {
            let unit_at = rest.find(|c: char| !c.is_ascii_digit())?;
            let (number, after) = rest.split_at(unit_at);
            let end = after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len());
            let (unit, after) = after.split_at(end);
            let (_, length) = UNITS.iter().find(|(name, _)| *name == unit)?;
            let part = scalar::digits::<u64>(number)?.checked_mul(*length)?;
            total = total.checked_add(part)?;
            if seen.contains(&unit) {
                return None;
            }
            seen.push(unit);
            rest = after;
        }
        (!text.is_empty()).then_some(Self(total))
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0;
        if rest == 0 {
            return f.write_str("0s");
        }
        for (name, length) in UNITS {
            if rest >= length {
                write!(f, "{}{name}", rest / length)?;
                rest %= length;
            }
        }
        Ok(())
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        scalar::read(deserializer, &scalar::SPAN, Self::parse)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_of_time_is_read_in_units_and_printed_as_short_as_it_gets() {
        let cases = [
            ("90s", "1m30s"),
            ("5m", "5m"),
            ("1h30m", "1h30m"),
            ("0", "0s"),
            ("0s", "0s"),
            ("1500ms", "1s500ms"),
            ("30m1h", "1h30m"),
        ];
        for (text, printed) in cases {
            let span = Span::parse(text).expect(text);
            assert_eq!(span.to_string(), printed);
            assert_eq!(Span::parse(printed), Some(span));
        }
    }

    #[test]
    fn what_is_no_length_of_time_is_refused() {
        for text in [
            "",
            "5",
            "m",
            "-5m",
            "5 m",
            "1d",
            "1.5h",
            "5m5m",
            "99999999999999999999h",
            "18446744073709551615h",
            "5mm",
        ] {
            assert_eq!(Span::parse(text), None, "{text}");
        }
    }
}
