//! What a run says while it works: on standard error, a bar on a terminal, lines elsewhere.

use std::io::{IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

/// Between two lines on how far it is, where there is no terminal.
const EVERY: Duration = Duration::from_secs(10);

/// Says a line.
pub fn say(text: &str) {
    // Whoever does not listen any more does not miss it.
    writeln!(std::io::stderr(), "{text}").ok();
}

/// How far one thing is.
#[derive(Debug)]
pub struct Progress {
    what: String,
    all: u64,
    bar: Option<ProgressBar>,
    said: Instant,
    begun: Instant,
}

impl Progress {
    pub fn new(what: &str, all: u64) -> Self {
        let style = ProgressStyle::with_template("{msg:40} {bar:30} {pos}/{len} {elapsed}");
        let bar = std::io::stderr().is_terminal().then(|| ProgressBar::new(all));
        if let (Some(bar), Ok(style)) = (&bar, style) {
            bar.set_style(style);
            bar.set_message(what.to_owned());
        }
        Self { what: what.to_owned(), all, bar, said: Instant::now(), begun: Instant::now() }
    }

    pub fn at(&mut self, done: u64) {
        match &self.bar {
            Some(bar) => bar.set_position(done),
            None if self.said.elapsed() >= EVERY => {
                self.said = Instant::now();
                say(&format!("  {}: {done} of {}", self.what, self.all));
            }
            None => {}
        }
    }

    /// It is done: one line that stays.
    pub fn done(self) {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
        say(&format!("  {}: {} in {:.2} s", self.what, self.all, self.begun.elapsed().as_secs_f64()));
    }
}
