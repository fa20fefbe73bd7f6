//! What is aimed at, as data, and whether a run has reached it.

use crate::args::Run;
use crate::report::words;

/// A limit.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Limit {
    Under(f64),
    Over(f64),
    Nothing,
}

/// What is aimed at for one figure.
#[derive(Clone, Copy, Debug)]
pub struct Bar {
    /// Of this scenario only; empty: of every one.
    scenario: &'static str,
    /// Its name, or that of a process or of a size without its number.
    figure: &'static str,
    limit: Limit,
    /// The fleets that it is for: at least so many locations, and fewer than those; with so many placements.
    least: u32,
    below: u32,
    placements: u32,
}

/// How a figure stands to its bar.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    Met(String),
    Missed(String),
    /// The run was smaller than what the bar is for.
    Untold(String),
}

const ANY: Bar =
    Bar { scenario: "", figure: "", limit: Limit::Nothing, least: 0, below: u32::MAX, placements: 0 };
const LARGE: Bar = Bar { least: 100_000, ..ANY };
const HUGE: Bar = Bar { least: 1_000_000, ..ANY };
const RESTART: Bar = Bar { limit: Limit::Under(5.0), below: 1_000_000, ..LARGE };
const HUGE_RESTART: Bar = Bar { limit: Limit::Under(60.0), ..HUGE };
const MEMORY: Bar =
    Bar { scenario: "change", limit: Limit::Under(1000.0), below: 1_000_000, placements: 5, ..LARGE };
const HUGE_MEMORY: Bar = Bar { scenario: "change", limit: Limit::Under(4000.0), ..HUGE };

/// Of a run on two cores that everything shares.
const BARS: &[Bar] = &[
    Bar { figure: "lost", ..ANY },
    Bar { figure: "change_summary_true_s", limit: Limit::Under(10.0), below: 1_000_000, ..LARGE },
    Bar { figure: "ratio_to_raw", limit: Limit::Under(2.0), ..LARGE },
    Bar { figure: "narrow_p99_s", limit: Limit::Under(1.0), least: 1000, ..ANY },
    Bar { figure: "location_updates_per_s", limit: Limit::Over(20_000.0), ..LARGE },
    Bar { figure: "status_updates_per_s", limit: Limit::Over(20_000.0), ..LARGE },
    Bar { figure: "status_lag_p99_s", limit: Limit::Under(1.0), ..LARGE },
    Bar { figure: "restart_placement_s", ..RESTART },
    Bar { figure: "restart_translation_s", ..RESTART },
    Bar { figure: "restart_summarization_s", ..RESTART },
    Bar { figure: "restart_gateway_s", ..RESTART },
    Bar { figure: "restart_nats_s", ..RESTART },
    Bar { figure: "restart_placement_s", ..HUGE_RESTART },
    Bar { figure: "restart_translation_s", ..HUGE_RESTART },
    Bar { figure: "restart_summarization_s", ..HUGE_RESTART },
    Bar { figure: "restart_gateway_s", ..HUGE_RESTART },
    Bar { figure: "restart_nats_s", ..HUGE_RESTART },
    Bar { figure: "placement_first_s", limit: Limit::Under(1.0), ..LARGE },
    Bar { figure: "placement_change_cpu_ms", limit: Limit::Under(1.0), ..LARGE },
    Bar { figure: "choices_change_cpu_ms", limit: Limit::Under(10.0), ..LARGE },
    Bar { figure: "plan_s", limit: Limit::Under(2.0), ..LARGE },
    Bar { figure: "rollout_ratio", limit: Limit::Under(1.1), ..LARGE },
    Bar { figure: "reconnect_s", limit: Limit::Under(60.0), ..LARGE },
    Bar {
        figure: "hub_bytes_per_location_placement",
        limit: Limit::Under(200.0),
        least: 1000,
        placements: 5,
        ..ANY
    },
    Bar { figure: "idle_mb_per_day", limit: Limit::Under(1.0), ..ANY },
    Bar { figure: "idle_rss_mb", limit: Limit::Under(10.0), ..ANY },
    Bar { figure: "idle_millicores", limit: Limit::Under(1.0), ..ANY },
    // A fifth of what Open Cluster Management takes for as many.
    Bar { scenario: "kubernetes", figure: "summary_true_s.10", limit: Limit::Under(0.12), ..ANY },
    Bar { scenario: "kubernetes", figure: "summary_true_s.50", limit: Limit::Under(0.62), ..ANY },
    Bar { scenario: "kubernetes", figure: "summary_true_s.100", limit: Limit::Under(1.32), ..ANY },
    Bar { scenario: "kubernetes", figure: "summary_true_s.200", limit: Limit::Under(2.88), ..ANY },
    Bar { scenario: "cluster", figure: "change_p99_s", limit: Limit::Under(0.3), ..ANY },
    Bar { scenario: "cluster", figure: "change_agent_cpu_ms", limit: Limit::Under(5.0), ..ANY },
    Bar { scenario: "cluster", figure: "first_applied_s.100", limit: Limit::Under(2.0), ..ANY },
    Bar { scenario: "cluster", figure: "first_applied_s.1000", limit: Limit::Under(15.0), ..ANY },
    Bar { scenario: "cluster", figure: "first_ratio_to_bare", limit: Limit::Under(1.5), ..ANY },
    Bar { scenario: "cluster", figure: "rest_rss_mb.20", limit: Limit::Under(10.0), ..ANY },
    Bar { scenario: "cluster", figure: "rest_rss_mb.2000", limit: Limit::Under(40.0), ..ANY },
    Bar { scenario: "cluster", figure: "rest_millicores", limit: Limit::Under(1.0), ..ANY },
    Bar { figure: "list_600_ms", limit: Limit::Under(50.0), least: 600, ..ANY },
    Bar { figure: "list_6000_ms", limit: Limit::Under(500.0), least: 6000, ..ANY },
    // CPU time is counted in hundredths of a second: it takes many locations to tell.
    Bar {
        scenario: "change",
        figure: "hub_cpu_us_per_location",
        limit: Limit::Under(100.0),
        least: 10_000,
        ..ANY
    },
    Bar { figure: "peak_mb.placement", ..MEMORY },
    Bar { figure: "peak_mb.translation", ..MEMORY },
    Bar { figure: "peak_mb.summarization", ..MEMORY },
    Bar { figure: "peak_mb.gateway", ..MEMORY },
    Bar { figure: "peak_mb.translation", ..HUGE_MEMORY },
    Bar { figure: "peak_mb.summarization", ..HUGE_MEMORY },
];

