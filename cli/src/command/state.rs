//! The state of a placement as a document, which `describe`, `wait` and `watch` print with `-o json|yaml`, and its
//! problems as a table.

use model::Digest;
use serde_json::{Value, json};
use wire::{api, bus};

use crate::table::Table;

/// All of it, named as in the tables for people.
pub fn document(state: &api::PlacementStatus) -> Value {
    let rollout = state.rollout.clone().unwrap_or_default();
    let summary = state.summary.clone().unwrap_or_default();
    let regions = summary
        .regions
        .iter()
        .map(|region| json!({"region": region.region, "counts": counts(&region.counts.unwrap_or_default())}));
    json!({
        "current": state.current,
        "rollout": {
            "number": rollout.number,
            "generation": rollout.generation,
            "release": release(&rollout.release),
            "objects": rollout.object_count,
            "locations": rollout.location_count,
            "history": rollout.history.iter().map(step).collect::<Vec<_>>(),
        },
        "counts": counts(&summary.total.unwrap_or_default()),
        "regions": regions.collect::<Vec<_>>(),
        "behind": summary.behind,
        "withdrawing": summary.withdrawing,
        "problems": problems(state).map(problem).collect::<Vec<_>>(),
    })
}

/// Those of the selection first, then those of locations.
pub fn problems(state: &api::PlacementStatus) -> impl Iterator<Item = &bus::Problem> {
    let of_rollout = state.rollout.iter().flat_map(|rollout| &rollout.problems);
    of_rollout.chain(state.summary.iter().flat_map(|summary| &summary.problems))
}

/// Where, what and why.
pub fn problem_table(state: &api::PlacementStatus) -> Table {
    let mut table = Table::new(["LOCATION", "OBJECT", "REASON", "MESSAGE"]);
    for problem in problems(state).cloned() {
        table.row([problem.location, problem.object, problem.reason, problem.message]);
    }
    table
}

fn counts(counts: &bus::Counts) -> Value {
    json!({
        "expected": counts.expected,
        "reported": counts.reported,
        "updated": counts.updated,
        "healthy": counts.healthy,
        "progressing": counts.progressing,
        "degraded": counts.degraded,
        "failed": counts.failed,
        "stale": counts.stale,
        "missing": counts.missing,
        "offline": counts.offline,
    })
}

fn step(step: &bus::RolloutStep) -> Value {
    json!({
        "number": step.number,
        "release": release(&step.release),
        "time": model::time::to_rfc3339(step.time_ms),
        "reason": step.reason,
    })
}

fn problem(problem: &bus::Problem) -> Value {
    json!({
        "location": problem.location,
        "object": problem.object,
        "reason": problem.reason,
        "message": problem.message,
    })
}

/// Absent before the first release.
fn release(bytes: &[u8]) -> Option<String> {
    Digest::from_bytes(bytes).map(|digest| digest.to_string())
}
