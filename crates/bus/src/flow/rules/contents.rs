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
/// After this long content is stored again when it is named again: whoever deletes unused content looks at its age.
const KNOWN_MS: u64 = 10 * 60 * 1000;

/// What is wanted, and what has been stored lately.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    waiting: VecDeque<Name>,
    /// Waiting or being fetched.
    wanted: BTreeSet<Name>,
    fetching: usize,
    recent: BTreeSet<Name>,
    former: BTreeSet<Name>,
    turned: u64,
    /// Counts what was forgotten.
    generation: u64,
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

    /// Leaves out what has been stored lately.
    pub fn unknown(&self, contents: Vec<(Store, Digest, Bytes)>) -> Vec<(Store, Digest, Bytes)> {
        let known = |name: &Name| self.recent.contains(name) || self.former.contains(name);
        contents.into_iter().filter(|(store, digest, _)| !known(&(*store, *digest))).collect()
    }

    /// Of what is remembered; to be taken before content is stored.
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// Content was stored that was sent in `generation`; what has been forgotten since may have been lost since.
    pub fn stored(&mut self, names: Vec<Name>, generation: u64, now: u64) {
        if generation != self.generation {
            return;
        }
        if self.recent.len() >= KNOWN || now.saturating_sub(self.turned) >= KNOWN_MS {
            self.former = std::mem::take(&mut self.recent);
            self.turned = now;
        }
        self.recent.extend(names);
    }

    /// After a reconnect the server may be another one, with another past; a new epoch may mean lost content.
    pub fn forget(&mut self) {
        self.generation += 1;
        self.recent.clear();
        self.former.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_is_stored_once_until_it_may_have_been_lost() {
        let mut contents = Contents::default();
        let digest = Digest::of(b"x");
        let named = || vec![(Store::Blob, digest, Bytes::from("x"))];
        let before = contents.generation();
        contents.stored(vec![(Store::Blob, digest)], before, 0);
        assert!(contents.unknown(named()).is_empty());
        contents.forget();
        assert_eq!(contents.unknown(named()).len(), 1);
        contents.stored(vec![(Store::Blob, digest)], before, 0);
        assert_eq!(contents.unknown(named()).len(), 1, "it was sent before the loss");
    }

    #[test]
    fn content_that_is_named_again_after_a_while_is_stored_again() {
        let mut contents = Contents::default();
        let name = |text: &[u8]| (Store::Blob, Digest::of(text));
        contents.stored(vec![name(b"old")], 0, 0);
        for turn in 1..=2 {
            contents.stored(vec![name(&[turn])], 0, KNOWN_MS * u64::from(turn));
        }
        assert_eq!(contents.unknown(vec![(Store::Blob, Digest::of(b"old"), Bytes::new())]).len(), 1);
    }
}
