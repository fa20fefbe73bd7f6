//! What is being waited for, shown once it takes longer than a moment: on stderr, and only if that is a terminal.

use std::{
    borrow::Cow,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use indicatif::{MultiProgress, ProgressBar, ProgressFinish, ProgressStyle};

/// What takes less needs no explanation, and a line that flashes up disturbs.
const PATIENCE: Duration = Duration::from_secs(1);
const SPINNER: &str = "{spinner} {msg} ({elapsed})";
const TICK: Duration = Duration::from_millis(120);
/// Whether something is shown: there is one line for it, and the outermost work says best what goes on.
static SHOWN: AtomicBool = AtomicBool::new(false);

/// Awaits `work`; says that it is `doing` it if that takes long.
pub fn while_waiting<T>(doing: &str, work: impl Future<Output = T>) -> impl Future<Output = T> {
    // Boxed before it is part of this future: calls are large, and nested ones would each hold a copy.
    let mut work = Box::pin(work);
    async move {
        let Some(_line) = Line::take() else { return work.await };
        if let Ok(done) = tokio::time::timeout(PATIENCE, &mut work).await {
            return done;
        }
        // Removed from the screen when dropped, also if nobody awaits the end.
        let _shown = spinner(doing.to_owned());
        work.await
    }
}

/// Something that moves, a text, and the time that has passed.
pub fn spinner(text: impl Into<Cow<'static, str>>) -> ProgressBar {
    start(ProgressBar::new_spinner(), SPINNER).with_message(text)
}

/// The same as one of several lines.
pub fn spinner_on(screen: &MultiProgress, text: impl Into<Cow<'static, str>>) -> ProgressBar {
    start(screen.add(ProgressBar::new_spinner()), SPINNER).with_message(text)
}

/// How many of `total` are done.
pub fn bar(total: usize, of_what: &'static str) -> ProgressBar {
    let bar = ProgressBar::new(total as u64);
    start(bar, "{bar:40} {pos}/{len} {msg}, {per_sec}, {eta} left").with_message(of_what)
}

fn start(bar: ProgressBar, template: &str) -> ProgressBar {
    let bar = bar.with_finish(ProgressFinish::AndClear);
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.enable_steady_tick(TICK);
    bar
}

/// The right to show something.
struct Line;

impl Line {
    fn take() -> Option<Self> {
        (!SHOWN.swap(true, Ordering::Relaxed)).then_some(Self)
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        SHOWN.store(false, Ordering::Relaxed);
    }
}
