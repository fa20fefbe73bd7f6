//! Sorted names in few bytes: each says how much it shares with the one before.
//!
//! For each name one byte for the length shared, one byte for the length of the rest, the rest. Names of locations are
//! DNS labels of at most 63 bytes, so a byte is enough for either.

/// A list of names that is cut off, not sorted, repeats one, or holds something other than UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed;

/// The longest name that can be coded.
pub const MAX_NAME: usize = 255;

/// Codes `names`, which are sorted, without repetition, and at most [`MAX_NAME`] bytes long each.
pub fn encode<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<u8> {
    let mut out = Vec::new();
    let mut previous = "";
    for name in names {
        let shared = shared_length(previous, name);
        let rest = &name.as_bytes()[shared..];
        out.extend([length(shared), length(rest.len())]);
        out.extend_from_slice(rest);
        previous = name;
    }
    out
}

fn shared_length(left: &str, right: &str) -> usize {
    left.bytes().zip(right.bytes()).take(MAX_NAME).take_while(|(a, b)| a == b).count()
}

fn length(length: usize) -> u8 {
    u8::try_from(length).expect("names of locations are DNS labels, which have at most 63 bytes")
}

/// The names that `bytes` codes.
pub fn decode(bytes: &[u8]) -> Result<Vec<String>, Malformed> {
    let mut names: Vec<String> = Vec::new();
    let mut rest = bytes;
    while let Some((header, tail)) = rest.split_first_chunk::<2>() {
        let (own, tail) = tail.split_at_checked(usize::from(header[1])).ok_or(Malformed)?;
        let previous = names.last().map_or("", String::as_str);
        let name = join(previous, usize::from(header[0]), own)?;
        if name.as_str() <= previous && !names.is_empty() {
            return Err(Malformed);
        }
        names.push(name);
        rest = tail;
    }
    if rest.is_empty() { Ok(names) } else { Err(Malformed) }
}

fn join(previous: &str, shared: usize, own: &[u8]) -> Result<String, Malformed> {
    let shared = previous.as_bytes().get(..shared).ok_or(Malformed)?;
    let name = [shared, own].concat();
    if name.len() > MAX_NAME { Err(Malformed) } else { String::from_utf8(name).map_err(|_| Malformed) }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn encoded(names: &BTreeSet<String>) -> Vec<u8> {
        encode(names.iter().map(String::as_str))
    }

    proptest! {
        #[test]
        fn sorted_names_survive(names in prop::collection::btree_set(".{0,60}", 0..40)) {
            let decoded = decode(&encoded(&names)).unwrap();
            prop_assert_eq!(decoded, names.into_iter().collect::<Vec<_>>());
        }

        #[test]
        fn arbitrary_bytes_are_refused_or_are_sorted_names(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            if let Ok(names) = decode(&bytes) {
                prop_assert!(names.is_sorted_by(|a, b| a < b));
            }
        }

        #[test]
        fn a_list_that_is_cut_off_within_a_name_is_refused(
            names in prop::collection::btree_set("[a-c]{1,9}", 1..9)
        ) {
            let bytes = encoded(&names);
            prop_assert_eq!(decode(&bytes[..bytes.len() - 1]), Err(Malformed));
        }
    }

    #[test]
    fn neighbours_cost_three_bytes() {
        assert_eq!(encode(["edge-0001", "edge-0002"]), b"\0\x09edge-0001\x08\x012");
    }

    #[test]
    fn repeated_and_unsorted_names_are_refused() {
        for bytes in [&b"\0\x01a\x01\0"[..], b"\0\x01b\0\x01a", b"\0\0\0\0", b"\x01\0"] {
            assert_eq!(decode(bytes), Err(Malformed), "{bytes:?}");
        }
    }
}
