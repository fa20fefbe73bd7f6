//! Columns for people: no borders, so that `awk` can read them too.

use comfy_table::{Table as Grid, presets::NOTHING};

/// A table that is filled row by row.
#[derive(Debug)]
pub struct Table {
    grid: Grid,
    rows: usize,
}

impl Table {
    pub fn new<'a>(header: impl IntoIterator<Item = &'a str>) -> Self {
        let mut grid = Grid::new();
        grid.load_style(NOTHING);
        // A row is a line, however wide: wrapped cells cannot be searched or piped.
        grid.set_content_arrangement(comfy_table::ContentArrangement::Disabled);
        grid.set_header(header);
        Self { grid, rows: 0 }
    }

    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        // An empty cell would shift the columns that `awk` sees.
        let cells =
            cells.into_iter().map(|cell| if cell.is_empty() { "-".to_owned() } else { one_line(&cell) });
        self.grid.add_row(cells.collect::<Vec<_>>());
        self.rows += 1;
    }

    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }
}

impl std::fmt::Display for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut grid = self.grid.clone();
        for column in grid.column_iter_mut() {
            column.set_padding((0, 2));
        }
        let lines: Vec<_> = grid.lines().map(|line| line.trim_end().to_owned()).collect();
        f.write_str(&lines.join("\n"))
    }
}

fn one_line(cell: &str) -> String {
    if cell.contains(['\n', '\r']) {
        cell.split_whitespace().collect::<Vec<_>>().join(" ")
    } else {
        cell.to_owned()
    }
}

/// Labels and the like: `a=b,c=d`.
pub fn pairs<'a>(map: impl IntoIterator<Item = (&'a String, &'a String)>) -> String {
    map.into_iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(",")
}
