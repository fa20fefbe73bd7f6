//! Content that is stored beside the document, in the same Secret: one write for both, and none to drop it.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use model::Digest;

use crate::state::Blobs;

/// Content that is larger has a Secret of its own, which is not written again with every document.
const SMALL: usize = 32 << 10;
/// Of the document and what is beside it.
const ROOM: usize = 256 << 10;

/// By digest.
pub type Beside = BTreeMap<Digest, Bytes>;

/// What of the content in use goes beside a document of `size` bytes. `before`: what is there already; `own`: what has a
/// Secret of its own.
pub fn choose(
    (used, size): (&BTreeSet<Digest>, usize),
    before: &Beside,
    own: &BTreeMap<Digest, u32>,
    blobs: &mut Blobs,
) -> Beside {
    let mut room = ROOM.saturating_sub(size);
    let mut chosen = Beside::new();
    for digest in used.iter().filter(|digest| !own.contains_key(digest)) {
        let Some(content) = before.get(digest).cloned().or_else(|| blobs.get(digest)) else { continue };
        if content.len() <= SMALL.min(room) {
            room -= content.len();
            chosen.insert(*digest, content);
        }
    }
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choose_of(sizes: &[usize], document: usize, before: &Beside, own: &[usize]) -> Vec<usize> {
        let mut blobs = Blobs::default();
        let content = |size: &usize| {
            let content = Bytes::from(vec![1; *size]);
            (Digest::of(&content), content)
        };
        let used: BTreeSet<Digest> = sizes.iter().map(|size| content(size).0).collect();
        sizes.iter().map(content).for_each(|(digest, content)| blobs.put(digest, content));
        let own = own.iter().map(|size| (content(size).0, 1)).collect();
        let chosen = choose((&used, document), before, &own, &mut blobs);
        let mut sizes: Vec<usize> = chosen.values().map(Bytes::len).collect();
        sizes.sort_unstable();
        sizes
    }

    #[test]
    fn what_is_small_and_has_no_secret_of_its_own_goes_beside_the_document() {
        assert_eq!(choose_of(&[1, 2, SMALL, SMALL + 1], 10, &Beside::new(), &[2]), [1, SMALL]);
    }

    #[test]
    fn there_is_no_more_beside_a_document_than_there_is_room() {
        assert_eq!(choose_of(&[7, 8], ROOM - 8, &Beside::new(), &[]).len(), 1);
        assert!(choose_of(&[1], ROOM, &Beside::new(), &[]).is_empty());
        let many: Vec<usize> = (0..20).map(|less| SMALL - less).collect();
        assert_eq!(choose_of(&many, 0, &Beside::new(), &[]).len(), 8);
    }

    #[test]
    fn what_is_there_already_is_not_read_again() {
        let content = Bytes::from_static(b"content");
        let digest = Digest::of(&content);
        let before = Beside::from([(digest, content)]);
        let used = BTreeSet::from([digest]);
        assert_eq!(choose((&used, 0), &before, &BTreeMap::new(), &mut Blobs::default()), before);
    }
}
