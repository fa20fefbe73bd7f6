//! The little HTML that a report consists of.

/// A cell of a table.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    Text(String),
    /// A name as it is in the JSON or on the command line.
    Code(String),
    Number(String),
    /// With a class that colours it.
    Marked(&'static str, String),
}

/// Text as it may stand in an element, or between an attribute's quotes.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            // What XML knows no way to write, and no reader can see.
            other if other.is_control() && !matches!(other, '\n' | '\t') => escaped.push('\u{fffd}'),
            other => escaped.push(other),
        }
    }
    escaped
}

/// An element with nothing but text.
pub fn element(name: &str, text: &str) -> String {
    format!("<{name}>{}</{name}>", escape(text))
}

/// A table without the columns that would be empty; nothing where it would have no rows.
pub fn table(head: &[&str], rows: &[Vec<Cell>]) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let is_used =
        |column: &usize| rows.iter().any(|row| row.get(*column).is_some_and(|cell| !cell.is_empty()));
    let used: Vec<usize> = (0..head.len()).filter(is_used).collect();
    let head: String = used.iter().map(|column| element("th", head[*column])).collect();
    let row = |cells: &Vec<Cell>| {
        let cells = used.iter().filter_map(|column| cells.get(*column));
        format!("<tr>{}</tr>\n", cells.map(Cell::html).collect::<String>())
    };
    let rows: String = rows.iter().map(row).collect();
    format!(
        "<div class=\"wide\"><table><thead><tr>{head}</tr></thead>\n<tbody>\n{rows}</tbody></table></div>\n"
    )
}

impl Cell {
    fn is_empty(&self) -> bool {
        let (Self::Text(text) | Self::Code(text) | Self::Number(text) | Self::Marked(_, text)) = self;
        text.is_empty()
    }

    fn html(&self) -> String {
        match self {
            Self::Text(text) => element("td", text),
            Self::Code(text) => format!("<td><code>{}</code></td>", escape(text)),
            Self::Number(text) => format!("<td class=\"n\">{}</td>", escape(text)),
            Self::Marked(class, text) => format!("<td class=\"{class}\">{}</td>", escape(text)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_become_markup() {
        assert_eq!(escape("a<b> & \"c\" 'd'"), "a&lt;b&gt; &amp; &quot;c&quot; &#39;d&#39;");
        assert_eq!(escape("ä\u{0}\u{1b}[1m\n"), "ä\u{fffd}\u{fffd}[1m\n");
        for cell in [Cell::Text, Cell::Code, Cell::Number, |text| Cell::Marked("met", text)] {
            let table = table(&["<h>"], &[vec![cell("<script>".to_owned())]]);
            assert!(!table.contains("<script>") && !table.contains("<h>"), "{table}");
        }
    }

    #[test]
    fn what_is_empty_is_left_out() {
        assert_eq!(table(&["figure"], &[]), "");
        let row = |first: &str| vec![Cell::Text(first.to_owned()), Cell::Number(String::new())];
        let table = table(&["figure", "bar"], &[row("lost"), row("")]);
        assert!(table.contains("figure") && !table.contains("bar"), "{table}");
        assert_eq!(table.matches("<td>").count(), 2);
    }
}
