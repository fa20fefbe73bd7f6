//! One unit, as one replica knows it: whether it may be written, and which mark of completeness goes with its rows.
//!
//! ```text
//!   nobody's here --take--> taken --output folded past the lease, inputs as far as the last mark--> may be written
//!        ^                    |                                                                          |
//!        '-- lose, forget ----+--------------------------------------------------------------------------'
//! ```

use super::Progress;
use crate::Stream;
use crate::flow::{Batch, Unit};

/// Between two marks that are stored alone, milliseconds: many small changes elsewhere are one mark.
const MARK: u64 = 100;
/// A mark that is older than this goes with the next rows, however few.
const OVERDUE: u64 = 1000;

/// One unit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Duty {
    /// The lease was taken here: with this sequence, at this time.
    taken: Option<(u64, u64)>,
    /// All that the former holder stored has been folded since the lease was taken.
    established: bool,
    /// The newest mark of completeness.
    complete: Option<wire::Complete>,
    /// Rows may have been stored since, without a mark.
    unmarked: bool,
    /// When a mark was last stored here.
    marked: u64,
}

impl Duty {
    /// The unit's lease was taken, with `seq`.
    pub fn take(&mut self, seq: u64, now: u64) {
        // The former holder may have died between its rows and their mark.
        (self.taken, self.established, self.unmarked) = (Some((seq, now)), false, true);
    }

    /// Somebody else holds the lease, or nobody.
    pub fn lose(&mut self) {
        (self.taken, self.established) = (None, false);
    }

    /// Its stream is read again: nothing that was known of its lease and mark holds.
    pub fn forget(&mut self) {
        self.lose();
        self.complete = None;
    }

    /// The lease is held here, as far as is known.
    pub fn is_taken(&self) -> bool {
        self.taken.is_some()
    }

    /// A mark was folded.
    pub fn complete(&mut self, complete: Option<wire::Complete>) {
        self.complete = complete;
    }

