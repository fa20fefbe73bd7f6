//! Figures by process, stream or action, side by side.

use std::collections::BTreeSet;

use super::html::{Cell, table};
use super::words;
use crate::figures::Figures;

/// Figures named `<column>.<row>` that have rows in common.
#[derive(Debug, Default, PartialEq)]
struct Matrix {
    columns: Vec<String>,
    rows: BTreeSet<String>,
}

/// Tables of all figures that have a point in their names.
pub fn tables(figures: &Figures) -> String {
    matrices(figures).iter().map(|matrix| matrix.html(figures)).collect()
}

fn matrices(figures: &Figures) -> Vec<Matrix> {
    let mut matrices: Vec<Matrix> = Vec::new();
    for (column, row) in figures.lines().filter_map(|(name, _)| name.split_once('.')) {
        let known = matrices.iter().position(|matrix| matrix.columns.iter().any(|known| known == column));
        let related = || matrices.iter().position(|matrix| matrix.rows.contains(row));
        let index = known.or_else(related).unwrap_or_else(|| {
            matrices.push(Matrix::default());
            matrices.len() - 1
        });
        let matrix = &mut matrices[index];
        if known.is_none() {
            matrix.columns.push(column.to_owned());
        }
        matrix.rows.insert(row.to_owned());
    }
    matrices
}

impl Matrix {
    fn html(&self, figures: &Figures) -> String {
        let head: Vec<&str> = std::iter::once("").chain(self.columns.iter().map(String::as_str)).collect();
        let value = |column: &String, row: &String| figures.number(&format!("{column}.{row}"));
        let cell = |column: &String, value: Option<f64>| {
            Cell::Number(value.map(|value| words::quantity(value, column)).unwrap_or_default())
        };
        let mut rows: Vec<Vec<Cell>> = Vec::new();
        for row in &self.rows {
            let values = self.columns.iter().map(|column| cell(column, value(column, row)));
            rows.push(std::iter::once(Cell::Code(row.clone())).chain(values).collect());
        }
        let total = |column: &String| self.rows.iter().filter_map(|row| value(column, row)).sum();
        let totals = self.columns.iter().map(|column| cell(column, Some(total(column))));
        if rows.len() > 1 {
            rows.push(std::iter::once(Cell::Text("all".to_owned())).chain(totals).collect());
        }
        table(&head, &rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_rows_in_common_is_one_table() {
        let mut figures = Figures::default();
        for name in ["cpu_s.nats", "cpu_s.host-0", "rss_mb.nats", "messages.blob", "lost"] {
            figures.set(name, 2.5);
        }
        let tables = matrices(&figures);
        let columns: Vec<&[String]> = tables.iter().map(|matrix| matrix.columns.as_slice()).collect();
        assert_eq!(columns, [&["cpu_s".to_owned(), "rss_mb".to_owned()][..], &["messages".to_owned()]]);
        let html = tables[0].html(&figures);
        assert!(html.contains("<td>all</td><td class=\"n\">5\u{a0}s</td>"), "{html}");
    }
}
