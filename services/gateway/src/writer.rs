//! Group commit: what arrives while a batch is being stored goes into the next one together.
//!
//! ```text
//!   apply --.                                         .--> its sequence
//!   apply ---+--> queue of the stream --> one batch --+--> its sequence
//!   apply --'        (one in flight)                  '--> ...
//! ```
//!
//! A batch is synced to disk once, whatever it holds. Changes of one batch have no row in common. When a batch fails by
//! the condition of one of its rows, its changes are stored one by one, so that each fails by its own condition only.

use std::collections::BTreeSet;
use std::sync::Arc;

use bus::flow::Stats;
use bus::{Bus, Cause, Stream, Write};
use tokio::sync::{mpsc, oneshot};
use wire::Key;

use crate::error::Error;

/// Rows of one atomic batch, as the server takes them.
pub(crate) const MAX_ROWS: usize = 1000;
/// Bytes of one atomic batch, under what the bus takes (16 MiB).
pub(crate) const MAX_BYTES: usize = 12 << 20;
/// Changes that wait for one stream; callers wait when it is full.
const QUEUE: usize = 1024;

/// The way to the two tables of declarations.
#[derive(Clone, Debug)]
pub(crate) struct Writer {
    intent: mpsc::Sender<Job>,
    locations: mpsc::Sender<Job>,
}

/// One change: all of its rows or none.
#[derive(Debug)]
struct Job {
    rows: Vec<Write>,
    done: oneshot::Sender<Result<Vec<u64>, Error>>,
}

impl Writer {
    /// Counts what is not stored.
    pub(crate) fn new(bus: &Bus, stats: &Arc<Stats>) -> Self {
        let start = || {
            let (sender, receiver) = mpsc::channel(QUEUE);
            tokio::spawn(run(bus.clone(), stats.clone(), receiver));
            sender
        };
        Self { intent: start(), locations: start() }
    }

    /// Stores `rows`, all of `stream`, all or none; returns the sequence of each.
    pub(crate) async fn commit(&self, stream: &Stream, rows: Vec<Write>) -> Result<Vec<u64>, Error> {
        let queue = if *stream == Stream::Intent { &self.intent } else { &self.locations };
        let (done, answer) = oneshot::channel();
        let ended = || Error::Unavailable("the gateway is ending; try again".to_owned());
        queue.send(Job { rows, done }).await.map_err(|_| ended())?;
        answer.await.map_err(|_| ended())?
    }
}

async fn run(bus: Bus, stats: Arc<Stats>, mut jobs: mpsc::Receiver<Job>) {
    let mut left = None;
    loop {
        let first = match left.take() {
            Some(job) => job,
            None => match jobs.recv().await {
                Some(job) => job,
                None => return,
            },
        };
        let group;
        (group, left) = gather(first, &mut jobs);
        store(&bus, &stats, group).await;
    }
}

/// What goes into one batch, and the change that did not fit any more.
fn gather(first: Job, jobs: &mut mpsc::Receiver<Job>) -> (Vec<Job>, Option<Job>) {
    let mut keys: BTreeSet<Key> = first.rows.iter().map(|row| row.key.clone()).collect();
    let mut bytes = first.bytes();
    let mut group = vec![first];
    while let Ok(job) = jobs.try_recv() {
        bytes += job.bytes();
        let full = keys.len() + job.rows.len() > MAX_ROWS || bytes > MAX_BYTES;
        if full || job.rows.iter().any(|row| keys.contains(&row.key)) {
            return (group, Some(job));
        }
        keys.extend(job.rows.iter().map(|row| row.key.clone()));
        group.push(job);
    }
    (group, None)
}

impl Job {
    fn bytes(&self) -> usize {
        self.rows.iter().map(|row| row.value.len()).sum()
    }
}

async fn store(bus: &Bus, stats: &Stats, group: Vec<Job>) {
    let rows = group.iter().flat_map(|job| job.rows.iter().cloned()).collect();
    match bus.commit(rows, None).await {
        Ok(sequences) => {
            let mut sequences = sequences.into_iter();
            for job in group {
                let own = sequences.by_ref().take(job.rows.len()).collect();
                // A caller that has gone wants no answer.
                job.done.send(Ok(own)).ok();
            }
        }
        Err(error) => {
            stats.not_stored.add(Cause::of(&error));
            failed(bus, group, error).await;
        }
    }
}

async fn failed(bus: &Bus, mut group: Vec<Job>, error: bus::Error) {
    if group.len() == 1 {
        if let Some(job) = group.pop() {
            job.done.send(Err(error.into())).ok();
        }
        return;
    }
    for job in group {
        let result = match error.is_transient() {
            // One by one would only wait as often for the same server.
            true => Err(Error::Unavailable(error.to_string())),
            false => bus.commit(job.rows, None).await.map_err(Error::from),
        };
        job.done.send(result).ok();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(names: &[&str]) -> Job {
        let rows = names.iter().map(|&name| Write::new(Key::Location(name.into()), "x")).collect();
        Job { rows, done: oneshot::channel().0 }
    }

    fn gathered(waiting: Vec<Job>) -> (usize, bool) {
        let (sender, mut receiver) = mpsc::channel(QUEUE);
        waiting.into_iter().for_each(|job| sender.try_send(job).unwrap());
        let first = receiver.try_recv().unwrap();
        let (group, left) = gather(first, &mut receiver);
        (group.len(), left.is_some())
    }

    #[test]
    fn what_waits_goes_into_one_batch() {
        assert_eq!(gathered(vec![job(&["a"]), job(&["b", "c"]), job(&["d"])]), (3, false));
    }

    #[test]
    fn two_changes_of_one_row_are_two_batches() {
        assert_eq!(gathered(vec![job(&["a"]), job(&["b"]), job(&["a"])]), (2, true));
    }

    #[test]
    fn a_batch_holds_what_the_server_takes() {
        let names: Vec<String> = (0..600).map(|n| n.to_string()).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let others: Vec<String> = (600..1200).map(|n| n.to_string()).collect();
        let others: Vec<&str> = others.iter().map(String::as_str).collect();
        assert_eq!(gathered(vec![job(&names), job(&others)]), (1, true));
    }
}
