//! What a location reports.

use crate::Order;

/// A location's report of one placement.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    pub report: ReportOrder,
    /// Which decision this is feedback on.
    pub placement_uid: String,
    pub rollout: u64,
    /// The document that was applied.
    pub order: Order,
    pub phases: PhaseCounts,
    /// The objects that are not healthy, worst first; at most [`Status::MAX_UNHEALTHY`].
    pub unhealthy: Vec<ObjectStatus>,
    /// All that this placement applied here is gone; it will not report again.
    pub withdrawn: bool,
    /// Microseconds spent fetching and applying.
    pub fetch_us: u32,
    pub apply_us: u32,
    /// Microseconds from the document's arrival until this report was sent; 0: not told.
    pub report_us: u64,
    /// When the document arrived, by the edge's clock, milliseconds since the Unix epoch; for display only.
    pub received_time: u64,
    /// Corrections of drift since the agent started.
    pub drift_corrected: u64,
}

impl Status {
    /// More would not help anybody, and rows must stay small.
    pub const MAX_UNHEALTHY: usize = 20;
    /// Bytes of an object's message; longer ones are cut.
    pub const MAX_MESSAGE: usize = 512;
}

/// The order of an agent's reports: starts of the agent, then reports since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct ReportOrder {
    pub boot: u64,
    pub seq: u64,
}

/// Objects by phase.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PhaseCounts {
    pub pending: u32,
    pub applied: u32,
    pub progressing: u32,
    pub healthy: u32,
    pub degraded: u32,
    pub failed: u32,
    pub conflict: u32,
    pub orphaned: u32,
}

/// How an object fares at a location, in order from best to worst for a summary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    Healthy,
    Orphaned,
    Applied,
    Pending,
    Progressing,
    Degraded,
    Conflict,
    Failed,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectStatus {
    /// As [`crate::ObjectKey`] displays.
    pub object: String,
    pub phase: Phase,
    /// Stable, in CamelCase.
    pub reason: String,
    pub message: String,
}

/// "I am here."
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Heartbeat {
    pub boot: u64,
    /// Over all status rows it last sent, see [`crate::status_digest`].
    pub status_digest: crate::Digest,
    pub order: Order,
    pub agent_version: String,
    /// What the agent keeps to.
    pub period_ms: u32,
}

impl PhaseCounts {
    /// Counts one more object.
    pub fn add(&mut self, phase: Phase) {
        *match phase {
            Phase::Pending => &mut self.pending,
            Phase::Applied => &mut self.applied,
            Phase::Progressing => &mut self.progressing,
            Phase::Healthy => &mut self.healthy,
            Phase::Degraded => &mut self.degraded,
            Phase::Failed => &mut self.failed,
            Phase::Conflict => &mut self.conflict,
            Phase::Orphaned => &mut self.orphaned,
        } += 1;
    }

    /// All objects.
    pub fn total(&self) -> u32 {
        self.pending
            + self.applied
            + self.progressing
            + self.healthy
            + self.degraded
            + self.failed
            + self.conflict
            + self.orphaned
    }
}

/// The digest that a heartbeat carries: over the (boot, seq) of each row that stands, sorted by placement.
/// Agent and summarization compute it alike, so that neither keeps the other's bytes.
pub fn status_digest<'a>(
    rows: impl IntoIterator<Item = (&'a crate::PlacementKey, ReportOrder)>,
) -> crate::Digest {
    let mut bytes = Vec::new();
    for (placement, report) in rows {
        bytes.extend_from_slice(placement.to_string().as_bytes());
        bytes.push(0);
        bytes.extend_from_slice(&report.boot.to_be_bytes());
        bytes.extend_from_slice(&report.seq.to_be_bytes());
    }
    crate::Digest::of(&bytes)
}
