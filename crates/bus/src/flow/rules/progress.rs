//! How far one stream has been folded, and what of it is in the view already.

use std::collections::BTreeMap;

use crate::{Key, Row};

/// One stream, as one replica knows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// It has been read from the beginning once.
    born: bool,
    caught_up: bool,
    /// The last row stands in the middle of a batch.
    partway: bool,
    /// The last sequence told.
    folded: u64,
    /// The last sequence of a row that is not about rows.
    watermark: u64,
    /// The last sequence that the server told of, and when that was.
    tail: (u64, u64),
    /// Rows that were stored here, and whose echo has not come: what is older than them is void.
    echoes: BTreeMap<Key, u64>,
}

impl Progress {
    /// The stream is read from its beginning; true: once more.
    pub fn begin(&mut self) -> bool {
        let again = self.born;
        *self = Self { born: true, tail: self.tail, ..Self::default() };
        again
    }

    /// A row was told; `whole`: it does not end in the middle of a batch. False: a newer one of its key was stored
    /// here, and the view has it.
    pub fn take(&mut self, row: &Row, whole: bool) -> bool {
        (self.folded, self.partway) = (row.seq, !whole);
        if !is_control(&row.key) {
            self.watermark = row.seq;
        }
        match self.echoes.get(&row.key) {
            Some(&seq) if row.seq < seq => false,
            Some(_) => {
                self.echoes.remove(&row.key);
                true
            }
            None => true,
        }
    }

    /// A message that is no row was told.
    pub fn skip(&mut self, seq: u64) {
        self.folded = seq;
    }

    /// All that is stored has been told.
    pub fn catch_up(&mut self) {
        (self.caught_up, self.partway) = (true, false);
    }

    /// The stream is not there (any more).
    pub fn miss(&mut self) {
        self.caught_up = false;
    }

    /// The server said at `now` that the stream ends at `last`.
    pub fn ends_at(&mut self, last: u64, now: u64) {
        self.tail = (last, now);
    }

    /// A row was stored here, and is in the view: until its echo comes, older rows of its key are void.
    pub fn stored(&mut self, key: &Key, seq: u64) {
        if self.folded < seq {
            self.echoes.insert(key.clone(), seq);
        }
    }

    /// Everything stored has been told once.
    pub fn is_caught_up(&self) -> bool {
        self.caught_up
    }

    /// It does not stand in the middle of a batch.
    pub fn is_whole(&self) -> bool {
        !self.partway
    }

    /// The last sequence told.
    pub fn folded(&self) -> u64 {
        self.folded
    }

    /// The last sequence of a row that is neither lease, member nor mark of completeness.
    pub fn watermark(&self) -> u64 {
        self.watermark
    }

    /// Whether it has been folded up to `mark`. A stream that ends before the mark, as told after `since`, has been
    /// re-created since; waiting for it would never end.
    pub(super) fn includes(&self, mark: u64, since: u64) -> bool {
        let (last, told) = self.tail;
        self.folded >= mark || (told > since && last < mark && self.folded >= last)
    }
}

/// Rows about rows: they move no watermark.
fn is_control(key: &Key) -> bool {
    matches!(key, Key::Lease { .. } | Key::Member { .. } | Key::Complete { .. })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Stream;

    fn row(key: Key, seq: u64) -> Row {
        Row { key, value: None, seq, trace: None }
    }

    #[test]
    fn what_is_older_than_what_was_stored_here_is_void_until_the_echo_comes() {
        let (mut progress, key) = (Progress::default(), Key::Region("eu".into()));
        progress.stored(&key, 7);
        assert!(!progress.take(&row(key.clone(), 5), true), "older than what is stored");
        assert!(progress.take(&row(key.clone(), 7), true), "the echo");
        assert!(progress.take(&row(key, 9), true), "newer");
    }

    #[test]
    fn rows_about_rows_are_folded_and_move_no_watermark() {
        let mut progress = Progress::default();
        progress.take(&row(Key::Region("eu".into()), 3), true);
        progress.take(&row(Key::Complete { stream: Stream::Decision, unit: "0".into() }, 4), true);
        assert_eq!((progress.folded(), progress.watermark()), (4, 3));
    }

    #[test]
    fn a_mark_beyond_the_end_of_a_stream_that_was_made_anew_is_not_waited_for() {
        let mut progress = Progress::default();
        progress.ends_at(20, 5);
        assert!(!progress.includes(10, 0), "it is still to be read");
        progress.ends_at(0, 5);
        assert!(!progress.includes(10, 5), "the end was told before");
        assert!(progress.includes(10, 4));
    }
}
