//! What users have declared: the rows of `intent` and `locations` as they are stored.
//!
//! Rows stay encoded: a million locations are then some hundred bytes each, and a row that is rewritten keeps what this
//! version does not know of it.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::sync::Arc;

use bus::Stream;
use bytes::Bytes;
use prost::Message as _;
use wire::{Key, api};

use crate::names;

/// The newest value of a key.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    /// Empty: deleted.
    pub bytes: Bytes,
    pub seq: u64,
    /// Of a location that can be read: where it is, which every change of it asks for.
    pub region: Option<Arc<str>>,
    /// The set that it belongs to.
    set: Option<Arc<str>>,
}

/// The two tables.
#[derive(Debug, Default)]
pub(crate) struct Declared {
    /// Deleted ones too: their sequence is what a new one has to expect.
    rows: BTreeMap<Key, Row>,
    /// Each key at its newest sequence: what a watcher has not seen yet is a range.
    intent_changes: BTreeMap<u64, Key>,
    location_changes: BTreeMap<u64, Key>,
    /// How many locations are directly in each region.
    population: BTreeMap<Arc<str>, u64>,
    /// What is being deleted and stays until everything of it is withdrawn.
    leaving: BTreeSet<Key>,
    /// What belongs to each set, by the set's name.
    sets: BTreeMap<Arc<str>, BTreeSet<Key>>,
}

impl Declared {
    /// Takes in a row; an older one than the known changes nothing.
    pub(crate) fn fold(&mut self, key: Key, value: Option<Bytes>, seq: u64) {
        let known = self.rows.get(&key).map(|row| (row.seq, row.region.clone(), row.set.clone()));
        if known.as_ref().is_some_and(|(known, ..)| *known >= seq) {
            return;
        }
        let Facts { region, leaving, set } =
            value.as_ref().map(|bytes| facts(&key, bytes)).unwrap_or_default();
        let region = self.count(known.as_ref().and_then(|(_, region, _)| region.as_ref()), region);
        let set = self.belong(&key, known.as_ref().and_then(|(_, _, set)| set.as_ref()), &set);
        match leaving {
            true => self.leaving.insert(key.clone()),
            false => self.leaving.remove(&key),
        };
        let changes = self.changes_mut(&key);
        known.and_then(|(known, ..)| changes.remove(&known));
        changes.insert(seq, key.clone());
        self.rows.insert(key, Row { bytes: value.unwrap_or_default(), seq, region, set });
    }

    /// Forgets what a stream has said.
    pub(crate) fn reset(&mut self, stream: &Stream) {
        self.rows.retain(|key, _| key.stream().as_ref() != Some(stream));
        self.leaving.retain(|key| key.stream().as_ref() != Some(stream));
        self.sets.values_mut().for_each(|keys| keys.retain(|key| key.stream().as_ref() != Some(stream)));
        match stream {
            Stream::Locations => {
                self.population.clear();
                self.location_changes.clear();
            }
            _ => self.intent_changes.clear(),
        }
    }

    fn changes_mut(&mut self, key: &Key) -> &mut BTreeMap<u64, Key> {
        if matches!(key, Key::Intent(_)) { &mut self.intent_changes } else { &mut self.location_changes }
    }

    /// A location goes from one region to another; the name of that, which all of its locations share.
    fn count(&mut self, from: Option<&Arc<str>>, to: Option<String>) -> Option<Arc<str>> {
        if let Some(count) = from.and_then(|region| self.population.get_mut(region)) {
            *count = count.saturating_sub(1);
        }
        let to = to?;
        let known = self.population.get_key_value(to.as_str()).map(|(name, _)| name.clone());
        let name = known.unwrap_or_else(|| to.into());
        *self.population.entry(name.clone()).or_default() += 1;
        Some(name)
    }

    /// A resource goes from one set to another; the name of that, which all that belongs to it shares.
    fn belong(&mut self, key: &Key, from: Option<&Arc<str>>, to: &str) -> Option<Arc<str>> {
        if let Some(set) = from.filter(|from| ***from == *to) {
            return Some(set.clone());
        }
        if let Some(keys) = from.and_then(|set| self.sets.get_mut(set)) {
            keys.remove(key);
        }
        if to.is_empty() {
            return None;
        }
        let name = self.sets.get_key_value(to).map_or_else(|| to.into(), |(name, _)| name.clone());
        self.sets.entry(name.clone()).or_default().insert(key.clone());
        Some(name)
    }

