//! How far a rollout has come.

use crate::Digest;

/// What must survive a restart of whoever decides, and what people see of it. Its size depends on the number of waves,
/// and not on that of locations: which of them has what is in the decision rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RolloutProgress {
    /// The release that the placement's own content gives. Another one goes out after an undo, a rollback or an abort,
    /// until the content changes.
    pub wanted: Digest,
    /// The number that this rollout began with; all up to `last` are its own.
    pub first: u64,
    /// The highest number ever given, also to releases that locations were set back to.
    pub last: u64,
    pub cause: RolloutCause,
    /// The first number of the rollout that this one cut off, or of the earliest of several; 0: the one before had ended.
    /// Of releases that went out since then nobody knows yet whether everybody has them who was to.
    pub cut_off: u64,
    pub paused: Option<RolloutPause>,
    /// It was aborted, and there was nothing to go back to.
    pub stopped: bool,
    /// What it waits for; `None`: it has ended.
    pub waiting: Option<Waiting>,
    /// The last release that was rolled out whole: what a rollback goes to.
    pub good: Option<Digest>,
    /// In order, the implied last one included.
    pub waves: Vec<WaveProgress>,
    /// How many may be in flight in all waves together; 0: there is no such limit.
    pub width: u64,
    /// How many had been healthy when `width` was last raised.
    pub widened_at: u64,
    /// When those in flight last made progress, in milliseconds since the Unix epoch; 0: there are none.
    pub progress_time: u64,
    /// The most that had been updated and healthy, one added to the other, until then.
    pub progress_peak: u64,
    /// Pauses that failures have brought to this rollout.
    pub pauses: u32,
    /// Failed locations when somebody resumed it in spite of them.
    pub forgiven: u64,
    /// Releases that went out before this one, newest last; at most [`RolloutProgress::MAX_RELEASES`].
    pub releases: Vec<PastRelease>,
}

impl RolloutProgress {
    /// Longer memories would be rows that grow for ever.
    pub const MAX_RELEASES: usize = 10;

    /// The wave that is under way; `None`: all have passed.
    pub fn current(&self) -> Option<usize> {
        self.waves.iter().position(|wave| wave.phase != WavePhase::Passed)
    }

    /// Where it stands, in one word.
    pub fn phase(&self) -> RolloutPhase {
        match (self.stopped, self.paused.is_some(), self.current()) {
            (true, ..) => RolloutPhase::Aborted,
            (_, true, _) => RolloutPhase::Paused,
            (_, _, Some(_)) => RolloutPhase::Progressing,
            (_, _, None) if self.cause.is_back() => RolloutPhase::RolledBack,
            _ => RolloutPhase::Completed,
        }
    }
}

/// Where a rollout stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RolloutPhase {
    Progressing,
    Paused,
    /// Everybody who could be reached has the release. Others get it when they come back.
    Completed,
    /// The same, of the release before the one that failed.
    RolledBack,
    Aborted,
}

/// Why a release goes out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RolloutCause {
    /// The placement, or what it takes, has changed.
    #[default]
    Change,
    /// Somebody wanted this release back.
    Undo,
    /// The release before failed.
    Failure,
    /// Somebody aborted the release before.
    Abort,
}

impl RolloutCause {
    /// Whether it takes back what was wrong. Such a rollout keeps to the order of waves and to all bounds, but waits for no
    /// soak, no gate and no approval: they are there to let something new through.
    pub fn is_back(self) -> bool {
        matches!(self, Self::Failure | Self::Abort)
    }
}

/// Why nothing is moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RolloutPause {
    /// `spec.rollout.paused`.
    Declared,
    /// Somebody paused it.
    User,
    /// More failed than may.
    Failures { failed: u64, allowed: u64 },
    /// Since this time, in milliseconds since the Unix epoch, nobody in flight has made progress.
    Deadline { since: u64 },
}

impl RolloutPause {
    /// Whether it lasts until somebody resumes the rollout.
    pub fn is_failure(self) -> bool {
        matches!(self, Self::Failures { .. } | Self::Deadline { .. })
    }
}

/// What a rollout waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Waiting {
    /// That somebody resumes it.
    Resume,
    /// That locations in flight become healthy: so many of the wave are, and so many are needed.
    Healthy { in_flight: u64, healthy: u64, needed: u64 },
    /// That so many silent locations are known to have been set back.
    SetBack { locations: u64 },
    /// That somebody can tell anything of so many locations: what is not known is neither good nor bad.
    Unknown { locations: u64 },
    /// That the windows of so many locations open, the first of them at this time in milliseconds since the Unix epoch;
    /// 0: nobody knows when.
    Window { locations: u64, until: u64 },
    /// Until this time, in milliseconds since the Unix epoch.
    Soak { until: u64 },
    /// That this gate of the wave lets it through; why it has not, if it has answered.
    Gate { gate: u32, reason: String },
    /// That somebody approves of the wave.
    Approval,
}

/// A wave of a rollout.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WaveProgress {
    pub name: String,
    pub phase: WavePhase,
    /// Milliseconds since the Unix epoch; 0: it has not begun.
    pub start_time: u64,
    /// Since when enough have been healthy, in milliseconds since the Unix epoch; 0: not enough are.
    pub soak_time: u64,
    /// Gates that have let it through.
    pub gates: u32,
    /// Milliseconds since the Unix epoch; 0: it has not passed.
    pub pass_time: u64,
    pub counts: WaveCounts,
}

/// What is going on in a wave.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum WavePhase {
    #[default]
    Waiting,
    Moving,
    Soaking,
    Gating,
    Approving,
    /// The next one may begin. Who comes late is still moved.
    Passed,
}

/// Locations of a wave. What it says of releases is about the one that goes out; who is offline is in `expected` and
/// `offline` alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WaveCounts {
    pub expected: u64,
    /// Decided to have the release.
    pub moved: u64,
    pub updated: u64,
    pub healthy: u64,
    pub degraded: u64,
    pub failed: u64,
    pub offline: u64,
    /// Outside of their windows, and not moved yet.
    pub outside: u64,
}

/// A release that went out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PastRelease {
    /// The number that its rollout began with.
    pub number: u64,
    pub release: Digest,
    /// When it began, in milliseconds since the Unix epoch.
    pub time: u64,
}
