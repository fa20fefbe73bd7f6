//! Decides how a location counts, from what was decided for it, what it has reported and whether it is heard.
//!
//! ```text
//!                       heard                               silent
//!   matching report     what the report says                Stale,   offline
//!   none                Missing                             Missing, offline
//! ```

use crate::{Contribution, Report, Silence, State};

/// What placement has decided for a location.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decided<'a> {
    pub placement_uid: &'a str,
    pub rollout: u64,
}

/// Whether `report` is feedback on `decided`: about the same placement and rollout number, and not about a withdrawal.
pub fn matches(decided: Decided<'_>, report: &Report) -> bool {
    report.rollout == decided.rollout && concerns(decided, report)
}

fn concerns(decided: Decided<'_>, report: &Report) -> bool {
    !report.withdrawn && *report.placement_uid == *decided.placement_uid
}

/// How a location counts for which `decided` holds.
pub fn classify(decided: Decided<'_>, report: Option<&Report>, silence: Silence) -> Contribution {
    let heard = silence == Silence::Heard;
    let matching = report.filter(|report| matches(decided, report));
    let state = match (matching, silence) {
        (None, _) => State::Missing,
        (Some(_), Silence::Silent) => State::Stale,
        (Some(report), Silence::Heard) => report.state,
    };
    Contribution {
        state,
        silence,
        reported: heard && report.is_some_and(|report| concerns(decided, report)),
        updated: heard && matching.is_some(),
    }
}
