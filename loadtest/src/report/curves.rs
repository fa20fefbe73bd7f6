//! Which charts a scenario has.

use super::chart::{Chart, Curve};
use super::words;
use crate::figures::Figures;
use crate::latency::Latencies;

/// The stages of a change, in order: the name of the distribution, and what is said of it.
const STAGES: [(&str, &str); 4] = [
    ("change_published", "document published"),
    ("change_received", "received by the agent"),
    ("change_applied", "applied"),
    ("change_reported", "report stored"),
];

/// All of them, the time line first.
pub fn charts(figures: &Figures) -> Vec<Chart> {
    let measured = || figures.distributions.iter().filter(|(_, latencies)| !latencies.is_empty());
    timeline(figures)
        .into_iter()
        .chain(measured().map(|(name, latencies)| cumulative(name, latencies)))
        .collect()
}

/// How many locations have come to each stage of a change.
fn timeline(figures: &Figures) -> Option<Chart> {
    let curve = |(name, stage): (&str, &str)| {
        let (_, latencies) = figures.distributions.iter().find(|(known, _)| known == name)?;
        Some(Curve { name: stage.to_owned(), points: steps(latencies, 1.0) })
    };
    let curves: Vec<Curve> =
        STAGES.into_iter().filter_map(curve).filter(|curve| !curve.points.is_empty()).collect();
    let locations =
        curves.iter().filter_map(|curve| curve.points.last()).map(|(_, count)| *count).reduce(f64::max)?;
    let summary = figures.number("change_summary_true_s");
    let decided = figures.number("change_decided_s");
    let marks = [("decided", decided), ("summary true", summary)];
    Some(Chart {
        title: "Locations that have come to each stage".to_owned(),
        x_label: "seconds since apply returned".to_owned(),
        counts: Some(locations),
        curves,
        marks: marks.into_iter().filter_map(|(name, at)| Some((name.to_owned(), at?))).collect(),
    })
}

/// Which share took at most so long.
fn cumulative(name: &str, latencies: &Latencies) -> Chart {
    let share = 1.0 / latencies.len().max(1) as f64;
    let mark = |(name, share): (&str, f64)| {
        let seconds = latencies.quantile(share)?;
        Some((format!("{name} {} s", words::number(seconds)), seconds))
    };
    Chart {
        title: format!("{name}, {} values", words::number(latencies.len() as f64)),
        x_label: "seconds".to_owned(),
        counts: None,
        curves: vec![Curve { name: name.to_owned(), points: steps(latencies, share) }],
        marks: [("p50", 0.5), ("p99", 0.99)].into_iter().filter_map(mark).collect(),
    }
}

/// Each value, and how many are not above it, in units of `each`.
fn steps(latencies: &Latencies, each: f64) -> Vec<(f64, f64)> {
    latencies.sorted().iter().enumerate().map(|(index, value)| (*value, (index + 1) as f64 * each)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(names: &[&str]) -> Figures {
        let mut figures = Figures::default();
        for name in names {
            figures.distribution(name, Latencies::new(vec![3.0, 1.0, 2.0]));
        }
        figures
    }

    #[test]
    fn a_curve_counts_who_is_there() {
        let chart = timeline(&figures(&["change_applied", "change_received"])).unwrap();
        let names: Vec<&str> = chart.curves.iter().map(|curve| curve.name.as_str()).collect();
        assert_eq!(names, ["received by the agent", "applied"]);
        assert_eq!(chart.curves[0].points, [(1.0, 1.0), (2.0, 2.0), (3.0, 3.0)]);
        assert_eq!(chart.counts, Some(3.0));
    }

    #[test]
    fn every_distribution_has_a_chart_and_only_a_change_a_time_line() {
        assert_eq!(charts(&figures(&["change_applied", "raw_received"])).len(), 3);
        let charts = charts(&figures(&["narrow"]));
        assert_eq!(charts.len(), 1);
        assert_eq!(charts[0].marks, [("p50 2 s".to_owned(), 2.0), ("p99 3 s".to_owned(), 3.0)]);
        assert!(super::charts(&Figures::default()).is_empty());
    }
}
