//! Kubernetes quantities: how much of something there is.

use std::fmt;

/// A quantity in thousand-millionths, rounded up as Kubernetes does: exact, so that comparing never depends on floating
/// point.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Quantity(pub i128);

const NANO: i128 = 1_000_000_000;
/// More digits than any quantity has, and few enough that nothing overflows.
const MAX_DIGITS: usize = 18;

impl Quantity {
    /// Reads `500m`, `4`, `1.5`, `2e3`, `16Gi`; `None`: it is none.
    pub fn parse(text: &str) -> Option<Self> {
        let number = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let (multiple, divisor) = factor(&text[number.len()..])?;
        let (mantissa, exponent) = match number.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
            None => (number, 0),
        };
        let (negative, mantissa) = match mantissa.strip_prefix(['-', '+']) {
            Some(rest) => (mantissa.starts_with('-'), rest),
            None => (false, mantissa),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = format!("{whole}{fraction}");
        let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        if !is_number || digits.trim_start_matches('0').len() > MAX_DIGITS {
            return None;
        }
        let places = exponent.checked_sub(i32::try_from(fraction.len()).ok()?)?;
        let nanos = scaled(digits.parse().ok()?, multiple, divisor, places, negative)?;
        Some(Self(if negative { -nanos } else { nanos }))
    }
}

impl Quantity {
    /// The nearest floating point number; exact for whole numbers below 2^53.
    #[expect(clippy::cast_precision_loss, reason = "the nearest number is what is wanted")]
    pub fn number(self) -> f64 {
        (self.0 / NANO) as f64 + (self.0 % NANO) as f64 / NANO as f64
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let (whole, rest) = (self.0.abs() / NANO, self.0.abs() % NANO);
        match rest {
            0 => write!(f, "{sign}{whole}"),
            _ => write!(f, "{sign}{whole}.{}", format!("{rest:09}").trim_end_matches('0')),
        }
    }
}

/// `digits` times ten to the `places`, in thousand-millionths; away from zero unless negative.
fn scaled(digits: i128, multiple: i128, divisor: i128, places: i32, negative: bool) -> Option<i128> {
    let ten = |places: u32| 10_i128.checked_pow(places);
    let mut up = digits.checked_mul(multiple)?;
    let mut down = divisor;
    match u32::try_from(places) {
        Ok(places) => up = up.checked_mul(ten(places)?)?,
        Err(_) => down = down.checked_mul(ten(places.unsigned_abs())?)?,
    }
    let up = up.checked_mul(NANO)?;
    Some(if negative { up / down } else { up.checked_add(down - 1)? / down })
}

/// By what a suffix multiplies and divides.
fn factor(suffix: &str) -> Option<(i128, i128)> {
    Some(match suffix {
        "" => (1, 1),
        "n" => (1, NANO),
        "u" => (1, 1_000_000),
        "m" => (1, 1_000),
        "k" => (1_000, 1),
        "M" => (1_000_000, 1),
        "G" => (NANO, 1),
        "T" => (1_000 * NANO, 1),
        "P" => (1_000_000 * NANO, 1),
        "E" => (NANO * NANO, 1),
        "Ki" => (1 << 10, 1),
        "Mi" => (1 << 20, 1),
        "Gi" => (1 << 30, 1),
        "Ti" => (1 << 40, 1),
        "Pi" => (1 << 50, 1),
        "Ei" => (1 << 60, 1),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> String {
        Quantity::parse(text).map_or_else(|| "none".to_owned(), |quantity| quantity.to_string())
    }

    #[test]
    fn quantities_are_read_as_kubernetes_reads_them() {
        for (given, expected) in [
            ("4", "4"),
            ("500m", "0.5"),
            ("1.5", "1.5"),
            (".5", "0.5"),
            ("1.5Gi", "1610612736"),
            ("2e3", "2000"),
            ("12E-1", "1.2"),
            ("1E", "1000000000000000000"),
            ("-3", "-3"),
            ("1n", "0.000000001"),
            ("0.0000000001", "0.000000001"),
            ("999999Ei", "1152920351685342369153024"),
        ] {
            assert_eq!(text(given), expected, "{given}");
        }
    }

    #[test]
    fn what_is_no_quantity_is_none() {
        for given in ["", "Gi", "4 Gi", "4gi", "four", "1.2.3", "--1", "1e", "e3", "1e99", "nan", "inf", "é"]
        {
            assert_eq!(text(given), "none", "{given}");
        }
        assert_eq!(text(&"9".repeat(40)), "none");
    }

    #[test]
    fn they_compare_by_what_they_mean() {
        let read = |text| Quantity::parse(text).expect(text);
        assert!(read("1Ki") > read("1k") && read("999m") < read("1") && read("1000m") == read("1"));
    }
}
