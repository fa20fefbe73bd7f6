//! What is kept of a status row: the verdict and the worst objects, not the whole row.

use std::sync::Arc;

use model::{Failure, ObjectStatus, PhaseCounts, Problem, ReportOrder, Status};

use crate::State;

/// Objects kept for queries. A region where everything fails must still fit in memory, and the agent answers for more.
const KEPT_OBJECTS: usize = 3;

/// A location's newest report of one placement.
#[derive(Clone, Debug)]
pub struct Report {
    pub order: ReportOrder,
    pub rollout: u64,
    /// Shared with all reports of the same placement.
    pub placement_uid: Arc<str>,
    /// `Healthy` to `Failed`: what the row says, before anybody asks whether it may count.
    pub state: State,
    /// All that the placement applied there is gone.
    pub withdrawn: bool,
    /// Of the objects, for display.
    healthy_objects: u32,
    objects: u32,
    worst: Box<[ObjectStatus]>,
}

impl Report {
    /// What matters of `status`.
    pub fn new(status: Status, placement_uid: Arc<str>) -> Self {
        let mut worst = status.unhealthy;
        worst.truncate(KEPT_OBJECTS);
        Self {
            order: status.report,
            rollout: status.rollout,
            placement_uid,
            state: state_of(&status.phases),
            withdrawn: status.withdrawn,
            healthy_objects: status.phases.healthy,
            objects: status.phases.total(),
            worst: worst.into_boxed_slice(),
        }
    }

    /// The reason that this location is counted under when it has failed.
    pub fn reason(&self) -> &str {
        self.worst.first().map_or("Unknown", |object| object.reason.as_str())
    }

    /// What is wrong with its worst object, without where.
    pub fn failure(&self) -> Failure {
        let Problem { object, reason, message, .. } = self.problem("");
        Failure { object, reason, message }
    }

    /// The one problem that stands for the location in summaries.
    pub fn problem(&self, location: &str) -> Problem {
        let progress = || Problem {
            location: location.to_owned(),
            object: String::new(),
            reason: "Unknown".to_owned(),
            message: format!("{} of {} objects are healthy", self.healthy_objects, self.objects),
        };
        self.worst.first().map_or_else(progress, |object| problem_of(location, object))
    }

    /// The worst objects, a few.
    pub fn problems(&self, location: &str) -> Vec<Problem> {
        self.worst.iter().map(|object| problem_of(location, object)).collect()
    }
}

fn problem_of(location: &str, object: &ObjectStatus) -> Problem {
    Problem {
        location: location.to_owned(),
        object: object.object.clone(),
        reason: object.reason.clone(),
        message: object.message.clone(),
    }
}

/// The worst phase present decides. A placement without objects asks for nothing and is healthy.
fn state_of(phases: &PhaseCounts) -> State {
    if phases.failed + phases.conflict > 0 {
        State::Failed
    } else if phases.degraded > 0 {
        State::Degraded
    } else if phases.pending + phases.applied + phases.progressing > 0 {
        State::Progressing
    } else {
        State::Healthy
    }
}
