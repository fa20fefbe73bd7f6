//! Content by digest: what the view lacks is fetched, what it makes is stored before any row names it.

use std::collections::{BTreeSet, VecDeque};

use bytes::Bytes;
use model::Digest;

use crate::Store;

/// Of content: where it is, and its digest.
pub type Name = (Store, Digest);

/// Fetches at once.
const FETCHES: usize = 16;
/// Names remembered in each of two generations.
const KNOWN: usize = 50_000;

/// What is wanted, and what has been stored lately.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    waiting: VecDeque<Name>,
    /// Waiting or being fetched.
    wanted: BTreeSet<Name>,
    fetching: usize,
    recent: Stored,
    former: Stored,
    /// Counts what was forgotten.
    generation: u64,
}

/// What was stored from a time on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Stored {
    since: u64,
    names: BTreeSet<Name>,
}

impl Stored {
    /// Whether it was stored less than `holds` ago.
    fn holds(&self, name: &Name, now: u64, holds: u64) -> bool {
        now.saturating_sub(self.since) < holds && self.names.contains(name)
    }
}

impl Contents {
    /// Queues what is not queued yet.
    pub fn want(&mut self, names: Vec<Name>) {
        for name in names {
            if self.wanted.insert(name) {
                self.waiting.push_back(name);
            }
        }
    }

    /// The next content to fetch, while there are not too many on the way.
    pub fn begin(&mut self) -> Option<Name> {
        let name = (self.fetching < FETCHES).then(|| self.waiting.pop_front()).flatten()?;
        self.fetching += 1;
        Some(name)
    }

    /// It is known whether the content is there.
    pub fn fetched(&mut self, name: Name) {
        self.fetching -= 1;
        self.wanted.remove(&name);
    }

    /// Nothing is on the way that rows may depend on.
    pub fn is_idle(&self) -> bool {
        self.wanted.is_empty()
    }

    /// Leaves out what has been stored less than `holds` ago: whoever deletes unused content looks at its age.
    pub fn unknown(
        &self,
        contents: Vec<(Store, Digest, Bytes)>,
        now: u64,
        holds: u64,
    ) -> Vec<(Store, Digest, Bytes)> {
        let known = |name: &Name| self.recent.holds(name, now, holds) || self.former.holds(name, now, holds);
        contents.into_iter().filter(|(store, digest, _)| !known(&(*store, *digest))).collect()
    }

    /// Of what is remembered; to be taken before content is stored.
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// Content was stored that was sent in `generation`, at the time `sent`; what has been forgotten since may have been lost
    /// since. It is known for at most as long as it `holds`.
    pub fn stored(&mut self, names: Vec<Name>, generation: u64, sent: u64, holds: u64) {
        if generation != self.generation || names.is_empty() {
            return;
        }
        if self.recent.names.len() >= KNOWN || sent.saturating_sub(self.recent.since) >= holds / 2 {
            let recent = Stored { since: sent, names: BTreeSet::new() };
            self.former = std::mem::replace(&mut self.recent, recent);
        }
        // Batches are answered in another order than they were sent.
        self.recent.since = self.recent.since.min(sent);
        self.recent.names.extend(names);
    }

    /// After a reconnect the server may be another one, with another past; a new epoch may mean lost content.
    pub fn forget(&mut self) {
        self.generation += 1;
        self.recent.names.clear();
        self.former.names.clear();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HOLDS: u64 = 1000;

    fn name(text: &str) -> Name {
        (Store::Blob, Digest::of(text.as_bytes()))
    }

    fn is_known(contents: &Contents, text: &str, now: u64) -> bool {
        let (store, digest) = name(text);
        contents.unknown(vec![(store, digest, Bytes::new())], now, HOLDS).is_empty()
    }

    #[test]
    fn content_is_stored_once_until_it_may_have_been_lost() {
        let mut contents = Contents::default();
        let before = contents.generation();
        contents.stored(vec![name("x")], before, 0, HOLDS);
        assert!(is_known(&contents, "x", 0));
        contents.forget();
        assert!(!is_known(&contents, "x", 0));
        contents.stored(vec![name("x")], before, 0, HOLDS);
        assert!(!is_known(&contents, "x", 0), "it was sent before the loss");
    }

    proptest! {
        #[test]
        fn nothing_is_known_for_longer_than_it_holds(
            stored in prop::collection::vec((0usize..4, 0u64..700), 1..20), later in 0u64..2000,
        ) {
            let (mut contents, mut now) = (Contents::default(), 5 * HOLDS);
            let mut newest = std::collections::BTreeMap::new();
            for (which, pause) in stored {
                now += pause;
                let text = which.to_string();
                contents.stored(vec![name(&text)], 0, now, HOLDS);
                prop_assert!(is_known(&contents, &text, now));
                newest.insert(text, now);
            }
            for (text, stored) in newest {
                let known = is_known(&contents, &text, now + later);
                prop_assert!(!known || now + later - stored < HOLDS, "{text}");
            }
        }
    }
}
