//! Which stored blobs nobody needs any more, and which needed ones are not stored.
//!
//! A blob goes when nothing names it and all of it is older than the minimum age. Writers store a blob again before they
//! name one that they stored half as long ago, and what goes is a message by its sequence: a blob that is stored again
//! has other sequences, and stays. So it does not matter how old the names are by the time that something is deleted, if
//! only they are newer than the list of what is stored.

use std::collections::{BTreeMap, BTreeSet};

use model::Digest;

use crate::view::Named;

/// A stored piece of a blob; blobs have several if they are large.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Piece {
    pub digest: Digest,
    /// From 0.
    pub chunk: u32,
    /// It is as large as a piece can be: another one follows.
    pub full: bool,
    /// Of the message; whoever stores the piece again gives it another.
    pub seq: u64,
    /// By the server's clock, in milliseconds.
    pub stored_ms: u64,
    pub bytes: u64,
}

/// What is to be done about the blobs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Collection {
    /// Needed by nobody.
    pub unused: Vec<Piece>,
    /// How many blobs nothing names that are too young to go.
    pub young: usize,
    /// Needed, and not there or not whole; with the bundles that name them, which are made together with them.
    pub lost: BTreeSet<Digest>,
    /// Named bundles of which nobody knows what they name. While there is one, nothing is unused.
    pub unread: BTreeSet<Digest>,
}

/// Decides on all pieces that are `stored`, listed at `now_ms` by the server's clock and before anybody was asked what is
/// `named`. `inside`: the blobs that bundles name, for each that could be read.
pub fn collect(
    stored: &[Piece],
    named: &Named,
    inside: &BTreeMap<Digest, Vec<Digest>>,
    (now_ms, min_age_ms): (u64, u64),
) -> Collection {
    let unread: BTreeSet<Digest> =
        named.bundles.iter().filter(|bundle| !inside.contains_key(bundle)).copied().collect();
    let objects = named.bundles.iter().filter_map(|bundle| inside.get(bundle)).flatten();
    let needed: BTreeSet<Digest> = objects.chain(&named.bundles).chain(&named.objects).copied().collect();
    let blobs = by_digest(stored);
    let is_lost = |digest: &Digest| !blobs.get(digest).is_some_and(|pieces| is_whole(pieces));
    let names_lost = |bundle: &&Digest| inside.get(bundle).is_some_and(|objects| objects.iter().any(is_lost));
    let gone = needed.iter().filter(|digest| is_lost(digest));
    let lost = gone.chain(&unread).chain(named.bundles.iter().filter(names_lost)).copied().collect();
    let mut collection = Collection { lost, unread, ..Collection::default() };
    for (digest, pieces) in &blobs {
        if !needed.contains(digest) && !named.held.contains(digest) {
            collection.take(pieces, now_ms, min_age_ms);
        }
    }
    collection
}

impl Collection {
    /// A blob that nothing names, as far as is known.
    fn take(&mut self, pieces: &[Piece], now_ms: u64, min_age_ms: u64) {
        // Somebody who stores it again may have come half way.
        let youngest = pieces.iter().map(|piece| piece.stored_ms).max().unwrap_or(now_ms);
        if now_ms.saturating_sub(youngest) <= min_age_ms {
            self.young += 1;
        } else if self.unread.is_empty() {
            self.unused.extend(pieces);
        }
    }
}

/// The pieces of each blob, in order.
fn by_digest(stored: &[Piece]) -> BTreeMap<Digest, Vec<Piece>> {
    let mut blobs = BTreeMap::<Digest, Vec<Piece>>::new();
    for piece in stored {
        blobs.entry(piece.digest).or_default().push(*piece);
    }
    blobs.values_mut().for_each(|pieces| pieces.sort_by_key(|piece| piece.chunk));
    blobs
}

/// Whether no piece is missing: every piece but the last is full. What stays of a former, longer way of storing it comes
/// after the last.
fn is_whole(pieces: &[Piece]) -> bool {
    let counted = (0u32..).zip(pieces).take_while(|(chunk, piece)| piece.chunk == *chunk);
    counted.map(|(_, piece)| piece).any(|piece| !piece.full)
}
