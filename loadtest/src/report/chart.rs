//! Line charts as SVG. Curves are stairs: a share or a count stays until the next one gets there.

use super::html::escape;
use super::scale::{Scale, thinned, ticks};
use super::words;

const WIDTH: f64 = 480.0;
const HEIGHT: f64 = 260.0;
/// Room for the labels; above, a line for each mark, because marks may be close to each other.
const LEFT: f64 = 60.0;
const RIGHT: f64 = 16.0;
const TOP: f64 = 36.0;
const BOTTOM: f64 = 40.0;
const LINE: f64 = 15.0;
/// Points of a curve that are closer than this are one.
const APART: f64 = 1.0;

/// A line chart.
#[derive(Clone, Debug, Default)]
pub struct Chart {
    pub title: String,
    pub x_label: String,
    /// What y is: a count up to this, or a share.
    pub counts: Option<f64>,
    pub curves: Vec<Curve>,
    /// Named values of x.
    pub marks: Vec<(String, f64)>,
}

/// An ascending curve.
#[derive(Clone, Debug, Default)]
pub struct Curve {
    pub name: String,
    /// x and y, ascending.
    pub points: Vec<(f64, f64)>,
}

impl Chart {
    /// One self-contained element.
    pub fn svg(&self) -> String {
        let greatest = self.curves.iter().filter_map(|curve| curve.points.last());
        let greatest = greatest.map(|(x, _)| *x).fold(0.0, f64::max);
        let xs = ticks(greatest, 5.0);
        let ys = self.counts.map_or_else(|| vec![0.0, 0.25, 0.5, 0.75, 1.0], |counts| ticks(counts, 4.0));
        let last = |ticks: &[f64]| ticks.last().copied().unwrap_or(1.0);
        let x = Scale { max: last(&xs), from: LEFT, to: WIDTH - RIGHT };
        let y = Scale { max: last(&ys), from: HEIGHT - BOTTOM, to: TOP };
        let label = escape(&self.title);
        let grid = self.horizontal(&ys, y) + &self.vertical(&xs, x);
        let curves: String =
            self.curves.iter().enumerate().map(|(number, curve)| curve.path(number, x, y)).collect();
        let marks: String =
            self.marks.iter().enumerate().map(|(number, (name, at))| mark(number, name, x.at(*at))).collect();
        format!(
            "<figure><figcaption>{label}</figcaption>\n\
             <svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{label}\">\n\
             {grid}{marks}{curves}</svg>{}</figure>\n",
            self.legend()
        )
    }

    fn horizontal(&self, ticks: &[f64], y: Scale) -> String {
        let text = |tick: f64| match self.counts {
            Some(_) => words::number(tick),
            None => format!("{:.0} %", tick * 100.0),
        };
        let line = |tick: &f64| {
            let at = y.at(*tick);
            format!(
                "<path class=\"grid\" d=\"M{LEFT} {at:.1}H{}\"/><text class=\"end\" x=\"{}\" y=\"{:.1}\">{}</text>\n",
                WIDTH - RIGHT,
                LEFT - 8.0,
                at + 4.0,
                escape(&text(*tick))
            )
        };
        ticks.iter().map(line).collect()
    }

    fn vertical(&self, ticks: &[f64], x: Scale) -> String {
        let below = HEIGHT - BOTTOM;
        let line = |tick: &f64| {
            let at = x.at(*tick);
            let text = escape(&axis(*tick, x.max));
            format!(
                "<path class=\"grid\" d=\"M{at:.1} {TOP}V{below}\"/><text class=\"mid\" x=\"{at:.1}\" y=\"{}\">{text}</text>\n",
                below + 16.0
            )
        };
        let lines: String = ticks.iter().map(line).collect();
        let (middle, bottom) = (LEFT.midpoint(WIDTH - RIGHT), HEIGHT - 6.0);
        format!("{lines}<text class=\"mid\" x=\"{middle}\" y=\"{bottom}\">{}</text>\n", escape(&self.x_label))
    }

    /// Needed only where curves have to be told apart.
    fn legend(&self) -> String {
        if self.curves.len() < 2 {
            return String::new();
        }
        let entry = |(number, curve): (usize, &Curve)| {
            format!("<li><i class=\"c{}\"></i>{}</li>", number % 4, escape(&curve.name))
        };
        format!("<ul class=\"legend\">{}</ul>", self.curves.iter().enumerate().map(entry).collect::<String>())
    }
}

impl Curve {
    fn path(&self, number: usize, x: Scale, y: Scale) -> String {
        let places = self.points.iter().map(|(across, up)| (x.at(*across), y.at(*up)));
        let mut path = format!("M{:.1} {:.1}", x.at(0.0), y.at(0.0));
        for (across, up) in thinned(places, APART) {
            path += &format!("H{across:.1}V{up:.1}");
        }
        format!(
            "<path class=\"curve c{}\" d=\"{path}\"><title>{}</title></path>\n",
            number % 4,
            escape(&self.name)
        )
    }
}

fn mark(number: usize, name: &str, at: f64) -> String {
    let bottom = HEIGHT - BOTTOM;
    let line = if number.is_multiple_of(2) { TOP - 6.0 - LINE } else { TOP - 6.0 };
    // Near the right edge there is no room behind the line.
    let (class, text) = if at > WIDTH * 0.7 { ("end", at - 4.0) } else { ("", at + 4.0) };
    format!(
        "<path class=\"mark\" d=\"M{at:.1} {:.1}V{bottom}\"/>\
         <text class=\"{class}\" x=\"{text:.1}\" y=\"{line:.1}\">{}</text>\n",
        line - 9.0,
        escape(name)
    )
}

/// A tick of an axis that goes up to `max`: all of its labels have equally many decimals.
fn axis(tick: f64, max: f64) -> String {
    let decimals = match max {
        max if max >= 10.0 => 0,
        max if max >= 1.0 => 1,
        max if max >= 0.1 => 2,
        max if max >= 0.01 => 3,
        _ => 4,
    };
    format!("{tick:.decimals$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(points: usize) -> Chart {
        let points: Vec<(f64, f64)> =
            (1..=points).map(|n| ((n as f64).sqrt(), n as f64 / points as f64)).collect();
        let curve = Curve { name: "a<b".to_owned(), points };
        let marks = vec![("p50 & more".to_owned(), 3.0)];
        Chart { title: "\"t\"".to_owned(), curves: vec![curve; 2], marks, ..Chart::default() }
    }

    #[test]
    fn a_drawing_is_small_however_many_points_there_are() {
        let (few, many) = (chart(1000).svg(), chart(100_000).svg());
        assert!(many.len() < 30_000, "{}", many.len());
        assert!(many.len() < few.len() * 2);
    }

    #[test]
    fn names_are_escaped_and_nothing_measured_is_no_failure() {
        let svg = chart(10).svg();
        assert!(svg.contains("a&lt;b") && svg.contains("&quot;t&quot;") && svg.contains("p50 &amp; more"));
        assert!(!Chart::default().svg().contains("NaN"));
    }

    #[test]
    fn ticks_of_one_axis_look_alike() {
        assert_eq!([0.0, 0.05, 0.1].map(|tick| axis(tick, 0.1)), ["0.00", "0.05", "0.10"]);
        assert_eq!(axis(200.0, 1000.0), "200");
    }
}
