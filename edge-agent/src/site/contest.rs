//! Objects that somebody else changes back again and again. Whoever fights over a field without end helps nobody: after a
//! few corrections the next one waits, longer each time, and the report says what goes on.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use edge::Outcome;
use model::{ObjectKey, Phase};
use tokio::time::Instant;

use crate::timing;

/// So many corrections come at once.
const FREE: u32 = 3;
/// The pauses after those.
const FIRST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(60);
/// Nobody has changed it for so long after the last pause: it is over.
const CALM: Duration = Duration::from_secs(120);

/// By object.
#[derive(Debug, Default)]
pub struct Contests {
    objects: BTreeMap<Arc<ObjectKey>, Contest>,
}

#[derive(Debug)]
struct Contest {
    rounds: u32,
    /// No correction before.
    until: Instant,
}

impl Contests {
    /// Notes a correction.
    pub fn corrected(&mut self, key: &Arc<ObjectKey>, now: Instant) {
        self.objects.retain(|_, contest| now < contest.until + CALM);
        let rounds = self.objects.get(key).map_or(0, |contest| contest.rounds) + 1;
        let pause = match rounds.checked_sub(FREE) {
            None => Duration::ZERO,
            Some(attempts) => timing::backoff(FIRST, LONGEST, attempts),
        };
        self.objects.insert(key.clone(), Contest { rounds, until: now + pause });
    }

    /// Whether the next correction has to wait.
    pub fn is_paused(&self, key: &ObjectKey, now: Instant) -> bool {
        self.objects.get(key).is_some_and(|contest| now < contest.until)
    }

    /// When the next correction may be made that is waited for.
    pub fn due(&self, now: Instant) -> Option<Instant> {
        self.objects.values().map(|contest| contest.until).filter(|until| *until > now).min()
    }
}

/// How an object fares whose correction waits; `rival`: who changed it last.
pub fn outcome(rival: Option<&str>) -> Outcome {
    let rival = rival.unwrap_or("somebody else");
    let todo = "let one of the two own the field: list it in the placement's spec.ignore, or stop the other";
    let message = format!("{rival} changes it again and again; {todo}");
    Outcome::new(Phase::Degraded, "FoughtOver", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_first_corrections_come_at_once_and_those_after_wait_longer_and_longer() {
        let key = Arc::new(ObjectKey::default());
        let mut contests = Contests::default();
        let pause = |contests: &Contests| contests.due(Instant::now()).map(|due| due - Instant::now());
        for _ in 1..FREE {
            contests.corrected(&key, Instant::now());
            assert!(!contests.is_paused(&key, Instant::now()));
        }
        let mut pauses = Vec::new();
        for _ in 0..4 {
            contests.corrected(&key, Instant::now());
            assert!(contests.is_paused(&key, Instant::now()));
            let next = pause(&contests).unwrap();
            pauses.push(next);
            tokio::time::advance(next).await;
            assert!(!contests.is_paused(&key, Instant::now()));
        }
        assert!(pauses.is_sorted() && pauses[3] > pauses[0] * 4, "{pauses:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn after_a_calm_it_begins_anew() {
        let key = Arc::new(ObjectKey::default());
        let mut contests = Contests::default();
        (0..FREE).for_each(|_| contests.corrected(&key, Instant::now()));
        tokio::time::advance(CALM + LONGEST).await;
        contests.corrected(&key, Instant::now());
        assert!(!contests.is_paused(&key, Instant::now()));
    }
}
