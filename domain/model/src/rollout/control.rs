//! What people say to a rollout that is under way.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{Digest, scalar};

/// What users have said about one rollout of one placement: the resource `RolloutControl` of the placement's name and
/// space. It is a row like any other, so that saying it twice, or reading it again after a restart, changes nothing.
///
/// It names the rollout that it is about. Of another one, earlier or later, it says nothing: whoever says something about
/// a new rollout writes the row anew, on condition that it is as it was read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RolloutControlSpec {
    /// The placement, and not one that had its name before.
    pub placement_uid: String,
    /// Any number of the rollout, from its first to its last.
    pub number: u64,
    /// Nothing is moved while this is set.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub paused: bool,
    /// So many of the pauses that failures have brought are lifted, counted from the first of this rollout.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub resumed: u32,
    /// Names of waves.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub approved: Vec<String>,
    /// Back to the last release that was rolled out whole; where there is none, no further.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub aborted: bool,
    /// Begins another rollout, to this release.
    #[serde(default, with = "digest", skip_serializing_if = "Option::is_none")]
    pub undo_to: Option<Digest>,
}

fn is_zero(count: &u32) -> bool {
    *count == 0
}

/// A digest as its hexadecimal digits.
mod digest {
    use super::{Deserializer, Digest, Serializer, scalar};

    pub fn serialize<S: Serializer>(digest: &Option<Digest>, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&digest.unwrap_or_default())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Digest>, D::Error> {
        scalar::read(deserializer, &scalar::DIGEST, Digest::from_hex).map(Some)
    }
}
