//! One content made from another: short where the two have most in common, as the bundles of two releases do.

use bytes::Bytes;
use model::{Digest, Patch};
use zstd::bulk::Compressor;

use super::MAX_CONTENT;
use super::inflate::inflate;
use crate::Error;

/// Bytes of either content: more would be searched for long, and would rarely be worth it.
const MAX_PATCHED: usize = 1 << 20;
/// Higher ones search ten times as long and make what has most in common hardly shorter; lower ones miss what is far away.
const LEVEL: i32 = 3;

/// How `content` follows from `base`; `None` where that takes more than `limit` bytes.
pub fn make_patch(base: &[u8], content: &[u8], limit: usize) -> Option<Patch> {
    if base.len().max(content.len()) > MAX_PATCHED {
        return None;
    }
    let data = Compressor::with_dictionary(LEVEL, base).ok()?.compress(content).ok()?;
    (data.len() <= limit).then(|| Patch { base: Digest::of(base), data: data.into() })
}

/// The content named `digest`, made from `base`; verified.
pub fn apply_patch(digest: Digest, base: &[u8], data: &[u8]) -> Result<Bytes, Error> {
    let broken = |reason: String| Error::Content { digest, reason };
    let content =
        inflate(data, base, MAX_CONTENT).map_err(|reason| broken(format!("the patch: {reason}")))?;
    let found = Digest::of(&content);
    if found == digest { Ok(content) } else { Err(broken(format!("the patch makes {found}"))) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_patch_makes_the_content_from_its_base(base in prop::collection::vec(any::<u8>(), 0..3000), at in 0usize..3000, change in prop::collection::vec(any::<u8>(), 0..40)) {
            let mut content = base.clone();
            content.splice(at.min(base.len())..base.len().min(at + change.len()), change);
            let patch = make_patch(&base, &content, usize::MAX).unwrap();
            prop_assert_eq!(patch.base, Digest::of(&base));
            prop_assert_eq!(apply_patch(Digest::of(&content), &base, &patch.data).unwrap(), content);
        }

        #[test]
        fn arbitrary_patches_are_refused(base in prop::collection::vec(any::<u8>(), 0..60), data in prop::collection::vec(any::<u8>(), 0..60)) {
            prop_assert!(apply_patch(Digest::of(b"other"), &base, &data).is_err());
        }
    }

    #[test]
    fn a_small_change_of_much_makes_a_short_patch_and_a_wrong_base_is_noticed() {
        let base: Vec<u8> =
            (0..20_000_u32).flat_map(|n| Digest::of(&n.to_le_bytes()).0).take(20_000).collect();
        let mut content = base.clone();
        content[10_000..10_016].copy_from_slice(&[7; 16]);
        let patch = make_patch(&base, &content, 200).unwrap();
        assert!(make_patch(&base, &content, patch.data.len() - 1).is_none());
        assert!(apply_patch(Digest::of(&content), &base[1..], &patch.data).is_err());
    }
}
