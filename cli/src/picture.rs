//! Pictures that move: drawn whole each time, so that nothing of one depends on what was there before.

use crate::{table::Table, terminal::Size};

/// Cursor home; what is drawn then covers what was there, without the flicker of clearing it first.
const HOME: &str = "\x1b[H";
const CLEAR_LINE: &str = "\x1b[K";
const CLEAR_BELOW: &str = "\x1b[J";

/// Lines that fit. The last one stays free: a line feed there would scroll.
pub fn room(size: Size) -> usize {
    usize::from(size.height).saturating_sub(1)
}

/// The lines as a terminal takes them, no more of them than there is room for.
pub fn draw(size: Size, lines: &[String]) -> String {
    let lines = lines.iter().take(room(size)).map(|line| {
        let line: String = line.chars().take(size.width.into()).collect();
        format!("{line}{CLEAR_LINE}\n")
    });
    format!("{HOME}{}{CLEAR_BELOW}", lines.collect::<String>())
}

/// The lines of a table; none if it has no rows.
pub fn rows(table: &Table, width: u16) -> Vec<String> {
    if table.is_empty() {
        return Vec::new();
    }
    table.text(Some(width)).lines().map(str::to_owned).collect()
}

/// As many as there is room for; the last then says how many more there are.
pub fn cut(mut lines: Vec<String>, room: usize) -> Vec<String> {
    if lines.len() > room {
        let more = lines.len() - room.saturating_sub(1);
        lines.truncate(room.saturating_sub(1));
        lines.extend(
            (room > 0)
                .then(|| format!("and {more} more: make the window taller, or see `tributary describe`")),
        );
    }
    lines
}

/// How far so many locations are; each number counts those of the number before, too.
#[derive(Clone, Copy, Debug, Default)]
pub struct Bar {
    pub healthy: u64,
    pub updated: u64,
    pub moved: u64,
    pub expected: u64,
}

impl Bar {
    /// `#` healthy, `+` updated, `-` on the way, `.` not yet.
    pub fn text(self, width: u16) -> String {
        let mut text = String::new();
        let parts = [(self.healthy, '#'), (self.updated, '+'), (self.moved, '-'), (self.expected, '.')];
        for (count, sign) in parts {
            let missing = self.cells(count, width).saturating_sub(text.len());
            text.extend(std::iter::repeat_n(sign, missing));
        }
        text
    }

    fn cells(self, count: u64, width: u16) -> usize {
        let cells = count.min(self.expected) * u64::from(width) / self.expected.max(1);
        usize::try_from(cells).unwrap_or_default()
    }
}

/// The width of a bar: what the columns `beside` it leave, but neither unreadably small nor larger than is of use.
pub fn bar_width(width: u16, beside: u16) -> u16 {
    width.saturating_sub(beside).clamp(8, 40)
}

#[cfg(test)]
pub fn undrawn(drawn: &str) -> String {
    [HOME, CLEAR_BELOW, CLEAR_LINE].iter().fold(drawn.to_owned(), |text, code| text.replace(code, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_shows_each_stage_and_never_more_than_there_is() {
        let bar = |healthy, updated, moved, expected| Bar { healthy, updated, moved, expected }.text(10);
        assert_eq!(bar(5, 8, 9, 10), "#####+++-.");
        assert_eq!(bar(0, 0, 0, 3), "..........");
        assert_eq!(bar(7, 5, 5, 5), "##########");
        assert_eq!(bar(0, 0, 0, 0), "");
    }
}
