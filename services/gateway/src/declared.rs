//! What users have declared: the rows of `intent` and `locations` as they are stored.
//!
//! Rows stay encoded: a million locations are then some hundred bytes each, and a row that is rewritten keeps what this
//! version does not know of it.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

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
    population: BTreeMap<String, u64>,
    /// What is being deleted and stays until everything of it is withdrawn.
    leaving: BTreeSet<Key>,
}

impl Declared {
    /// Takes in a row; an older one than the known changes nothing.
    pub(crate) fn fold(&mut self, key: Key, value: Option<Bytes>, seq: u64) {
        let before = self.rows.get(&key);
        if before.is_some_and(|row| row.seq >= seq) {
            return;
        }
        let known = before.map(|row| row.seq);
        self.count(&key, value.as_ref());
        match value.as_ref().is_some_and(|bytes| has_deletion_time(&key, bytes)) {
            true => self.leaving.insert(key.clone()),
            false => self.leaving.remove(&key),
        };
        let changes = self.changes_mut(&key);
        known.and_then(|known| changes.remove(&known));
        changes.insert(seq, key.clone());
        self.rows.insert(key, Row { bytes: value.unwrap_or_default(), seq });
    }

    /// Forgets what a stream has said.
    pub(crate) fn reset(&mut self, stream: &Stream) {
        self.rows.retain(|key, _| key.stream().as_ref() != Some(stream));
        self.leaving.retain(|key| key.stream().as_ref() != Some(stream));
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

    fn count(&mut self, key: &Key, value: Option<&Bytes>) {
        if !matches!(key, Key::Location(_)) {
            return;
        }
        if let Some(count) = self.get(key).and_then(region_of).and_then(|r| self.population.get_mut(&r)) {
            *count = count.saturating_sub(1);
        }
        if let Some(region) = value.and_then(|bytes| region_of(&Row { bytes: bytes.clone(), seq: 0 })) {
            *self.population.entry(region).or_default() += 1;
        }
    }

    /// The row of a key that is there.
    pub(crate) fn get(&self, key: &Key) -> Option<&Row> {
        self.rows.get(key).filter(|row| !row.bytes.is_empty())
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

/// Only placements and locations have something to withdraw: of nothing else is the row looked into.
fn has_deletion_time(key: &Key, bytes: &Bytes) -> bool {
    let withdraws = matches!(key, Key::Location(_)) || names::is_placement(key);
    let metadata = || api::Resource::decode(bytes.clone()).ok()?.metadata;
    withdraws && metadata().is_some_and(|metadata| metadata.deletion_time_ms != 0)
}

/// The region that the row of a location names.
pub(crate) fn region_of(row: &Row) -> Option<String> {
    match message(row)?.spec? {
        api::resource::Spec::Location(spec) => Some(spec.region),
        _ => None,
    }
}

/// A row as the API shows it; `None`: it cannot be read.
pub(crate) fn message(row: &Row) -> Option<api::Resource> {
    let mut message = api::Resource::decode(row.bytes.clone()).ok()?;
    message.metadata.get_or_insert_default().resource_version = row.seq.to_string();
    Some(message)
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