    /// The set that a resource which is there belongs to.
    pub(crate) fn set_of(&self, key: &Key) -> Option<&str> {
        self.get(key)?.set.as_deref()
    }

    /// What belongs to a set, by key.
    pub(crate) fn of_set<'a>(&'a self, set: &str) -> impl Iterator<Item = &'a Key> {
        self.sets.get(set).into_iter().flatten()
    }

    /// The row of a key that is there.
    pub(crate) fn get(&self, key: &Key) -> Option<&Row> {
        self.rows.get(key).filter(|row| !row.bytes.is_empty())
    }

    /// The region of a location that is there and can be read.
    pub(crate) fn region(&self, key: &Key) -> Option<&str> {
        self.get(key)?.region.as_deref()
    }

    /// Whether a resource is there and is being deleted.
    pub(crate) fn is_leaving(&self, key: &Key) -> bool {
        self.leaving.contains(key)
    }

    /// All that is being deleted.
    pub(crate) fn leaving(&self) -> &BTreeSet<Key> {
        &self.leaving
    }

    /// What a write of `key` has to expect: 0 where there never was one.
    pub(crate) fn seq(&self, key: &Key) -> u64 {
        self.rows.get(key).map_or(0, |row| row.seq)
    }

    /// The rows from `first` on that are there, in the order of keys.
    pub(crate) fn range(&self, first: Bound<&Key>) -> impl Iterator<Item = (&Key, &Row)> {
        self.rows.range((first, Bound::Unbounded)).filter(|(_, row)| !row.bytes.is_empty())
    }

    /// All locations by name.
    pub(crate) fn locations(&self) -> impl Iterator<Item = (&str, &Row)> {
        let first = Key::Location(String::new());
        let rows = self.rows.range(first..).filter(|(_, row)| !row.bytes.is_empty());
        rows.map_while(
            |(key, row)| if let Key::Location(name) = key { Some((name.as_str(), row)) } else { None },
        )
    }

    /// All regions by name.
    pub(crate) fn regions(&self) -> impl Iterator<Item = (&str, &Row)> {
        let first = Key::Region(String::new());
        let rows = self.rows.range(first..).filter(|(_, row)| !row.bytes.is_empty());
        rows.map_while(
            |(key, row)| if let Key::Region(name) = key { Some((name.as_str(), row)) } else { None },
        )
    }

    /// How many locations are directly in a region.
    pub(crate) fn population(&self, region: &str) -> u64 {
        self.population.get(region).copied().unwrap_or(0)
    }

    /// The keys of one of the two streams that changed after `seq`, oldest first, each at its newest sequence.
    pub(crate) fn changes(&self, stream: &Stream, seq: u64) -> impl Iterator<Item = (u64, &Key)> {
        let changes = if *stream == Stream::Intent { &self.intent_changes } else { &self.location_changes };
        changes.range((Bound::Excluded(seq), Bound::Unbounded)).map(|(seq, key)| (*seq, key))
    }
}

/// What a row says that is looked at without looking into the row.
#[derive(Default)]
struct Facts {
    region: Option<String>,
    /// It has a deletion time.
    leaving: bool,
    set: String,
}

/// Only placements and locations have something to withdraw.
fn facts(key: &Key, bytes: &Bytes) -> Facts {
    let Ok(message) = api::Resource::decode(bytes.clone()) else { return Facts::default() };
    let region = match message.spec {
        Some(api::resource::Spec::Location(spec)) => Some(spec.region),
        _ => None,
    };
    let metadata = message.metadata.unwrap_or_default();
    let withdraws = matches!(key, Key::Location(_)) || names::is_placement(key);
    Facts { region, leaving: withdraws && metadata.deletion_time_ms != 0, set: metadata.set }
}

/// A row as it is stored; `None`: it cannot be read.
pub(crate) fn stored(row: &Row) -> Option<api::Resource> {
    api::Resource::decode(row.bytes.clone()).ok()
}

