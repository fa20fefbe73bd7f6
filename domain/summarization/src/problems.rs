//! Which locations a partial names, worst first, so that any tree of regions names the same ones.
//!
//! A row holds at most [`Partial::MAX_PROBLEMS`]; each location has one. They are ordered by (rank, location), and the
//! rank is not in the row: it follows from the place in the list, as the counts beside it say how many locations
//! there are of each rank.

use std::collections::{BTreeMap, BTreeSet};

use model::{Partial, Problem};

use crate::contribution::total;
use crate::{Contribution, Silence, State};

/// Locations that are not healthy, worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rank {
    Failed,
    Degraded,
    /// Silent since it has reported.
    Stale,
    /// Silent, and has not reported.
    Unseen,
    Progressing,
    /// Heard, and has not reported yet. Nothing is wrong with it: never in a row.
    Awaited,
}

impl Rank {
    /// `None`: healthy.
    pub fn of(contribution: Contribution) -> Option<Self> {
        Some(match (contribution.state, contribution.silence) {
            (State::Healthy, _) => return None,
            (State::Failed, _) => Self::Failed,
            (State::Degraded, _) => Self::Degraded,
            (State::Progressing, _) => Self::Progressing,
            (State::Stale, _) => Self::Stale,
            (State::Missing, Silence::Silent) => Self::Unseen,
            (State::Missing, Silence::Heard) => Self::Awaited,
        })
    }
}

/// The problem of a silent location.
pub fn silent(location: &str, rank: Rank) -> Problem {
    let (reason, message) = match rank {
        Rank::Stale => ("Silent", "no heartbeat for three periods; its last report no longer counts"),
        _ => ("Offline", "no heartbeat for three periods, or never one, and no report"),
    };
    Problem {
        location: location.to_owned(),
        object: String::new(),
        reason: reason.into(),
        message: message.into(),
    }
}

/// The problems of `partial` with their ranks.
pub fn ranked(partial: &Partial) -> impl Iterator<Item = (Rank, &Problem)> {
    let counts = total(partial.regions.values());
    let ranks = [
        (Rank::Failed, counts.failed),
        (Rank::Degraded, counts.degraded),
        (Rank::Stale, counts.stale),
        (Rank::Unseen, counts.offline.saturating_sub(counts.stale)),
        (Rank::Progressing, counts.progressing),
    ];
    let ranks = ranks.into_iter().flat_map(|(rank, count)| {
        std::iter::repeat_n(rank, usize::try_from(count).unwrap_or(usize::MAX).min(Partial::MAX_PROBLEMS))
    });
    ranks.zip(&partial.problems)
}

/// The worst of several lists.
pub fn worst<'a>(problems: impl IntoIterator<Item = (Rank, &'a Problem)>) -> Vec<Problem> {
    let sorted: BTreeSet<_> = problems.into_iter().collect();
    sorted.into_iter().take(Partial::MAX_PROBLEMS).map(|(_, problem)| problem.clone()).collect()
}

/// What reasons beyond the bound are counted under.
const OTHER: &str = "Other";

/// At most [`Partial::MAX_REASONS`]: the most frequent ones by name, the rest together.
pub fn bounded(reasons: BTreeMap<String, u64>) -> BTreeMap<String, u64> {
    if reasons.len() <= Partial::MAX_REASONS {
        return reasons;
    }
    let (others, mut named): (Vec<_>, Vec<_>) = reasons.into_iter().partition(|(reason, _)| reason == OTHER);
    named.sort_by(|(a, m), (b, n)| n.cmp(m).then_with(|| a.cmp(b)));
    let rest = named.split_off(Partial::MAX_REASONS - 1);
    let other = rest.iter().chain(&others).map(|(_, count)| count).sum();
    named.push((OTHER.to_owned(), other));
    named.into_iter().collect()
}
