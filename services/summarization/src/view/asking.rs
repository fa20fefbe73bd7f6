//! Asks agents to report again, at a pace that neither they nor the tables mind.
//!
//! Each ask makes an agent store all of its reports. When a region's reports are lost, all of its heartbeats show it
//! together, and an agent that beats a thousand times a second shows it as often. So a location waits once, is not asked
//! again too soon, and asks go out a few at a time.

use std::collections::{BTreeMap, VecDeque};

use crate::metrics::PutOff;

/// Between two asks of one location, in milliseconds, however often it beats and whatever period it tells.
const APART_MS: u64 = 1_000;
/// Asks of this process in a second: a part of the reports that one takes in, so that others are not held up by them.
const A_SECOND: u64 = 5_000;
/// Of them, what may go at once.
const AT_ONCE: u64 = A_SECOND / 10;

/// Region and location.
pub(super) type Name = (String, String);

/// Who is to be asked, and who was. Bounded by the number of locations.
#[derive(Debug, Default)]
pub(super) struct Asking {
    waiting: VecDeque<Name>,
    /// Those that were asked lately, oldest first.
    asked: VecDeque<(u64, Name)>,
    /// All in both, and why they are not to be asked now.
    known: BTreeMap<Name, PutOff>,
    /// Asks that may go now, in thousandths, and since when.
    allowance: u64,
    since: u64,
}

impl Asking {
    /// This location's reports are to be had again, or why it is not asked for now: its next heartbeat shows it again.
    pub(super) fn add(&mut self, name: Name, now: u64) -> Result<(), PutOff> {
        self.forget(now);
        if let Some(why) = self.known.get(&name) {
            return Err(*why);
        }
        self.known.insert(name.clone(), PutOff::waiting);
        self.waiting.push_back(name);
        Ok(())
    }

    /// Whom to ask now.
    pub(super) fn take(&mut self, now: u64) -> Vec<Name> {
        let earned = now.saturating_sub(self.since).saturating_mul(A_SECOND);
        self.allowance = self.allowance.saturating_add(earned).min(AT_ONCE * 1_000);
        self.since = now;
        let count = usize::try_from(self.allowance / 1_000).unwrap_or(usize::MAX).min(self.waiting.len());
        self.allowance -= count as u64 * 1_000;
        let names: Vec<Name> = self.waiting.drain(..count).collect();
        for name in &names {
            self.known.insert(name.clone(), PutOff::too_soon);
            self.asked.push_back((now, name.clone()));
        }
        names
    }

    fn forget(&mut self, now: u64) {
        // A clock that has gone back makes nobody wait for it.
        let old = |(at, _): &mut (u64, Name)| !(*at..*at + APART_MS).contains(&now);
        while let Some((_, name)) = self.asked.pop_front_if(old) {
            self.known.remove(&name);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn name(n: u64) -> Name {
        ("eu".to_owned(), format!("store-{n}"))
    }

    #[test]
    fn an_agent_that_beats_a_thousand_times_a_second_is_asked_once_a_second() {
        let mut asking = Asking::default();
        let mut asked = 0;
        for now in 5_000..15_000 {
            asking.add(name(1), now).ok();
            asked += asking.take(now).len();
        }
        assert_eq!(asked, 10);
    }

    #[test]
    fn a_whole_region_is_asked_at_a_pace_and_nobody_is_left_out() {
        let mut asking = Asking::default();
        for n in 0..20_000 {
            asking.add(name(n), 1_000).unwrap();
        }
        let mut asked = BTreeSet::new();
        let mut now = 1_000;
        while asked.len() < 20_000 {
            let names = asking.take(now);
            assert!(names.len() as u64 <= AT_ONCE, "{} at once", names.len());
            asked.extend(names);
            now += 10;
        }
        assert!(now - 1_000 >= (20_000 - AT_ONCE) * 1_000 / A_SECOND, "all within {} ms", now - 1_000);
    }

    #[test]
    fn it_is_said_why_somebody_is_not_asked_now() {
        let mut asking = Asking::default();
        asking.add(name(1), 1_000).unwrap();
        assert_eq!(asking.add(name(1), 1_000), Err(PutOff::waiting));
        assert_eq!(asking.take(1_000), [name(1)]);
        assert_eq!(asking.add(name(1), 1_999), Err(PutOff::too_soon));
        assert_eq!(asking.add(name(1), 2_000), Ok(()));
    }

    #[test]
    fn a_clock_that_goes_back_a_day_keeps_nobody_from_being_asked() {
        let (mut asking, day) = (Asking::default(), 24 * 3600 * 1000);
        asking.add(name(1), 2 * day).unwrap();
        asking.take(2 * day);
        asking.add(name(1), day).unwrap();
        asking.take(day);
        asking.add(name(2), day + 1).unwrap();
        assert_eq!(asking.take(day + 1), [name(2)]);
    }
}
