//! Counts that do not stand as they were told, brought to what is known without assuming anything good.

use model::Counts;

/// As many of `told` as there are locations. The surplus is taken from the best, as nobody knows who has left; those
/// that `told` lacks are missing.
pub fn fit(told: Counts, expected: u64) -> Counts {
    if told.expected <= expected {
        let new = expected - told.expected;
        return Counts { expected, missing: told.missing + new, ..told };
    }
    let mut surplus = told.expected - expected;
    let mut fitted = Counts { expected, ..told };
    let states = [
        &mut fitted.healthy,
        &mut fitted.progressing,
        &mut fitted.degraded,
        &mut fitted.failed,
        &mut fitted.stale,
        &mut fitted.missing,
    ];
    for state in states {
        let taken = surplus.min(*state);
        *state -= taken;
        surplus -= taken;
    }
    let late = told.reported.saturating_sub(told.updated);
    let unseen = told.offline.saturating_sub(told.stale);
    fitted.updated = fitted.healthy + fitted.progressing + fitted.degraded + fitted.failed;
    fitted.reported = fitted.updated + late.min(fitted.missing);
    fitted.offline = fitted.stale + unseen.min(fitted.missing);
    fitted
}

/// Nobody hears these locations: what they have reported is stale, and all are offline.
pub fn unheard(counts: Counts) -> Counts {
    Counts {
        expected: counts.expected,
        stale: counts.expected - counts.missing,
        missing: counts.missing,
        offline: counts.expected,
        ..Counts::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOLD: Counts = Counts {
        expected: 7,
        reported: 4,
        updated: 3,
        healthy: 2,
        progressing: 0,
        degraded: 0,
        failed: 1,
        stale: 1,
        missing: 3,
        offline: 2,
    };

    fn sum(counts: &Counts) -> u64 {
        counts.healthy + counts.progressing + counts.degraded + counts.failed + counts.stale + counts.missing
    }

    #[test]
    fn what_has_left_is_taken_from_the_best_and_what_is_new_is_missing() {
        let fewer = fit(TOLD, 4);
        assert_eq!((fewer.healthy, fewer.failed, fewer.stale, fewer.missing), (0, 0, 1, 3));
        assert_eq!((fewer.reported, fewer.updated, fewer.offline), (1, 0, 2));
        assert_eq!(fit(TOLD, 7), TOLD);
        assert_eq!(fit(TOLD, 9), Counts { expected: 9, missing: 5, ..TOLD });
    }

    #[test]
    fn whatever_is_expected_the_states_add_up() {
        for expected in 0..10 {
            let fitted = fit(TOLD, expected);
            assert_eq!(sum(&fitted), expected);
            assert!(fitted.updated <= fitted.reported && fitted.reported <= expected);
            assert!(fitted.stale <= fitted.offline && fitted.offline <= fitted.stale + fitted.missing);
            assert_eq!(sum(&unheard(fitted)), expected);
        }
    }
}
