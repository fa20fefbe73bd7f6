//! What a process printed: kept (the last lines), copied to a file where asked, and waited for.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{BufRead as _, BufReader, PipeReader, Write as _};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::Context as _;
use tokio::sync::watch;

/// Enough for all that a test's process says; a bound for the demo's, which may run for days.
const KEPT: usize = 20_000;

/// The output of one process over all its lives. Clones share it.
#[derive(Debug, Clone)]
pub(crate) struct Output {
    lines: Arc<Mutex<VecDeque<String>>>,
    count: watch::Sender<usize>,
}

impl Output {
    pub(crate) fn new() -> Output {
        Output { lines: Arc::default(), count: watch::Sender::new(0) }
    }

    /// Reads until the last writer of the pipe is gone, on a thread of its own.
    pub(crate) fn follow(&self, pipe: PipeReader, mut copy: Option<File>) {
        let output = self.clone();
        std::thread::spawn(move || {
            let mut reader = BufReader::new(pipe);
            let mut line = Vec::new();
            while reader.read_until(b'\n', &mut line).is_ok_and(|n| n > 0) {
                if let Some(file) = &mut copy {
                    // A full disk must not stop the process that prints.
                    file.write_all(&line).ok();
                }
                output.push(String::from_utf8_lossy(&line).trim_end().to_owned());
                line.clear();
            }
        });
    }

    fn push(&self, line: String) {
        let mut lines = self.lines();
        if lines.len() == KEPT {
            lines.pop_front();
        }
        lines.push_back(line);
        drop(lines);
        self.count.send_modify(|n| *n += 1);
    }

    fn lines(&self) -> MutexGuard<'_, VecDeque<String>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets what was said so far, so that a wait after a restart does not find the former life's line.
    pub(crate) fn clear(&self) {
        self.lines().clear();
    }

    pub(crate) fn tail(&self, n: usize) -> String {
        let lines = self.lines();
        let skipped = lines.len().saturating_sub(n);
        lines.iter().skip(skipped).map(|line| format!("{line}\n")).collect()
    }

    /// The first line, from the beginning of this life on, in which `find` finds something.
    pub(crate) async fn wait<T>(
        &self,
        timeout: Duration,
        find: impl Fn(&str) -> Option<T>,
    ) -> anyhow::Result<T> {
        let mut count = self.count.subscribe();
        let search = async {
            loop {
                count.borrow_and_update();
                let found = self.lines().iter().find_map(|line| find(line));
                if let Some(found) = found {
                    return found;
                }
                if count.changed().await.is_err() {
                    std::future::pending::<()>().await;
                }
            }
        };
        let found = tokio::time::timeout(timeout, search).await;
        found.with_context(|| {
            format!("the line did not come within {timeout:?}; the last output:\n{}", self.tail(40))
        })
    }
}
