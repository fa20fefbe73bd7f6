//! Counts and percentages of locations.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::scalar;

/// So many locations, or so many in a hundred: `5` or `"10%"` in documents, as in Kubernetes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Share {
    Count(u32),
    Percent(Percent),
}

/// A hundredth part; `10` or `"10%"` in documents.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Percent(pub u32);

impl Share {
    fn parse(text: &str) -> Option<Self> {
        match text.strip_suffix('%') {
            Some(percent) => scalar::digits(percent).map(|percent| Self::Percent(Percent(percent))),
            None => scalar::digits(text).map(Self::Count),
        }
    }

    /// Of `total` locations, a part of one rounded down.
    pub fn floor(self, total: u64) -> u64 {
        match self {
            Self::Count(count) => count.into(),
            Self::Percent(percent) => percent.times(total) / 100,
        }
    }

    /// Of `total` locations, a part of one rounded up.
    pub fn ceil(self, total: u64) -> u64 {
        match self {
            Self::Count(count) => count.into(),
            Self::Percent(percent) => percent.ceil(total),
        }
    }
}

impl Percent {
    fn parse(text: &str) -> Option<Self> {
        scalar::digits(text.strip_suffix('%').unwrap_or(text)).map(Self)
    }

    /// Of `total` locations, a part of one rounded up: one percent of ten is one.
    pub fn ceil(self, total: u64) -> u64 {
        self.times(total).div_ceil(100)
    }

    fn times(self, total: u64) -> u64 {
        u64::from(self.0).saturating_mul(total)
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(count) => write!(f, "{count}"),
            Self::Percent(percent) => write!(f, "{percent}"),
        }
    }
}

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}%", self.0)
    }
}

impl Serialize for Share {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Count(count) => serializer.serialize_u32(*count),
            Self::Percent(percent) => serializer.collect_str(percent),
        }
    }
}

impl<'de> Deserialize<'de> for Share {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        scalar::read(deserializer, &scalar::SHARE, Self::parse)
    }
}

impl Serialize for Percent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Percent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        scalar::read(deserializer, &scalar::PERCENT, Self::parse)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_location_is_rounded_as_asked() {
        let tenth = Share::Percent(Percent(10));
        assert_eq!((tenth.floor(25), tenth.ceil(25)), (2, 3));
        assert_eq!((tenth.floor(9), tenth.ceil(9)), (0, 1));
        assert_eq!((Share::Count(7).floor(3), Share::Count(7).ceil(3)), (7, 7));
    }
}
