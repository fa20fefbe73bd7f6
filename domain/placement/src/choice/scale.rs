//! From what a location has to a score between 0 and 100: whole numbers, so that no replica rounds otherwise.

use model::ScoreBy;
use roaring::RoaringBitmap;

/// The highest score.
pub(super) const BEST: u32 = 100;

/// Between which values the candidates are, for one prioritizer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Scale {
    /// The lowest and the highest; `None`: nobody has any.
    range: Option<(i128, i128)>,
    /// Who has these: when nobody does any more, the scale is another.
    at_low: RoaringBitmap,
    at_high: RoaringBitmap,
}

impl Scale {
    /// Takes in a value; whether the scale stays what it was.
    pub fn add(&mut self, handle: u32, value: i128) -> bool {
        let before = self.range;
        let (low, high) = before.unwrap_or((value, value));
        self.range = Some((low.min(value), high.max(value)));
        if value < low {
            self.at_low.clear();
        }
        if value > high {
            self.at_high.clear();
        }
        if value <= low {
            self.at_low.insert(handle);
        }
        if value >= high {
            self.at_high.insert(handle);
        }
        before == self.range
    }

    /// Forgets a candidate.
    pub fn remove(&mut self, handle: u32) {
        self.at_low.remove(handle);
        self.at_high.remove(handle);
    }

    /// Whether somebody still has its ends.
    pub fn is_sound(&self) -> bool {
        self.range.is_none() || !(self.at_low.is_empty() || self.at_high.is_empty())
    }

    /// The score of a candidate that has this value; `None`: it has nothing that is a number.
    pub fn of(&self, by: &ScoreBy, is_previous: bool, value: Option<i128>) -> Option<u32> {
        match by {
            ScoreBy::Steady => Some(if is_previous { BEST } else { 0 }),
            // Others come and go: that shall not move what is here, so that nobody new is as good.
            ScoreBy::Balance if is_previous => Some(BEST),
            ScoreBy::Balance => Some(self.score(value?).min(BEST - 1)),
            ScoreBy::Capacity(_) | ScoreBy::Property(_) => Some(self.score(value?)),
        }
    }

    /// The score of a value: 100 for the highest, 0 for the lowest, and 100 where all are equal.
    fn score(&self, value: i128) -> u32 {
        let (low, high) = self.range.unwrap_or((value, value));
        let mut span = high.saturating_sub(low);
        let mut above = value.clamp(low, high).saturating_sub(low);
        if span == 0 {
            return BEST;
        }
        if let (Ok(span), Ok(above)) = (u64::try_from(span), u64::try_from(above))
            && let Some(hundredfold) = above.checked_mul(BEST.into())
        {
            // The same at a fraction of the cost.
            return u32::try_from(hundredfold / span).unwrap_or(BEST);
        }
        while span > i128::MAX / 128 {
            (span, above) = (span / 128, above / 128);
        }
        u32::try_from(above * i128::from(BEST) / span).unwrap_or(BEST)
    }
}
