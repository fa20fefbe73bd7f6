//! By how much the number in flight grows.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::scalar;

/// A number with three decimals, kept in thousandths: the same on every machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Factor {
    pub thousandths: u32,
}

impl Factor {
    fn parse(text: &str) -> Option<Self> {
        let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
        if decimals.len() > 3 {
            return None;
        }
        let decimals: u32 = scalar::digits(&format!("{decimals:0<3}"))?;
        let whole: u32 = scalar::digits(whole)?;
        Some(Self { thousandths: whole.checked_mul(1000)?.checked_add(decimals)? })
    }

    /// So many times as much, a part of one rounded up.
    pub fn times(self, count: u64) -> u64 {
        count.saturating_mul(self.thousandths.into()).div_ceil(1000)
    }
}

impl Default for Factor {
    fn default() -> Self {
        Self { thousandths: 2000 }
    }
}

impl fmt::Display for Factor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let decimals = format!("{:03}", self.thousandths % 1000);
        match decimals.trim_end_matches('0') {
            "" => write!(f, "{}", self.thousandths / 1000),
            decimals => write!(f, "{}.{decimals}", self.thousandths / 1000),
        }
    }
}

impl Serialize for Factor {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.thousandths % 1000 {
            0 => serializer.serialize_u32(self.thousandths / 1000),
            _ => serializer.serialize_f64(f64::from(self.thousandths) / 1000.0),
        }
    }
}

impl<'de> Deserialize<'de> for Factor {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        scalar::read(deserializer, &scalar::FACTOR, Self::parse)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_factor_survives_and_multiplies_upwards() {
        for thousandths in [1000, 1500, 1005, 2000, 10_250, 999, u32::MAX] {
            let factor = Factor { thousandths };
            let json = serde_json::to_string(&factor).unwrap();
            assert_eq!(serde_json::from_str::<Factor>(&json).unwrap(), factor, "{json}");
            assert_eq!(Factor::parse(&factor.to_string()), Some(factor));
        }
        assert_eq!(Factor { thousandths: 1500 }.times(3), 5);
        assert_eq!(Factor::parse("1.2345").or(Factor::parse("-1")).or(Factor::parse("1e3")), None);
    }
}
