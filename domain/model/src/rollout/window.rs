//! Times of the week at which locations may be changed.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::scalar;

/// From a time of some days until another one, by the clock of the location: its property `timezone` (an IANA name), or UTC.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Window {
    /// The days on which it opens. None: every day.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub days: Vec<Day>,
    pub from: TimeOfDay,
    /// At or before `from`: on the next day.
    pub to: TimeOfDay,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Day {
    Mon,
    Tue,
    Wed,
    Thu,
    Fri,
    Sat,
    Sun,
}

/// Minutes since midnight; `08:30` in documents. `24:00` is the end of the day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct TimeOfDay {
    pub minutes: u32,
}

impl TimeOfDay {
    /// The end of the day.
    pub const MIDNIGHT: Self = Self { minutes: 24 * 60 };

    fn parse(text: &str) -> Option<Self> {
        let (hours, minutes) = text.split_once(':')?;
        let two = |text: &str| (text.len() == 2).then(|| scalar::digits::<u32>(text)).flatten();
        let (hours, minutes) = (two(hours)?, two(minutes)?);
        let time = Self { minutes: hours * 60 + minutes };
        (minutes < 60 && time <= Self::MIDNIGHT).then_some(time)
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.minutes / 60, self.minutes % 60)
    }
}

impl Serialize for TimeOfDay {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TimeOfDay {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        scalar::read(deserializer, &scalar::TIME_OF_DAY, Self::parse)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_of_day_survives_and_nothing_else_is_one() {
        for text in ["00:00", "08:30", "23:59", "24:00"] {
            assert_eq!(TimeOfDay::parse(text).expect(text).to_string(), text);
        }
        for text in ["", "8:30", "08:60", "24:01", "0830", "-8:30", "08:3o", "08:30:00"] {
            assert_eq!(TimeOfDay::parse(text), None, "{text}");
        }
    }
}
