//! A report for readers: one file that needs nothing else, light or dark as its reader's screen is.
//!
//! ```text
//!   Run, machine --setting--> what was run            figures --bars--> what was aimed at, and whether it was reached
//!   figures      --section--> tables                  distributions --curves--> chart --scale--> SVG
//! ```
//!
//! It draws what `--json` tells, and nothing else. Text is escaped in `html`, and nowhere else.

mod bars;
mod chart;
mod curves;
mod html;
mod matrix;
mod page;
mod scale;
mod section;
mod setting;
mod words;

use std::path::Path;

use anyhow::Context as _;

use crate::args::Run;
use crate::figures::Figures;

/// Writes all that has been played so far.
pub fn write(path: &Path, run: &Run, played: &[(String, Figures)]) -> anyhow::Result<()> {
    let setting = setting::look(run)?;
    let text = page::page(run, &setting, played);
    std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::args::{Action, Command};
    use crate::latency::Latencies;

    /// As the command line gives it.
    pub fn run(flags: &[&str]) -> Run {
        let command = Command::try_parse_from(["loadtest", "run"].iter().chain(flags)).unwrap();
        let Action::Run(run) = command.action else { panic!("not a run") };
        run
    }

    #[test]
    fn a_hundred_thousand_locations_make_a_small_file() {
        let mut figures = Figures::default();
        for name in ["change_published", "change_received", "change_applied", "change_reported"] {
            let values = (0..100_000).map(|n| f64::from(n * 7919 % 100_003).powf(1.3) / 1e6);
            figures.distribution(name, Latencies::new(values.collect()));
        }
        let setting = vec![("command", "<b>&\"".to_owned())];
        let text = page::page(&run(&[]), &setting, &[("change".to_owned(), figures)]);
        assert!(text.len() < 200_000, "{} bytes", text.len());
        assert!(text.contains("&lt;b&gt;&amp;&quot;") && !text.contains("<b>"));
        assert_eq!(text.matches("<svg").count(), 5);
    }

    #[test]
    fn a_report_needs_nothing_but_itself() {
        let text = page::page(&run(&[]), &Vec::new(), &[("start".to_owned(), Figures::default())]);
        for word in ["<script", "http://", "https://", "url(", "@import"] {
            assert!(!text.contains(word), "{word}");
        }
    }
}
