//! Cuts a change into atomic batches, in an order in which each of them makes sense without those that follow.
//!
//! ```text
//!   declaring   regions, locations | namespaces, objects, transforms and health rules, placements
//!   deleting    placements, transforms and health rules, objects, namespaces | locations, regions
//! ```
//!
//! A change that does both declares first: what takes the place of something is there before that goes.
//!
//! What others refer to is there before them, and placements, which alone make anything run anywhere, come last and go
//! first: a part of an apply can leave a new placement out, never start it on half of what it takes. An object that an
//! existing placement takes already does go out with its own batch.

use std::cmp::Ordering;

use bus::Stream;
use model::API_GROUP;
use wire::Key;

use super::Write;
use crate::writer::{MAX_BYTES, MAX_ROWS};

/// What a write does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Direction {
    Declare,
    Delete,
}

/// Each batch is of one stream and fits into one atomic change.
pub(super) fn batches(mut writes: Vec<Write>) -> Vec<Vec<Write>> {
    writes.sort_by(order);
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

fn order(left: &Write, right: &Write) -> Ordering {
    let referred = |a: &Write, b: &Write| rank(a).cmp(&rank(b)).then_with(|| a.row.key.cmp(&b.row.key));
    left.direction.cmp(&right.direction).then_with(|| match left.direction {
        Direction::Declare => referred(left, right),
        Direction::Delete => referred(right, left),
    })
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

    fn write(key: Key, bytes: usize, direction: Direction) -> Write {
        Write { row: bus::Write::new(key, vec![0; bytes]), content: None, direction }
    }

    fn shape(keys: Vec<Key>, direction: Direction) -> Vec<Vec<Key>> {
        shape_of(keys.into_iter().map(|key| write(key, 10, direction)).collect())
    }

    fn shape_of(writes: Vec<Write>) -> Vec<Vec<Key>> {
        let keys = |batch: Vec<Write>| batch.into_iter().map(|write| write.row.key).collect();
        batches(writes).into_iter().map(keys).collect()
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
    fn what_is_declared_and_what_goes_are_one_batch_where_they_fit_and_regions_go_last() {
        let declared = [Key::Location("new".into()), intent("", "ConfigMap", "new")];
        let gone = [
            intent(API_GROUP, "Placement", "old"),
            intent("", "ConfigMap", "old"),
            Key::Region("old".into()),
        ];
        let [location, object] = declared.clone();
        let [placement, old, region] = gone.clone();
        let declared = declared.map(|key| write(key, 10, Direction::Declare));
        let gone = gone.map(|key| write(key, 0, Direction::Delete));
        let mixed = gone.into_iter().chain(declared).collect();
        assert_eq!(shape_of(mixed), [vec![location], vec![object, placement, old], vec![region]]);
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
        let write =
            |n: i32| write(intent("", "ConfigMap", &n.to_string()), MAX_BYTES / 2, Direction::Declare);
        let lengths: Vec<usize> = batches((0..5).map(write).collect()).iter().map(Vec::len).collect();
        assert_eq!(lengths, [2, 2, 1]);
    }
}
