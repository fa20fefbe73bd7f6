//! The streams that hold the tables.

use std::fmt;

use crate::token;

/// A JetStream stream; a table, or two that share their fate.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stream {
    /// What users declare, but for regions and locations.
    Intent,
    /// Regions and locations.
    Locations,
    /// Source content.
    Release,
    /// Decisions, rollouts and the epoch.
    Decision,
    /// Rendered content.
    Blob,
    /// The documents of one region's locations.
    Desired(String),
    /// The reports of one region's locations.
    Status(String),
    /// Partials, presence and progress of all regions.
    Partial,
    /// Results.
    Summary,
}

impl Stream {
    /// What the server calls it.
    pub fn name(&self) -> String {
        match self {
            Self::Intent => "KV_intent".to_owned(),
            Self::Locations => "KV_locations".to_owned(),
            Self::Release => "release".to_owned(),
            Self::Decision => "decision".to_owned(),
            Self::Blob => "blob".to_owned(),
            Self::Desired(region) => format!("desired-{}", token::encode(region)),
            Self::Status(region) => format!("status-{}", token::encode(region)),
            Self::Partial => "partial".to_owned(),
            Self::Summary => "summary".to_owned(),
        }
    }

    /// The stream of this name; `None` where it is none of ours.
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "KV_intent" => Self::Intent,
            "KV_locations" => Self::Locations,
            "release" => Self::Release,
            "decision" => Self::Decision,
            "blob" => Self::Blob,
            "partial" => Self::Partial,
            "summary" => Self::Summary,
            _ => return Self::regional(name),
        })
    }

    fn regional(name: &str) -> Option<Self> {
        let (table, region) = name.split_once('-')?;
        let region = token::decode(region)?;
        match table {
            "desired" => Some(Self::Desired(region)),
            "status" => Some(Self::Status(region)),
            _ => None,
        }
    }

    /// Whether it cannot be rebuilt from other tables: created only by `tributary admin init`.
    pub fn is_truth(&self) -> bool {
        matches!(self, Self::Intent | Self::Locations | Self::Release | Self::Decision)
    }
}

impl fmt::Display for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name())
    }
}
