//! Cuts a change into atomic batches, in an order in which each of them makes sense without those that follow.
//!
//! ```text
//!   declaring   regions, locations | namespaces, objects, transforms and health rules, placements
//!   deleting    placements, transforms and health rules, objects, namespaces | locations, regions
//! ```
//!
//! What others refer to is there before them, and placements, which alone make anything run anywhere, come last and go
//! first: a part of an apply can leave a new placement out, never start it on half of what it takes. An object that an
//! existing placement takes already does go out with its own batch.

use bus::Stream;
use model::API_GROUP;
use wire::Key;

use super::Write;
use crate::writer::{MAX_BYTES, MAX_ROWS};

/// What a change does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    Declare,
    Delete,
}

/// Each batch is of one stream and fits into one atomic change.
pub(super) fn batches(mut writes: Vec<Write>, direction: Direction) -> Vec<Vec<Write>> {
    writes.sort_by(|left, right| rank(left).cmp(&rank(right)).then_with(|| left.row.key.cmp(&right.row.key)));
    if direction == Direction::Delete {
        writes.reverse();
    }
    let mut batches: Vec<Vec<Write>> = Vec::new();
    let (mut bytes, mut stream) = (0, None);
    for write in writes {
        bytes += write.row.value.len();
        let same = stream == write.row.key.stream();
        match batches.last_mut() {
            Some(batch) if same && batch.len() < MAX_ROWS && bytes <= MAX_BYTES => batch.push(write),
            _ => {
                (bytes, stream) = (write.row.value.len(), write.row.key.stream());
                batches.push(vec![write]);
            }
        }
    }
    batches
}

/// Lower ranks are referred to by higher ones.
fn rank(write: &Write) -> u8 {
    match &write.row.key {
        Key::Region(_) => 0,
        Key::Intent(key) => match (key.group.as_str(), key.kind.as_str()) {
            // Selectors of namespaces decide about what is in them.
            ("", "Namespace") => 2,
            (API_GROUP, "Placement") => 5,
            (API_GROUP, _) => 4,
            _ => 3,
        },
        key => {
            debug_assert_eq!(key.stream(), Some(Stream::Locations), "only declarations are changed here");
            1
        }
    }
}

#[cfg(test)]
mod tests {
    use model::ResourceKey;

    use super::*;

    fn intent(group: &str, kind: &str, name: &str) -> Key {
        let (group, kind, name) = (group.to_owned(), kind.to_owned(), name.to_owned());
        Key::Intent(ResourceKey { group, kind, name, ..ResourceKey::default() })
    }

    fn write(key: Key, bytes: usize) -> Write {
        Write { row: bus::Write::new(key, vec![0; bytes]), content: None }
    }

    fn shape(keys: Vec<Key>, direction: Direction) -> Vec<Vec<Key>> {
        let writes = keys.into_iter().map(|key| write(key, 10)).collect();
        let keys = |batch: Vec<Write>| batch.into_iter().map(|write| write.row.key).collect();
        batches(writes, direction).into_iter().map(keys).collect()
    }

    fn everything() -> [Key; 6] {
        [
            Key::Region("eu".into()),
            Key::Location("fra-1".into()),
            intent("", "Namespace", "shop"),
            intent("", "ConfigMap", "prices"),
            intent(API_GROUP, "Transform", "louder"),
            intent(API_GROUP, "Placement", "shop"),
        ]
    }

    #[test]
    fn what_is_referred_to_is_declared_first_and_deleted_last() {
        let mut mixed = everything().to_vec();
        mixed.rotate_left(3);
        mixed.swap(0, 4);
        let [hub, intent] = [&everything()[..2], &everything()[2..]].map(<[Key]>::to_vec);
        assert_eq!(shape(mixed.clone(), Direction::Declare), [hub.clone(), intent.clone()]);
        let back = |keys: Vec<Key>| keys.into_iter().rev().collect::<Vec<_>>();
        assert_eq!(shape(mixed, Direction::Delete), [back(intent), back(hub)]);
    }

    #[test]
    fn a_batch_holds_what_the_server_takes_and_placements_are_in_the_last() {
        let mut keys: Vec<Key> = (0..2500).map(|n| intent("", "ConfigMap", &format!("c-{n:04}"))).collect();
        keys.insert(0, intent(API_GROUP, "Placement", "shop"));
        let batches = shape(keys, Direction::Declare);
        assert_eq!(batches.iter().map(Vec::len).collect::<Vec<_>>(), [1000, 1000, 501]);
        assert_eq!(batches[2][500], intent(API_GROUP, "Placement", "shop"));
    }

    #[test]
    fn a_batch_has_no_more_bytes_than_the_server_takes() {
        let writes = (0..5).map(|n| write(intent("", "ConfigMap", &n.to_string()), MAX_BYTES / 2)).collect();
        let lengths: Vec<usize> = batches(writes, Direction::Declare).iter().map(Vec::len).collect();
        assert_eq!(lengths, [2, 2, 1]);
    }
}
