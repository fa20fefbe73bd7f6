//! Content that is stored beside the document, in the same Secret: one write for both, and none to drop it. What is large is
//! there as how it follows from other content, so that a small change of much writes little.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use model::{Digest, Patch};

use crate::state::{Blobs, InUse};

/// Content that is larger has a Secret of its own, which is not written again with every document.
const SMALL: usize = 32 << 10;
/// Of the document and what is beside it.
const ROOM: usize = 256 << 10;
/// Patches from one content to another at most: each is applied when the state is read, and written with each document.
const LONGEST: usize = 32;

/// By digest.
pub type Beside = BTreeMap<Digest, Kept>;

/// Content as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kept {
    Whole(Bytes),
    /// Its base is kept too, in either place.
    Patch(Patch),
}

impl Kept {
    fn len(&self) -> usize {
        match self {
            Self::Whole(content) => content.len(),
            Self::Patch(patch) => patch.data.len(),
        }
    }
}

/// What of the content in use goes beside a document of `size` bytes. `before`: what is there already; `own`: what has a
/// Secret of its own.
pub fn choose(in_use: &mut InUse<'_>, size: usize, before: &Beside, own: &BTreeMap<Digest, u32>) -> Beside {
    let mut room = ROOM.saturating_sub(size);
    let mut chosen = Beside::new();
    for digest in in_use.used.iter().filter(|digest| !own.contains_key(digest)) {
        let links = whole(*digest, in_use, before).or_else(|| chain(*digest, in_use, before, own));
        let links: Vec<_> = links.into_iter().flatten().filter(|(it, _)| !chosen.contains_key(it)).collect();
        let length: usize = links.iter().map(|(_, kept)| kept.len()).sum();
        if length <= room {
            room -= length;
            chosen.extend(links);
        }
    }
    chosen
}

type Links = Vec<(Digest, Kept)>;

/// `None`: it is not here, or is not small.
fn whole(digest: Digest, in_use: &mut InUse<'_>, before: &Beside) -> Option<Links> {
    let content = match before.get(&digest) {
        Some(Kept::Whole(content)) => content.clone(),
        Some(Kept::Patch(_)) => return None,
        None => in_use.blobs.get(&digest)?,
    };
    (content.len() <= SMALL).then(|| vec![(digest, Kept::Whole(content))])
}

/// How it is made from what has a Secret of its own; `None`: it cannot be, or not in a few steps.
fn chain(digest: Digest, in_use: &InUse<'_>, before: &Beside, own: &BTreeMap<Digest, u32>) -> Option<Links> {
    let mut links = Links::new();
    let mut next = digest;
    while !own.contains_key(&next) {
        let patch = match before.get(&next) {
            Some(Kept::Patch(patch)) => patch,
            Some(Kept::Whole(_)) => return None,
            None => *in_use.patches.get(&next)?,
        };
        links.push((next, Kept::Patch(patch.clone())));
        next = patch.base;
        if links.len() > LONGEST {
            return None;
        }
    }
    Some(links)
}

/// What patches are made from: it stays for as long as they do.
pub fn bases(beside: &Beside) -> BTreeSet<Digest> {
    let base = |kept: &Kept| match kept {
        Kept::Whole(_) => None,
        Kept::Patch(patch) => Some(patch.base),
    };
    beside.values().filter_map(base).collect()
}

/// Puts all of it into `blobs`, beside what is there. What cannot be made is fetched again from the hub.
pub fn unpack(beside: &Beside, blobs: &mut Blobs) {
    let mut left: BTreeMap<&Digest, &Kept> = beside.iter().collect();
    loop {
        let before = left.len();
        left.retain(|digest, kept| !blobs.contains(digest) && !put(**digest, kept, blobs));
        if left.len() == before {
            break;
        }
    }
    for digest in left.keys() {
        tracing::warn!(blob = %digest, "stored content lacks what it is made from");
    }
}

/// Whether it is there now.
fn put(digest: Digest, kept: &Kept, blobs: &mut Blobs) -> bool {
    let content = match kept {
        Kept::Whole(content) => Some(content.clone()),
        Kept::Patch(patch) => {
            let base = blobs.get(&patch.base);
            base.and_then(|base| wire::content::apply_patch(digest, &base, &patch.data).ok())
        }
    };
    content.map(|content| blobs.put(digest, content)).is_some()
}

#[cfg(test)]
mod tests;
