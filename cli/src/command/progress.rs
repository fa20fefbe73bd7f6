//! How far a placement has come, in words, and whether that is far enough.

use clap::ValueEnum;
use wire::{api, bus::Counts};

/// What can be waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Goal {
    /// Every location has applied the current release.
    Updated,
    /// And every object there is healthy.
    Healthy,
}

/// Whether locations that are offline count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offline {
    Count,
    Ignore,
}

/// What is missing for `goal`; `None`: nothing, it is reached.
pub fn missing(state: &api::PlacementStatus, goal: Goal, offline: Offline) -> Option<String> {
    let Some(summary) = state.summary.as_ref().filter(|_| state.current) else {
        return Some("the last change has not been decided, or not been counted yet".to_owned());
    };
    let progress = state.rollout.as_ref().and_then(|rollout| rollout.progress.as_ref());
    if progress.is_some_and(|progress| progress.waiting.is_some()) {
        let todo = "`tributary rollout status` tells what it waits for";
        return Some(format!("not everybody has the release yet: {todo}"));
    }
    let counts = summary.total.unwrap_or_default();
    let ignored = if offline == Offline::Ignore { counts.offline } else { 0 };
    let wanted = counts.expected.saturating_sub(ignored);
    let (word, reached) = match goal {
        Goal::Updated => ("updated", counts.updated),
        Goal::Healthy => ("healthy", counts.healthy),
    };
    (reached < wanted).then(|| format!("{reached} of {wanted} locations are {word}{}", others(&counts)))
}

/// The numbers in one line.
pub fn line(state: &api::PlacementStatus) -> String {
    let counts = state.summary.as_ref().and_then(|summary| summary.total).unwrap_or_default();
    let (number, is_withdrawn) = state.rollout.as_ref().map_or((0, false), |it| (it.number, it.withdrawn));
    let withdrawing = match state.summary.as_ref().map_or(0, |summary| summary.withdrawing) {
        0 => String::new(),
        left => format!(", {left} still to withdraw"),
    };
    if is_withdrawn {
        return format!("deleted{withdrawing}");
    }
    let pending = if state.current { "" } else { ", not all counted yet" };
    format!(
        "rollout {number}: {}/{} updated, {} healthy{}{withdrawing}{pending}",
        counts.updated,
        counts.expected,
        counts.healthy,
        others(&counts)
    )
}

/// What is neither updated nor healthy, where there is any.
fn others(counts: &Counts) -> String {
    let all = [
        (counts.progressing, "progressing"),
        (counts.degraded, "degraded"),
        (counts.failed, "failed"),
        (counts.stale, "stale"),
        (counts.missing, "missing"),
        (counts.offline, "offline"),
    ];
    let present = all.iter().filter(|(count, _)| *count > 0);
    present.map(|(count, word)| format!(", {count} {word}")).collect()
}

#[cfg(test)]
mod tests {
    use wire::bus::Summary;

    use super::*;

    fn state(current: bool, counts: Counts) -> api::PlacementStatus {
        let summary = Some(Summary { total: Some(counts), ..Summary::default() });
        api::PlacementStatus { summary, current, ..Default::default() }
    }

    #[test]
    fn a_goal_is_reached_only_by_counts_of_now() {
        let counts = Counts { expected: 3, updated: 3, healthy: 2, degraded: 1, ..Counts::default() };
        assert_eq!(missing(&state(true, counts), Goal::Updated, Offline::Count), None);
        assert!(missing(&state(false, counts), Goal::Updated, Offline::Count).is_some());
        let text = missing(&state(true, counts), Goal::Healthy, Offline::Count);
        assert_eq!(text.as_deref(), Some("2 of 3 locations are healthy, 1 degraded"));
    }

    #[test]
    fn offline_locations_count_unless_told_otherwise() {
        let counts =
            Counts { expected: 3, updated: 2, healthy: 2, missing: 1, offline: 1, ..Counts::default() };
        assert!(missing(&state(true, counts), Goal::Updated, Offline::Count).is_some());
        assert_eq!(missing(&state(true, counts), Goal::Updated, Offline::Ignore), None);
    }
}
