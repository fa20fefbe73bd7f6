//! How far the streams are folded, and who waits for it.
//!
//! Whoever has stored rows waits for the last of them. Each is told once, when it is there: told of every row, all of them
//! would wake for each of the thousand rows of a batch.

use std::collections::BTreeMap;

use bus::Stream;
use tokio::sync::oneshot;

/// By stream.
#[derive(Debug, Default)]
pub(crate) struct Folded(BTreeMap<Stream, Progress>);

#[derive(Debug, Default)]
struct Progress {
    /// The highest sequence.
    last: u64,
    /// By the sequence that is waited for.
    waiting: BTreeMap<u64, Vec<oneshot::Sender<()>>>,
}

impl Folded {
    /// The row with this sequence is folded.
    pub(crate) fn reach(&mut self, stream: Stream, seq: u64) {
        let Progress { last, waiting } = self.0.entry(stream).or_default();
        *last = seq.max(*last);
        while let Some(first) = waiting.first_entry().filter(|first| first.key() <= last) {
            // One that has gone needs no answer.
            first.remove().into_iter().for_each(|waiter| waiter.send(()).unwrap_or_default());
        }
    }

    /// The highest sequence; 0: nothing is folded.
    pub(crate) fn last(&self, stream: &Stream) -> u64 {
        self.0.get(stream).map_or(0, |progress| progress.last)
    }

    /// The stream is read again. Who waits goes on: the sequence may come, or their time passes.
    pub(crate) fn forget(&mut self, stream: &Stream) {
        if let Some(progress) = self.0.get_mut(stream) {
            progress.last = 0;
        }
    }

    /// Tells when a sequence is reached; `None`: it is.
    pub(crate) fn wait(&mut self, stream: &Stream, seq: u64) -> Option<oneshot::Receiver<()>> {
        if self.last(stream) >= seq {
            return None;
        }
        let (waiter, reached) = oneshot::channel();
        self.0.entry(stream.clone()).or_default().waiting.entry(seq).or_default().push(waiter);
        Some(reached)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STREAM: Stream = Stream::Locations;

    #[test]
    fn who_waits_is_told_when_the_sequence_is_reached_and_not_before() {
        let mut folded = Folded::default();
        folded.reach(STREAM, 3);
        assert!(folded.wait(&STREAM, 3).is_none(), "it is there");
        let mut waiting = [5, 5, 7].map(|seq| folded.wait(&STREAM, seq).unwrap());
        folded.reach(Stream::Intent, 9);
        folded.reach(STREAM, 4);
        assert!(waiting.iter_mut().all(|reached| reached.try_recv().is_err()));
        folded.reach(STREAM, 6);
        assert_eq!(waiting.each_mut().map(|reached| reached.try_recv().is_ok()), [true, true, false]);
    }

    #[test]
    fn a_stream_that_is_read_again_has_nothing_folded() {
        let mut folded = Folded::default();
        folded.reach(STREAM, 3);
        let mut reached = folded.wait(&STREAM, 4).unwrap();
        folded.forget(&STREAM);
        assert_eq!(folded.last(&STREAM), 0);
        folded.reach(STREAM, 1);
        assert!(reached.try_recv().is_err());
        folded.reach(STREAM, 4);
        assert!(reached.try_recv().is_ok());
    }
}
