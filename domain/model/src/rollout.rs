//! How a release reaches the locations of a placement: not all at once.

mod control;
mod factor;
mod progress;
mod share;
mod window;

use serde::{Deserialize, Serialize};

pub use self::{
    control::RolloutControlSpec,
    factor::Factor,
    progress::{
        PastRelease, RolloutCause, RolloutPause, RolloutPhase, RolloutProgress, Waiting, WaveCounts,
        WavePhase, WaveProgress,
    },
    share::{Percent, Share},
    window::{Day, TimeOfDay, Window},
};
use crate::{LabelSelector, Span};

/// The waves that a release moves through, and what holds it up or turns it back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RolloutSpec {
    /// In order. What none of them selects is an implied last wave.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waves: Vec<Wave>,
    /// For how long locations in flight may make no progress at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub progress_deadline: Option<Span>,
    /// More failed locations than this, of all that the rollout has moved, are a failure. Percentages are of all chosen
    /// locations, rounded down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_failures: Option<Share>,
    #[serde(default)]
    pub on_failure: OnFailure,
    /// Nothing is moved while this is set.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub paused: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<Rate>,
    /// None: at any time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub windows: Vec<Window>,
}

impl RolloutSpec {
    /// Each has a row in the state of a rollout.
    pub const MAX_WAVES: usize = 100;
    /// Each is looked at for every time zone.
    pub const MAX_WINDOWS: usize = 32;
    /// How the wave of what no other selects is called, unless it is declared.
    pub const REMAINDER: &str = "remainder";
}

/// Locations that get a release before those of the next wave do. A location belongs to the first wave that selects it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Wave {
    pub name: String,
    /// Absent, in the last wave: whatever is left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub select: Option<Select>,
    /// Locations of this wave that may be on their way to the release at a time. Percentages are of the wave, rounded
    /// down, but never to none. Absent: all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_concurrency: Option<Share>,
    /// Healthy locations that the next wave waits for, of those of this wave that are online. Percentages are rounded
    /// up. Absent: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_success: Option<Share>,
    /// For how long they must have been healthy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub soak: Option<Span>,
    /// Asked in order, after the soak.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gates: Vec<Gate>,
    /// After all gates the next wave waits until somebody approves of this one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub approval: bool,
}

impl Wave {
    /// More would not help anybody.
    pub const MAX_GATES: usize = 16;
}

/// Which locations are in a wave, of those that no earlier wave has taken; exactly one key says it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum Select {
    /// Over the labels of locations.
    Selector(LabelSelector),
    /// So many, in the order of a hash of their names.
    Count(u32),
    /// So many in a hundred of all chosen locations, rounded up, in the same order.
    Percent(Percent),
}

/// Somebody who is asked whether a wave was good enough; exactly one of the three says who.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Gate {
    /// CEL over `wave`, the summary of the wave: `wave.failed == 0 && wave.healthy > 10`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expression: Option<String>,
    /// A program that answers requests on NATS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<GateRequest>,
    /// A program that answers requests over HTTP.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub webhook: Option<GateWebhook>,
    /// For how long one that said no, or nothing, is left alone.
    #[serde(default = "Gate::interval", skip_serializing_if = "Gate::is_usual")]
    pub interval: Span,
}

impl Gate {
    fn interval() -> Span {
        Span(30_000)
    }

    fn is_usual(interval: &Span) -> bool {
        *interval == Self::interval()
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GateRequest {
    pub subject: String,
    #[serde(default = "default_timeout")]
    pub timeout: Span,
    #[serde(default)]
    pub default: GateDefault,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GateWebhook {
    pub url: String,
    #[serde(default = "default_timeout")]
    pub timeout: Span,
    #[serde(default)]
    pub default: GateDefault,
}

fn default_timeout() -> Span {
    Span(5000)
}

/// What holds when nobody answers in time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum GateDefault {
    #[default]
    Deny,
    Allow,
}

/// What becomes of a rollout that fails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum OnFailure {
    #[default]
    Pause,
    /// To the last release that was rolled out whole.
    Rollback,
}

/// How many locations of all waves together may be on their way to the release: few at first, more with each success.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Rate {
    /// Percentages are of all chosen locations, rounded down, but never to none.
    pub start: Share,
    /// By this the number is multiplied each time that as many have become healthy.
    #[serde(default)]
    pub factor: Factor,
    /// Absent: without a limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<Share>,
}
