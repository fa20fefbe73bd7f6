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
        "decided": state.decided,
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
        "failures": summary.failures.iter().map(failure).collect::<Vec<_>>(),
        "problems": problems(state).map(problem).collect::<Vec<_>>(),
    })
}

/// Those of the selection first, then those of locations.
pub fn problems(state: &api::PlacementStatus) -> impl Iterator<Item = &bus::Problem> {
    let of_rollout = state.rollout.iter().flat_map(|rollout| &rollout.problems);
    of_rollout.chain(state.summary.iter().flat_map(|summary| &summary.problems))
}

/// Where, what and why. What is the same at several locations is one row, with how many there are and the first few.
pub fn problem_table(state: &api::PlacementStatus) -> Table {
    let mut table = Table::new(["LOCATION", "OBJECT", "REASON", "MESSAGE"]);
    let mut failures: Vec<_> = state.summary.iter().flat_map(|summary| &summary.failures).collect();
    failures.sort_by_key(|failure| std::cmp::Reverse(failure.locations));
    let is_told = |problem: &bus::Problem| {
        let same = |it: &&&bus::FailureCount| {
            (&it.object, &it.reason, &it.message) == (&problem.object, &problem.reason, &problem.message)
        };
        failures.iter().any(|it| same(&it)) && !problem.location.is_empty()
    };
    let of_selection = state.rollout.iter().flat_map(|rollout| &rollout.problems);
    of_selection.cloned().for_each(|it| table.row([it.location, it.object, it.reason, it.message]));
    for it in failures.iter().copied().cloned() {
        table.row([place(it.locations, &it.examples), it.object, it.reason, it.message]);
    }
    let of_locations = state.summary.iter().flat_map(|summary| &summary.problems).filter(|it| !is_told(it));
    of_locations.cloned().for_each(|it| table.row([it.location, it.object, it.reason, it.message]));
    table
}

/// Of so many locations the first few: `store-1`, or `40000: store-1, store-2, store-3`.
pub fn place(locations: u64, examples: &[String]) -> String {
    let examples = examples.join(", ");
    if locations > 1 { format!("{locations}: {examples}") } else { examples }
}

/// The steps of a rollout for people.
pub fn history(steps: &[bus::RolloutStep]) -> Table {
    let mut table = Table::new(["TIME", "ROLLOUT", "RELEASE", "REASON"]);
    for step in steps {
        let release = Digest::from_bytes(&step.release).map(|digest| digest.short());
        let time = model::time::to_rfc3339(step.time_ms);
        table.row([time, step.number.to_string(), release.unwrap_or_default(), step.reason.clone()]);
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

/// A step of a rollout.
pub fn step(step: &bus::RolloutStep) -> Value {
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

fn failure(failure: &bus::FailureCount) -> Value {
    json!({
        "object": failure.object,
        "reason": failure.reason,
        "message": failure.message,
        "locations": failure.locations,
        "examples": failure.examples,
    })
}

/// Absent before the first release.
fn release(bytes: &[u8]) -> Option<String> {
    Digest::from_bytes(bytes).map(|digest| digest.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_failure_at_many_locations_is_one_row_and_what_is_of_one_location_another() {
        let of = |location: &str, message: &str| bus::Problem {
            location: location.into(),
            object: "ConfigMap shop/a".into(),
            reason: "Withheld".into(),
            message: message.into(),
        };
        let failure = |message: &str, locations, examples: &[&str]| bus::FailureCount {
            object: "ConfigMap shop/a".into(),
            reason: "Withheld".into(),
            message: message.into(),
            locations,
            examples: examples.iter().map(|name| (*name).to_owned()).collect(),
        };
        let silent =
            bus::Problem { location: "store-9".into(), reason: "Silent".into(), ..Default::default() };
        let summary = bus::Summary {
            problems: vec![of("store-1", "no size"), of("store-2", "no size"), silent],
            failures: vec![
                failure("no city", 1, &["store-7"]),
                failure("no size", 40_000, &["store-1", "store-2", "store-3"]),
            ],
            ..Default::default()
        };
        let table =
            problem_table(&api::PlacementStatus { summary: Some(summary), ..Default::default() }).to_string();
        let rows: Vec<_> = table.lines().skip(1).collect();
        assert_eq!(rows.len(), 3, "{table}");
        assert!(
            rows[0].starts_with("40000: store-1, store-2, store-3  ConfigMap shop/a  Withheld"),
            "{table}"
        );
        assert!(rows[1].starts_with("store-7 ") && rows[2].starts_with("store-9 "), "{table}");
    }
}
