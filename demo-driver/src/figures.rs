//! What was measured, as the one JSON line that `--once` ends with.

use std::time::Duration;

use serde_json::json;

/// Times of one run; milliseconds in the JSON.
#[derive(Debug, Default, Clone)]
pub struct Figures {
    /// Locations with an agent.
    pub locations: u64,
    /// Locations that are Kubernetes clusters.
    pub clusters: u64,
    /// Objects applied, over all locations.
    pub objects: u64,
    /// From `tributary apply` to a summary that says healthy everywhere.
    pub first_apply: Duration,
    /// From `tributary apply` of a changed image until a location had applied it.
    pub change_applied: Vec<Duration>,
    /// From the same moment until the summary said healthy everywhere.
    pub change_summary: Duration,
    /// From `kill -9` of a service until another one held its leases.
    pub takeover: Duration,
    /// From the start of an agent that had missed a change until the change was on its disk.
    pub catch_up: Duration,
}

impl Figures {
    /// The line, with the figures in the order in which they happen.
    pub fn json(&self) -> String {
        let applied = |percent| ms(percentile(&self.change_applied, percent));
        let figures = [
            ("locations", self.locations),
            ("objects", self.objects),
            ("first_apply_ms", ms(self.first_apply)),
            ("change_applied_p50_ms", applied(50)),
            ("change_applied_p99_ms", applied(99)),
            ("change_summary_ms", ms(self.change_summary)),
            ("takeover_ms", ms(self.takeover)),
            ("catch_up_ms", ms(self.catch_up)),
        ];
        let clusters = (self.clusters > 0).then_some(("clusters", self.clusters));
        let figures: String =
            figures.iter().chain(&clusters).map(|(name, value)| format!(",\"{name}\":{value}")).collect();
        format!("{{\"ok\":true{figures}}}")
    }

    pub fn failure(error: &anyhow::Error) -> String {
        json!({"ok": false, "error": format!("{error:#}")}).to_string()
    }
}

/// The smallest value that at least `percent` of 100 are not above; zero of none.
pub fn percentile(values: &[Duration], percent: usize) -> Duration {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or_default()
}

fn ms(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn millis(values: &[u64]) -> Vec<Duration> {
        values.iter().map(|v| Duration::from_millis(*v)).collect()
    }

    #[test]
    fn a_percentile_is_a_value_that_was_measured() {
        let values = millis(&(1..=200).rev().collect::<Vec<_>>());
        assert_eq!(percentile(&values, 50), Duration::from_millis(100));
        assert_eq!(percentile(&values, 99), Duration::from_millis(198));
        assert_eq!(percentile(&millis(&[7]), 99), Duration::from_millis(7));
        assert_eq!(percentile(&[], 50), Duration::ZERO);
    }

    #[test]
    fn the_line_has_every_figure() {
        let figures = Figures { locations: 5, change_applied: millis(&[1, 2, 3]), ..Figures::default() };
        let line: serde_json::Value = serde_json::from_str(&figures.json()).unwrap();
        assert_eq!(line["ok"], true);
        assert_eq!(line["locations"], 5);
        assert_eq!(line["change_applied_p50_ms"], 2);
        assert_eq!(line.as_object().unwrap().len(), 9);
    }

    #[test]
    fn clusters_are_counted_where_there_are_any() {
        let line = Figures { clusters: 2, ..Figures::default() }.json();
        assert!(line.ends_with(",\"clusters\":2}"), "{line}");
    }
}
