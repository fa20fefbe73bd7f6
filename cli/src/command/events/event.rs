//! Something about a placement: a step of its rollout, or a problem.

use std::collections::BTreeSet;

use model::Digest;
use serde_json::{Value, json};
use wire::{
    api,
    bus::{Problem, RolloutStep},
};

use crate::command::state;

/// Ordered by time; what is so now comes last.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Event {
    is_now: bool,
    /// Milliseconds since the Unix epoch; 0 for what is merely so.
    time_ms: u64,
    placement: String,
    reason: String,
    message: String,
}

/// What a state tells.
pub fn of(placement: &str, state: &api::PlacementStatus) -> BTreeSet<Event> {
    let history = state.rollout.iter().flat_map(|rollout| &rollout.history);
    let happened = history.map(|step| happened(placement, step));
    happened.chain(state::problems(state).map(|problem| wrong(placement, problem))).collect()
}

/// What has come, and which problems have gone, at a time.
pub fn news(before: &BTreeSet<Event>, now: &BTreeSet<Event>, now_ms: u64) -> Vec<Event> {
    let dated = |event: &Event| Event { is_now: false, time_ms: now_ms, ..event.clone() };
    let came = now.difference(before).map(|event| if event.is_now { dated(event) } else { event.clone() });
    let gone = before.difference(now).filter(|event| event.is_now).map(|event| Event {
        reason: "Resolved".to_owned(),
        message: format!("no longer {}: {}", event.reason, event.message),
        ..dated(event)
    });
    came.chain(gone).collect()
}

impl Event {
    pub fn document(&self) -> Value {
        json!({"time": self.time(), "placement": self.placement, "reason": self.reason, "message": self.message})
    }

    pub fn cells(&self) -> [String; 4] {
        [self.time(), self.placement.clone(), self.reason.clone(), self.message.clone()]
    }

    fn time(&self) -> String {
        if self.is_now { "now".to_owned() } else { model::time::to_rfc3339(self.time_ms) }
    }
}

fn happened(placement: &str, step: &RolloutStep) -> Event {
    let release = Digest::from_bytes(&step.release).map(|digest| digest.short()).unwrap_or_default();
    Event {
        is_now: false,
        time_ms: step.time_ms,
        placement: placement.to_owned(),
        reason: "Rollout".to_owned(),
        message: format!("number {}, release {release}: {}", step.number, step.reason),
    }
}

fn wrong(placement: &str, problem: &Problem) -> Event {
    let parts = [problem.location.as_str(), problem.object.as_str(), problem.message.as_str()];
    Event {
        is_now: true,
        time_ms: 0,
        placement: placement.to_owned(),
        reason: problem.reason.clone(),
        message: parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(": "),
    }
}

#[cfg(test)]
mod tests {
    use wire::bus::{Rollout, Summary};

    use super::*;

    fn events(steps: u64, problems: &[&str]) -> BTreeSet<Event> {
        let step = |number| RolloutStep { number, time_ms: number, ..RolloutStep::default() };
        let problem =
            |at: &&str| Problem { location: (*at).to_owned(), reason: "Silent".into(), ..Problem::default() };
        let rollout = Rollout { history: (1..=steps).map(step).collect(), ..Rollout::default() };
        let summary = Summary { problems: problems.iter().map(problem).collect(), ..Summary::default() };
        of(
            "shop",
            &api::PlacementStatus {
                rollout: Some(rollout),
                summary: Some(summary),
                current: true,
                decided: true,
            },
        )
    }

    #[test]
    fn only_what_has_changed_is_news() {
        let before = events(1, &["store-1", "store-2"]);
        assert_eq!(news(&before, &before, 9), []);
        let told: Vec<_> =
            news(&before, &events(2, &["store-2", "store-3"]), 9).iter().map(Event::cells).collect();
        let told: Vec<_> =
            told.iter().map(|[time, _, reason, message]| format!("{time} {reason} {message}")).collect();
        assert_eq!(
            told,
            [
                "1970-01-01T00:00:00.002Z Rollout number 2, release : ",
                "1970-01-01T00:00:00.009Z Silent store-3",
                "1970-01-01T00:00:00.009Z Resolved no longer Silent: store-1",
            ]
        );
    }
}
