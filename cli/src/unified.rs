//! Differences between two documents, as `diff -u` shows them; in colour for people.

use std::env;
use std::io::IsTerminal as _;

use anyhow::Result;
use similar::TextDiff;

use crate::output;

const RED: &str = "\x1b[31m";
const GREEN: &str = "\x1b[32m";
const CYAN: &str = "\x1b[36m";
const BOLD: &str = "\x1b[1m";
const PLAIN: &str = "\x1b[0m";

/// A document and what it is called.
#[derive(Clone, Copy, Debug)]
pub struct Side<'a> {
    pub title: &'a str,
    pub text: &'a str,
}

/// Prints what differs; nothing if nothing does.
pub fn show(before: Side<'_>, after: Side<'_>) -> Result<()> {
    let diff = TextDiff::from_lines(before.text, after.text);
    let text = diff.unified_diff().header(before.title, after.title).to_string();
    // As <https://no-color.org> has it.
    let plain = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let text = if std::io::stdout().is_terminal() && !plain { coloured(&text) } else { text };
    output::raw(text.as_bytes())
}

fn coloured(text: &str) -> String {
    text.lines().map(|line| format!("{}{line}{PLAIN}\n", colour(line))).collect()
}

fn colour(line: &str) -> &'static str {
    match line.as_bytes() {
        [b'-', b'-', b'-', ..] | [b'+', b'+', b'+', ..] => BOLD,
        [b'-', ..] => RED,
        [b'+', ..] => GREEN,
        [b'@', ..] => CYAN,
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_is_red_and_what_comes_is_green() {
        let text = coloured("--- a\n+++ b\n@@ -1 +1 @@\n-old\n+new\n same\n");
        assert!(text.contains("\x1b[31m-old\x1b[0m") && text.contains("\x1b[32m+new\x1b[0m"), "{text:?}");
        assert!(text.contains("\x1b[1m--- a") && text.contains("\n same"), "{text:?}");
    }
}
