//! What one location adds to the counts of one placement, and the sums of that.

use model::Counts;

/// Where a location stands with a placement. Every counted location is in exactly one of these, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    Healthy,
    Progressing,
    Degraded,
    Failed,
    /// It has reported for this rollout number, and is silent now.
    Stale,
    /// There is no report for this rollout number.
    Missing,
}

impl State {
    /// As queries spell it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Progressing => "progressing",
            Self::Degraded => "degraded",
            Self::Failed => "failed",
            Self::Stale => "stale",
            Self::Missing => "missing",
        }
    }
}

/// Whether a location is heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Silence {
    Heard,
    /// No heartbeat for three of its periods, or never one.
    Silent,
}

/// What one counted location adds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contribution {
    pub state: State,
    pub silence: Silence,
    /// It is heard and has reported for this placement, whatever the rollout number.
    pub reported: bool,
    /// It is heard and has reported for this rollout number.
    pub updated: bool,
}

/// Adds `contribution` to `counts`.
pub fn add(counts: &mut Counts, contribution: Contribution) {
    apply(counts, contribution, |field| *field += 1);
}

/// Takes out of `counts` what [`add`] has put in.
pub fn subtract(counts: &mut Counts, contribution: Contribution) {
    apply(counts, contribution, |field| *field -= 1);
}

fn apply(counts: &mut Counts, contribution: Contribution, step: impl Fn(&mut u64)) {
    step(&mut counts.expected);
    step(match contribution.state {
        State::Healthy => &mut counts.healthy,
        State::Progressing => &mut counts.progressing,
        State::Degraded => &mut counts.degraded,
        State::Failed => &mut counts.failed,
        State::Stale => &mut counts.stale,
        State::Missing => &mut counts.missing,
    });
    if contribution.reported {
        step(&mut counts.reported);
    }
    if contribution.updated {
        step(&mut counts.updated);
    }
    if contribution.silence == Silence::Silent {
        step(&mut counts.offline);
    }
}

/// Adds the counts of one region to a total.
pub fn accumulate(total: &mut Counts, part: &Counts) {
    total.expected += part.expected;
    total.reported += part.reported;
    total.updated += part.updated;
    total.healthy += part.healthy;
    total.progressing += part.progressing;
    total.degraded += part.degraded;
    total.failed += part.failed;
    total.stale += part.stale;
    total.missing += part.missing;
    total.offline += part.offline;
}

/// The sum over regions.
pub fn total<'a>(parts: impl IntoIterator<Item = &'a Counts>) -> Counts {
    let mut sum = Counts::default();
    parts.into_iter().for_each(|part| accumulate(&mut sum, part));
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subtracting_what_was_added_leaves_nothing() {
        let contribution =
            Contribution { state: State::Failed, silence: Silence::Heard, reported: true, updated: true };
        let mut counts = Counts::default();
        add(&mut counts, contribution);
        assert_eq!((counts.expected, counts.failed, counts.updated), (1, 1, 1));
        subtract(&mut counts, contribution);
        assert_eq!(counts, Counts::default());
    }
}
