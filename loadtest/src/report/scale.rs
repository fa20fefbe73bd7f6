//! From measured values to places in a drawing.

/// Maps the interval from 0 to `max` onto places from `from` to `to`.
#[derive(Clone, Copy, Debug)]
pub struct Scale {
    pub max: f64,
    pub from: f64,
    pub to: f64,
}

impl Scale {
    /// Values outside of the interval are put at its end.
    pub fn at(self, value: f64) -> f64 {
        let share = if self.max > 0.0 { (value / self.max).clamp(0.0, 1.0) } else { 0.0 };
        self.from + share * (self.to - self.from)
    }
}

/// Round values from 0 on, about `about` steps of them; the last one is not below `max`.
pub fn ticks(max: f64, about: f64) -> Vec<f64> {
    let max = if max.is_finite() && max > 0.0 { max } else { 1.0 };
    let step = step(max / about);
    let mut ticks = vec![0.0];
    let mut number = 0.0;
    while ticks.last().is_some_and(|last| *last < max) {
        number += 1.0;
        ticks.push(number * step);
    }
    ticks
}

/// The smallest of 1, 2 and 5 times a power of ten that is not below `least`.
fn step(least: f64) -> f64 {
    let power = 10f64.powf(least.log10().floor());
    let round = [1.0, 2.0, 5.0].map(|digit| digit * power);
    // The logarithm of a power of ten may be a hair too large.
    round.into_iter().find(|step| *step >= least * 0.999_999).unwrap_or(10.0 * power)
}

/// Drops points of an ascending curve that are closer than `apart` to the one before, in both directions; the first and
/// the last stay.
pub fn thinned(points: impl IntoIterator<Item = (f64, f64)>, apart: f64) -> Vec<(f64, f64)> {
    let mut kept: Vec<(f64, f64)> = Vec::new();
    let mut skipped = None;
    for point in points {
        let is_close =
            |last: &(f64, f64)| (point.0 - last.0).abs() < apart && (point.1 - last.1).abs() < apart;
        if kept.last().is_some_and(is_close) {
            skipped = Some(point);
        } else {
            kept.push(point);
            skipped = None;
        }
    }
    kept.extend(skipped);
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_mapped_and_kept_inside() {
        let scale = Scale { max: 4.0, from: 100.0, to: 0.0 };
        assert_eq!([0.0, 1.0, 4.0, 5.0, -1.0].map(|value| scale.at(value)), [100.0, 75.0, 0.0, 0.0, 100.0]);
        assert_eq!(Scale { max: 0.0, ..scale }.at(3.0), 100.0);
    }

    #[test]
    fn ticks_are_round_and_reach_the_greatest_value() {
        assert_eq!(ticks(100.0, 4.0), [0.0, 50.0, 100.0]);
        assert_eq!(ticks(0.9, 5.0).len(), 6);
        assert_eq!(ticks(1000.0, 5.0), [0.0, 200.0, 400.0, 600.0, 800.0, 1000.0]);
        for max in [0.000_1, 0.013, 7.3, 99.9, 123_456.0] {
            let ticks = ticks(max, 5.0);
            let last = *ticks.last().unwrap();
            assert!(last >= max && last < max * 2.0 && ticks.len() < 8, "{max}: {ticks:?}");
        }
    }

    #[test]
    fn ticks_of_nothing_are_still_an_axis() {
        for max in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(ticks(max, 1.0), [0.0, 1.0]);
        }
    }

    #[test]
    fn thinning_keeps_the_ends_and_every_step() {
        let points = (0..=1000).map(|n| (f64::from(n) / 10.0, if n < 500 { 0.0 } else { 50.0 }));
        let few = thinned(points, 1.0);
        assert!(few.len() < 110, "{}", few.len());
        assert_eq!((few[0], few[few.len() - 1]), ((0.0, 0.0), (100.0, 50.0)));
        assert!(few.contains(&(50.0, 50.0)), "the step");
        assert_eq!(thinned([(1.0, 1.0)], 1.0), [(1.0, 1.0)]);
        assert!(thinned([], 1.0).is_empty());
    }
}
