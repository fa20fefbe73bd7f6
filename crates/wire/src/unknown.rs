//! Fields that a later version wrote, kept by this one when it rewrites the row.
//!
//! prost drops what it does not know. A rolling upgrade has old and new writers of one table at once, so whoever
//! reads a row, changes it and writes it back puts the rest back with [`merge_unknown`].

use crate::{
    Key,
    raw::{Raw, Value, fields, push_bytes},
    schema::{Kind, Message, message, message_of},
};

/// `new`, which replaces `old` as the row of `key`, with the fields of `old` that this version does not know.
///
/// They are kept at the top and, at any depth, in singular messages that `new` still has. Elements of lists and maps
/// have no identity, so what is unknown inside of them goes. Where either is not a message, `new` stays as it is.
pub fn merge_unknown(key: &Key, old: &[u8], new: &[u8]) -> Vec<u8> {
    merge(message_of(key), old, new).unwrap_or_else(|| new.to_vec())
}

fn merge(schema: &Message, old: &[u8], new: &[u8]) -> Option<Vec<u8>> {
    let (old, new) = (fields(old)?, fields(new)?);
    let mut out = Vec::new();
    for field in &new {
        match merged(schema, field, &old) {
            Some(value) => push_bytes(&mut out, field.number, &value),
            None => out.extend_from_slice(field.bytes),
        }
    }
    for field in old.iter().filter(|field| schema.field(field.number).is_none()) {
        out.extend_from_slice(field.bytes);
    }
    Some(out)
}

/// The value of a singular message that both have.
fn merged(schema: &Message, field: &Raw<'_>, old: &[Raw<'_>]) -> Option<Vec<u8>> {
    let known = schema.field(field.number).filter(|known| !known.repeated)?;
    let (Kind::Message(name), Value::Bytes(new)) = (known.kind, field.value) else { return None };
    let before = old.iter().rfind(|before| before.number == field.number)?;
    let Value::Bytes(old) = before.value else { return None };
    merge(message(name), old, new)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use prost::Message as _;

    use super::*;
    use crate::{api, bus};

    const LATER: u32 = 99;

    fn key() -> Key {
        Key::Location("fra-1".into())
    }

    fn resource(region: &str, deletion_time_ms: u64, extra: &[u8]) -> Vec<u8> {
        let metadata = api::Metadata { name: "fra-1".into(), deletion_time_ms, ..Default::default() };
        let spec = api::LocationSpec { region: region.into(), ..Default::default() };
        let mut spec = spec.encode_to_vec();
        spec.extend_from_slice(extra);
        let mut out = Vec::new();
        push_bytes(&mut out, 1, &metadata.encode_to_vec());
        push_bytes(&mut out, 11, &spec);
        out
    }

    #[test]
    fn unknown_fields_of_the_row_and_of_its_spec_survive_and_cleared_ones_stay_cleared() {
        let mut extra = Vec::new();
        push_bytes(&mut extra, LATER, b"inside");
        let mut old = resource("eu", 7, &extra);
        push_bytes(&mut old, LATER, b"at the top");
        let merged = merge_unknown(&key(), &old, &resource("us", 0, b""));

        let mut expected = resource("us", 0, &extra);
        push_bytes(&mut expected, LATER, b"at the top");
        assert_eq!(merged, expected);
        assert_eq!(api::Resource::decode(&merged[..]).unwrap().metadata.unwrap().deletion_time_ms, 0);
    }

    #[test]
    fn nothing_comes_back_for_a_member_of_a_oneof_that_was_replaced() {
        let mut extra = Vec::new();
        push_bytes(&mut extra, LATER, b"of the location");
        let region = api::Resource {
            metadata: None,
            spec: Some(api::resource::Spec::Region(api::RegionSpec { parent: "eu".into() })),
        };
        let new = region.encode_to_vec();
        assert_eq!(merge_unknown(&key(), &resource("eu", 0, &extra), &new), new);
    }

    #[test]
    fn without_unknown_fields_the_bytes_are_the_new_ones() {
        let row = |number| {
            let history = vec![bus::RolloutStep { number, ..Default::default() }];
            bus::Rollout { number, release: Bytes::from_static(&[7; 32]), history, ..Default::default() }
                .encode_to_vec()
        };
        let key = Key::Rollout(model::PlacementKey::default());
        assert_eq!(merge_unknown(&key, &row(1), &row(2)), row(2));
    }

    #[test]
    fn an_old_row_that_is_no_message_adds_nothing() {
        let new = resource("eu", 0, b"");
        assert_eq!(merge_unknown(&key(), b"\xff\xff", &new), new);
    }

    proptest::proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(old: Vec<u8>, new: Vec<u8>) {
            merge_unknown(&key(), &old, &new);
        }
    }
}
