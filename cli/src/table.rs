//! Columns for people: no borders, so that `awk` can read them too.

use comfy_table::{ColumnConstraint, ContentArrangement, Row, Table as Grid, presets::NOTHING};

/// Blanks between columns.
const GAP: u16 = 2;
/// A column that has to give way keeps at least so much of its content.
const LEAST: u16 = 6;

/// A table that is filled row by row.
#[derive(Debug)]
pub struct Table {
    header: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub fn new<'a>(header: impl IntoIterator<Item = &'a str>) -> Self {
        Self { header: header.into_iter().map(str::to_owned).collect(), rows: Vec::new() }
    }

    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().map(clean).collect());
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Its lines. With a width, no line is longer if that is possible at all: the longest cells are cut short, those
    /// of the first column, which are names, last.
    pub fn text(&self, width: Option<u16>) -> String {
        let mut grid = Grid::new();
        grid.load_style(NOTHING);
        // A row is a line, however wide: wrapped cells cannot be searched or piped.
        grid.set_content_arrangement(ContentArrangement::Disabled);
        grid.set_truncation_indicator("…");
        grid.set_header(one_line(&self.header));
        grid.add_rows(self.rows.iter().map(|cells| one_line(cells)));
        for column in grid.column_iter_mut() {
            column.set_padding((0, GAP));
        }
        if let Some(width) = width {
            fit(&mut grid, width);
        }
        let lines: Vec<_> = grid.lines().map(|line| line.trim_end().to_owned()).collect();
        lines.join("\n")
    }
}

impl std::fmt::Display for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text(None))
    }
}

/// A table whose rows come over time. A column grows with what comes, so that rows mostly stand below each other.
#[derive(Debug)]
pub struct Columns {
    header: Option<Vec<String>>,
    widths: Vec<usize>,
}

impl Columns {
    pub fn new<'a>(header: impl IntoIterator<Item = &'a str>) -> Self {
        let header: Vec<_> = header.into_iter().map(str::to_owned).collect();
        Self { widths: vec![0; header.len()], header: Some(header) }
    }

    /// The row as a line; the first, below the header.
    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) -> String {
        let cells: Vec<_> = cells.into_iter().map(clean).collect();
        let header = self.header.take();
        for cells in header.iter().chain([&cells]) {
            let longer = self.widths.iter_mut().zip(cells);
            longer.for_each(|(width, cell)| *width = (*width).max(cell.chars().count()));
        }
        let lines: Vec<_> = header.iter().chain([&cells]).map(|cells| self.line(cells)).collect();
        lines.join("\n")
    }

    fn line(&self, cells: &[String]) -> String {
        let gap = usize::from(GAP);
        let cells = self.widths.iter().zip(cells).map(|(width, cell)| format!("{cell:<width$}{:gap$}", ""));
        cells.collect::<String>().trim_end().to_owned()
    }
}

/// One that is cut short stays a line.
fn one_line(cells: &[String]) -> Row {
    let mut row = Row::from(cells);
    row.max_height(1);
    row
}

fn fit(grid: &mut Grid, width: u16) {
    let wanted = grid.column_max_content_widths();
    let widths =
        shares(&wanted, width.saturating_sub(GAP * u16::try_from(wanted.len()).unwrap_or(u16::MAX)) + GAP);
    if widths == wanted {
        return;
    }
    grid.set_content_arrangement(ContentArrangement::Dynamic);
    for (column, width) in grid.column_iter_mut().zip(widths) {
        column.set_constraint(ColumnConstraint::Absolute(comfy_table::Width::Fixed(width + GAP)));
    }
}

/// Widths that add up to at most `room`, taken from the widest columns first.
fn shares(wanted: &[u16], room: u16) -> Vec<u16> {
    let mut widths = wanted.to_vec();
    loop {
        let over = widths.iter().sum::<u16>().saturating_sub(room);
        // Names tell rows apart: the first column gives way when no other can.
        let (first, others) = widths.split_at_mut(1.min(wanted.len()));
        let widest = others.iter_mut().max().filter(|width| **width > LEAST);
        match widest.or_else(|| first.iter_mut().find(|width| **width > LEAST)) {
            Some(width) if over > 0 => *width -= 1,
            _ => return widths,
        }
    }
}

/// An empty cell would shift the columns that `awk` sees, and so would a line feed.
fn clean(cell: String) -> String {
    if cell.is_empty() {
        "-".to_owned()
    } else if cell.contains(char::is_control) {
        cell.split(|c: char| c.is_whitespace() || c.is_control())
            .filter(|word| !word.is_empty())
            .collect::<Vec<_>>()
            .join(" ")
    } else {
        cell
    }
}

/// Labels and the like: `a=b,c=d`.
pub fn pairs<'a>(map: impl IntoIterator<Item = (&'a String, &'a String)>) -> String {
    map.into_iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems() -> Table {
        let mut table = Table::new(["LOCATION", "REASON", "MESSAGE"]);
        table.row([
            "store-1".into(),
            "Withheld".into(),
            "the expression has no value, as there is no city".into(),
        ]);
        table.row(["store-22".into(), String::new(), "two\nlines\x1b".into()]);
        table
    }

    #[test]
    fn rows_that_come_over_time_stand_below_their_header() {
        let mut columns = Columns::new(["NAME", "AGE"]);
        assert_eq!(columns.row(["shop".into(), "1s".into()]), "NAME  AGE\nshop  1s");
        assert_eq!(columns.row(["warehouse".into(), "1s".into()]), "warehouse  1s");
        assert_eq!(columns.row(["shop".into(), "2s".into()]), "shop       2s");
    }

    #[test]
    fn a_table_that_goes_elsewhere_is_whole() {
        let text = problems().text(None);
        assert!(text.contains("as there is no city"), "{text}");
        assert!(text.ends_with("store-22  -         two lines"), "{text}");
    }

    #[test]
    fn a_table_fits_the_terminal_with_a_line_for_each_row() {
        for width in 22..80 {
            let text = problems().text(Some(width));
            assert_eq!(text.lines().count(), 3, "{text}");
            assert!(text.lines().all(|line| line.chars().count() <= usize::from(width)), "{width}\n{text}");
            assert!(width < 30 || text.contains("store-22"), "{width}\n{text}");
        }
        assert!(problems().text(Some(40)).contains('…'));
        assert_eq!(problems().text(Some(200)), problems().text(None));
    }
}
