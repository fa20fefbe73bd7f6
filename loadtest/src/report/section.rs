//! One scenario: its charts and its figures.

use super::bars::{self, Verdict};
use super::html::{Cell, element, table};
use super::{curves, matrix, words};
use crate::args::Run;
use crate::figures::Figures;

/// What a distribution tells, by the ends of its figures' names.
const QUANTILES: [(&str, &str); 5] =
    [("_p50_s", "p50"), ("_p90_s", "p90"), ("_p99_s", "p99"), ("_p999_s", "p99.9"), ("_max_s", "greatest")];

/// All that is told of a scenario; `number` tells it from others of its name.
pub fn section(run: &Run, (number, name): (usize, &str), figures: &Figures) -> String {
    let charts: String = curves::charts(figures).iter().map(|chart| chart.svg()).collect();
    let rows: Vec<Vec<Cell>> =
        single(figures).map(|(figure, text)| row(run, name, figures, figure, text)).collect();
    let parts = [
        element("h2", name),
        element("p", &words::scenario(name)),
        format!("<div class=\"charts\">{charts}</div>\n"),
        table(&["figure", "value", "bar", "", "what it is"], &rows),
        distributions(figures),
        matrix::tables(figures),
    ];
    format!("<section id=\"s{number}\">\n{}</section>\n", parts.concat())
}

/// Figures that are in no other table.
fn single(figures: &Figures) -> impl Iterator<Item = (&str, String)> {
    let is_quantile = |figure: &str| {
        figures.distributions.iter().any(|(name, _)| {
            figure
                .strip_prefix(name.as_str())
                .is_some_and(|end| QUANTILES.iter().any(|(known, _)| *known == end))
        })
    };
    figures.lines().filter(move |(figure, _)| !figure.contains('.') && !is_quantile(figure))
}

fn row(run: &Run, scenario: &str, figures: &Figures, figure: &str, text: String) -> Vec<Cell> {
    let value = figures.number(figure);
    let text = value.map_or(text, |value| words::quantity(value, figure));
    let [bar, verdict] = aim(run, scenario, figure, value);
    let meaning = Cell::Text(words::meaning(figure).to_owned());
    vec![Cell::Code(figure.to_owned()), Cell::Number(text), bar, verdict, meaning]
}

/// The bar of a figure and how it stands to it; empty cells where there is none.
fn aim(run: &Run, scenario: &str, figure: &str, value: Option<f64>) -> [Cell; 2] {
    let (Some(bar), Some(value)) = (bars::of(run, scenario, figure), value) else {
        return [Cell::Text(String::new()), Cell::Text(String::new())];
    };
    let verdict = match bar.verdict(run, value) {
        Verdict::Met(how) => Cell::Marked("met", how),
        Verdict::Missed(how) => Cell::Marked("missed", how),
        Verdict::Untold(why) => Cell::Marked("untold", why),
    };
    [Cell::Text(bar.text()), verdict]
}

fn distributions(figures: &Figures) -> String {
    let head: Vec<&str> = ["", "values"].into_iter().chain(QUANTILES.map(|(_, name)| name)).collect();
    let measured = figures.distributions.iter().filter(|(_, latencies)| !latencies.is_empty());
    let row = |(name, latencies): &(String, crate::latency::Latencies)| {
        let value = |end: &str| figures.number(&format!("{name}{end}"));
        let cell =
            |end| Cell::Number(value(end).map(|value| words::quantity(value, end)).unwrap_or_default());
        let first = [Cell::Code(name.clone()), Cell::Number(words::number(latencies.len() as f64))];
        first.into_iter().chain(QUANTILES.map(|(end, _)| cell(end))).collect()
    };
    table(&head, &measured.map(row).collect::<Vec<_>>())
}

/// Every figure of the run that has a bar.
pub fn summary(run: &Run, played: &[(String, Figures)]) -> String {
    let mut rows = Vec::new();
    for (name, figures) in played {
        for (figure, _) in figures.lines() {
            let Some(value) = figures.number(figure).filter(|_| bars::of(run, name, figure).is_some()) else {
                continue;
            };
            let [bar, verdict] = aim(run, name, figure, Some(value));
            let value = Cell::Number(words::quantity(value, figure));
            rows.push(vec![Cell::Text(name.clone()), Cell::Code(figure.to_owned()), value, bar, verdict]);
        }
    }
    table(&["scenario", "figure", "value", "bar", ""], &rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::latency::Latencies;
    use crate::report::tests::run;

    #[test]
    fn each_figure_is_in_one_table() {
        let mut figures = Figures::default();
        figures.distribution("change_applied", Latencies::new(vec![1.0, 2.0]));
        figures.set("cpu_s.nats", 1.0);
        figures.set("lost", 0);
        let names: Vec<&str> = single(&figures).map(|(name, _)| name).collect();
        assert_eq!(names, ["lost"]);
        let html = section(&run(&[]), (1, "change"), &figures);
        assert_eq!(html.matches("<code>change_applied</code>").count(), 1);
        assert!(html.contains("<td class=\"met\">met</td>"), "{html}");
    }
}