/// A row as the API shows it; `None`: it cannot be read.
pub(crate) fn message(row: &Row) -> Option<api::Resource> {
    Some(shown(stored(row)?, row.seq))
}

/// What is stored, with the version that it has there.
pub(crate) fn shown(mut stored: api::Resource, seq: u64) -> api::Resource {
    stored.metadata.get_or_insert_default().resource_version = seq.to_string();
    stored
}

#[cfg(test)]
mod tests {
    use super::*;

    fn location(region: &str) -> Bytes {
        let spec = api::LocationSpec { region: region.into(), ..Default::default() };
        let metadata = Some(api::Metadata { name: "x".into(), ..Default::default() });
        let message = api::Resource { metadata, spec: Some(api::resource::Spec::Location(spec)) };
        message.encode_to_vec().into()
    }

    fn key(name: &str) -> Key {
        Key::Location(name.into())
    }

    #[test]
    fn moves_and_deletions_are_counted_by_region() {
        let mut declared = Declared::default();
        declared.fold(key("a"), Some(location("eu")), 1);
        declared.fold(key("b"), Some(location("eu")), 2);
        declared.fold(key("a"), Some(location("us")), 3);
        declared.fold(key("b"), None, 4);
        assert_eq!((declared.population("eu"), declared.population("us")), (0, 1));
        assert_eq!(declared.locations().map(|(name, _)| name).collect::<Vec<_>>(), ["a"]);
    }

    #[test]
    fn a_deleted_row_is_gone_but_its_sequence_is_known() {
        let mut declared = Declared::default();
        declared.fold(key("a"), Some(location("eu")), 1);
        declared.fold(key("a"), None, 5);
        assert!(declared.get(&key("a")).is_none());
        assert_eq!(declared.seq(&key("a")), 5);
    }

    #[test]
    fn what_has_a_time_of_deletion_is_leaving_until_it_is_gone() {
        let mut declared = Declared::default();
        let mut message = api::Resource::decode(location("eu")).unwrap();
        message.metadata.as_mut().unwrap().deletion_time_ms = 5;
        declared.fold(key("a"), Some(location("eu")), 1);
        declared.fold(key("a"), Some(message.encode_to_vec().into()), 2);
        assert!(declared.is_leaving(&key("a")));
        declared.fold(key("a"), None, 3);
        assert!(declared.leaving().is_empty());
    }

    #[test]
    fn what_belongs_to_a_set_is_known_until_it_goes_or_belongs_to_another() {
        let mut declared = Declared::default();
        let of_set = |set: &str| -> Bytes {
            let mut message = api::Resource::decode(location("eu")).unwrap();
            message.metadata.as_mut().unwrap().set = set.into();
            message.encode_to_vec().into()
        };
        declared.fold(key("a"), Some(of_set("x/one")), 1);
        declared.fold(key("b"), Some(of_set("x/one")), 2);
        declared.fold(key("c"), Some(location("eu")), 3);
        let members = |declared: &Declared, set| declared.of_set(set).cloned().collect::<Vec<_>>();
        assert_eq!(members(&declared, "x/one"), [key("a"), key("b")]);
        assert_eq!((declared.set_of(&key("a")), declared.set_of(&key("c"))), (Some("x/one"), None));
        declared.fold(key("a"), Some(of_set("x/two")), 4);
        declared.fold(key("b"), None, 5);
        assert_eq!((members(&declared, "x/one"), members(&declared, "x/two")), (vec![], vec![key("a")]));
        declared.reset(&Stream::Locations);
        assert_eq!(members(&declared, "x/two"), []);
    }

    #[test]
    fn changes_tell_each_key_once_at_its_newest_sequence() {
        let mut declared = Declared::default();
        declared.fold(key("a"), Some(location("eu")), 1);
        declared.fold(key("b"), Some(location("eu")), 2);
        declared.fold(key("a"), Some(location("us")), 3);
        declared.fold(key("a"), Some(location("eu")), 2);
        let changes: Vec<_> = declared.changes(&Stream::Locations, 0).collect();
        assert_eq!(changes, [(2, &key("b")), (3, &key("a"))]);
        assert_eq!(declared.changes(&Stream::Locations, 2).count(), 1);
    }
}