/// The bar of a figure that is for fleets like this run's, or else one for larger ones.
pub fn of(run: &Run, scenario: &str, figure: &str) -> Option<&'static Bar> {
    let bars = || BARS.iter().filter(|bar| bar.is_of(scenario, figure) && run.locations < bar.below);
    bars().find(|bar| bar.fits(run)).or_else(|| bars().next())
}

impl Bar {
    fn is_of(&self, scenario: &str, figure: &str) -> bool {
        let numbered = || figure.strip_prefix(self.figure).is_some_and(|rest| rest.starts_with(['-', '.']));
        (self.scenario.is_empty() || self.scenario == scenario) && (self.figure == figure || numbered())
    }

    fn fits(&self, run: &Run) -> bool {
        (self.least..self.below).contains(&run.locations) && run.placements >= self.placements
    }

    /// What is aimed at.
    pub fn text(&self) -> String {
        match self.limit {
            Limit::Under(limit) => format!("under {}", words::quantity(limit, self.figure)),
            Limit::Over(limit) => format!("over {}", words::quantity(limit, self.figure)),
            Limit::Nothing => "0".to_owned(),
        }
    }

    pub fn verdict(&self, run: &Run, value: f64) -> Verdict {
        let (met, share) = match self.limit {
            Limit::Under(limit) => (value < limit, value / limit),
            Limit::Over(limit) => (value > limit, value / limit),
            Limit::Nothing => (value == 0.0, 0.0),
        };
        match (self.fits(run), met) {
            (false, _) => Verdict::Untold(self.fleet()),
            (true, true) => Verdict::Met(how("met", share)),
            (true, false) => Verdict::Missed(how("missed", share)),
        }
    }

    fn fleet(&self) -> String {
        let locations = words::number(self.least.into());
        match self.placements {
            0 => format!("for {locations} locations"),
            placements => format!("for {locations} locations and {placements} placements"),
        }
    }
}

fn how(word: &str, share: f64) -> String {
    match share {
        0.0 => word.to_owned(),
        share if share < 1.0 => format!("{word}, at {:.0} % of it", share * 100.0),
        share => format!("{word}, at {share:.1} times it"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::run;

    fn check(flags: &[&str], scenario: &str, figure: &str, value: f64) -> Option<Verdict> {
        let run = run(flags);
        of(&run, scenario, figure).map(|bar| bar.verdict(&run, value))
    }

    #[test]
    fn a_bar_is_met_or_missed_by_so_much() {
        let large = &["--locations=100000"];
        let check = |figure, value| check(large, "change", figure, value);
        assert_eq!(check("change_summary_true_s", 5.0), Some(Verdict::Met("met, at 50 % of it".into())));
        assert_eq!(
            check("change_summary_true_s", 25.0),
            Some(Verdict::Missed("missed, at 2.5 times it".into()))
        );
        assert_eq!(
            check("location_updates_per_s", 30_000.0),
            Some(Verdict::Met("met, at 1.5 times it".into()))
        );
        assert_eq!(check("lost", 0.0), Some(Verdict::Met("met".into())));
        assert_eq!(check("lost", 3.0), Some(Verdict::Missed("missed".into())));
        assert_eq!(check("declared_s", 3.0), None);
    }

    #[test]
    fn a_small_run_says_nothing_of_a_bar_for_large_ones() {
        let verdict = check(&["--locations=1000"], "change", "change_summary_true_s", 1.0);
        assert_eq!(verdict, Some(Verdict::Untold("for 100,000 locations".into())));
        let verdict = check(&["--locations=100000"], "change", "peak_mb.gateway-1", 1.0);
        assert_eq!(verdict, Some(Verdict::Untold("for 100,000 locations and 5 placements".into())));
    }

    #[test]
    fn larger_fleets_have_bars_of_their_own() {
        let text = |locations: &str| of(&run(&[locations]), "restart", "restart_nats_s").map(Bar::text);
        assert_eq!(text("--locations=1000").as_deref(), Some("under 5\u{a0}s"));
        assert_eq!(text("--locations=1000000").as_deref(), Some("under 60\u{a0}s"));
    }
}