    /// Whether all that the former holder stored has been folded, and all that it had folded. Whoever asks has made sure
    /// that every stream is caught up and none stands in the middle of a batch.
    pub fn may_write<'a>(&mut self, unit: &Unit, progress: impl Fn(&Stream) -> Option<&'a Progress>) -> bool {
        let Some((seq, since)) = self.taken else { return false };
        let folded = progress(&unit.stream).map_or(0, Progress::folded);
        self.established = self.established || folded >= seq && self.inputs_include(since, progress);
        self.established
    }

    /// Whether what the last mark accounts for has been folded here too.
    fn inputs_include<'a>(&self, since: u64, progress: impl Fn(&Stream) -> Option<&'a Progress>) -> bool {
        let marks = self.complete.iter().flat_map(|complete| &complete.watermark);
        marks.into_iter().all(|(name, mark)| {
            let input = Stream::from_name(name).and_then(|stream| progress(&stream));
            input.is_none_or(|input| input.includes(*mark, since))
        })
    }

    /// Whether `batch` is a row that can go alone, at a tenth of the latency of a batch; its mark follows alone. Not for
    /// ever, where each pass has one such row.
    pub fn goes_alone(&self, batch: &Batch, now: u64) -> bool {
        let alone = batch.rows.len() == 1 && batch.rows.iter().all(|row| row.expected.is_none());
        alone && now < self.marked + OVERDUE
    }

    /// `complete`, if it goes with `batch`: if that ends the pass, and the mark says anything new. Where readers are told
    /// how far the inputs are accounted for, every pass that stored rows ends with one: they take a removal for meant
    /// only when a mark follows it. `idle`: no content is on the way, which would mean rows that are still to come.
    pub fn mark(
        &self,
        batch: &Batch,
        complete: wire::Complete,
        idle: bool,
        now: u64,
    ) -> Option<wire::Complete> {
        if batch.more || !idle || self.goes_alone(batch, now) {
            return None;
        }
        let nothing = batch.rows.is_empty();
        let early = nothing && self.complete.is_some() && now < self.marked + MARK;
        let ends = !complete.watermark.is_empty() && (self.unmarked || !nothing);
        (!early && (ends || self.complete.as_ref() != Some(&complete))).then_some(complete)
    }

    /// A batch was stored: with rows or without, with a mark or without.
    pub fn stored(&mut self, rows: bool, complete: Option<wire::Complete>, now: u64) {
        self.unmarked = complete.is_none() && (self.unmarked || rows);
        if complete.is_some() {
            (self.complete, self.marked) = (complete, now);
        }
    }

    /// A batch was not stored, as far as is known: an answer that was lost may have said that it was.
    pub fn failed(&mut self) {
        self.unmarked = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Key, Row, Write};

    fn unit() -> Unit {
        Unit { stream: Stream::Decision, name: "0".into() }
    }

    fn batch(rows: usize) -> Batch {
        let rows = (0..rows).map(|n| Write::new(Key::Location(n.to_string()), "x")).collect();
        Batch { rows, ..Batch::default() }
    }

    fn accounts_for(mark: u64) -> wire::Complete {
        wire::Complete { epoch: 0, watermark: [("KV_intent".to_owned(), mark)].into(), layout: 1 }
    }

    fn folded(seq: u64) -> Progress {
        let mut progress = Progress::default();
        progress.take(&Row { key: Key::Location("x".into()), value: None, seq, trace: None }, true);
        progress
    }

    #[test]
    fn a_unit_may_be_written_when_the_output_and_the_inputs_are_folded_as_far_as_the_former_holder_had_them()
    {
        let mut duty = Duty::default();
        duty.complete(Some(accounts_for(5)));
        let may = |output: u64, input: u64, duty: &mut Duty| {
            let (output, input) = (folded(output), folded(input));
            duty.may_write(&unit(), |stream| match stream {
                Stream::Decision => Some(&output),
                _ => Some(&input),
            })
        };
        assert!(!may(9, 9, &mut duty), "nobody holds it here");
        duty.take(7, 0);
        assert!(!may(6, 9, &mut duty), "rows of the former holder may be missing");
        assert!(!may(7, 4, &mut duty), "the former holder knew more");
        assert!(may(7, 5, &mut duty));
        duty.lose();
        assert!(!may(9, 9, &mut duty));
    }

    #[test]
    fn a_single_row_goes_alone_and_its_mark_follows() {
        let mut duty = Duty::default();
        assert!(duty.goes_alone(&batch(1), 0) && duty.mark(&batch(1), accounts_for(1), true, 0).is_none());
        duty.stored(true, None, 0);
        assert_eq!(duty.mark(&batch(0), accounts_for(1), true, 0), Some(accounts_for(1)));
    }

    #[test]
    fn where_each_pass_has_one_row_a_mark_goes_with_one_of_them() {
        let mut duty = Duty::default();
        duty.stored(true, Some(accounts_for(1)), 0);
        assert!(duty.goes_alone(&batch(1), OVERDUE - 1));
        assert_eq!(duty.mark(&batch(1), accounts_for(1), true, OVERDUE), Some(accounts_for(1)));
    }

    #[test]
    fn a_mark_ends_a_pass_and_is_not_repeated() {
        let mut duty = Duty::default();
        let more = Batch { more: true, ..batch(2) };
        assert_eq!(duty.mark(&more, accounts_for(1), true, 0), None, "there is more to come");
        assert_eq!(duty.mark(&batch(2), accounts_for(1), false, 0), None, "content is on the way");
        assert_eq!(duty.mark(&batch(2), accounts_for(1), true, 0), Some(accounts_for(1)));
        duty.stored(true, Some(accounts_for(1)), 0);
        assert_eq!(duty.mark(&batch(0), accounts_for(1), true, MARK), None, "it says nothing new");
        assert_eq!(duty.mark(&batch(0), accounts_for(2), true, MARK - 1), None, "several are one");
        assert_eq!(duty.mark(&batch(0), accounts_for(2), true, MARK), Some(accounts_for(2)));
    }

    #[test]
    fn after_a_takeover_and_after_a_lost_answer_a_mark_follows_what_may_have_been_stored_without_one() {
        let mut duty = Duty::default();
        duty.stored(true, Some(accounts_for(1)), 0);
        duty.take(7, 0);
        assert_eq!(duty.mark(&batch(0), accounts_for(1), true, MARK), Some(accounts_for(1)));
        duty.stored(false, Some(accounts_for(1)), 0);
        duty.failed();
        assert_eq!(duty.mark(&batch(0), accounts_for(1), true, MARK), Some(accounts_for(1)));
    }
}
