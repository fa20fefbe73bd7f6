//! Distributions of measured times.

/// Seconds, sorted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Latencies(Vec<f64>);

impl Latencies {
    pub fn new(mut seconds: Vec<f64>) -> Self {
        seconds.sort_by(f64::total_cmp);
        Self(seconds)
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The smallest value that at least `share` (0 to 1) are not above; `None` of none.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a rank among fewer than 2^52 values"
    )]
    pub fn quantile(&self, share: f64) -> Option<f64> {
        let rank = (self.0.len() as f64 * share).ceil() as usize;
        self.0.get(rank.saturating_sub(1)).copied()
    }

    pub fn max(&self) -> Option<f64> {
        self.0.last().copied()
    }

    /// The values, from the least to the greatest.
    pub fn sorted(&self) -> &[f64] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_is_a_value_that_was_measured() {
        let latencies = Latencies::new((1..=200).rev().map(f64::from).collect());
        assert_eq!(latencies.quantile(0.5), Some(100.0));
        assert_eq!(latencies.quantile(0.99), Some(198.0));
        assert_eq!(latencies.quantile(1.0), latencies.max());
        assert_eq!(Latencies::new(vec![7.0]).quantile(0.999), Some(7.0));
        assert_eq!(Latencies::default().quantile(0.5), None);
    }
}
