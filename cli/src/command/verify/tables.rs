//! The tables as they are stored, each read once.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use bus::{Bus, Error, Key, Row, Stream};

/// What has been read so far.
pub struct Tables<'a> {
    pub bus: &'a Bus,
    /// `None`: there is no such stream.
    read: BTreeMap<Stream, Option<BTreeMap<Key, Row>>>,
}

impl<'a> Tables<'a> {
    pub fn new(bus: &'a Bus) -> Self {
        Self { bus, read: BTreeMap::new() }
    }

    /// All rows of a stream; none if it does not exist.
    pub async fn rows(&mut self, stream: &Stream) -> Result<Vec<Row>> {
        if !self.read.contains_key(stream) {
            let rows = match self.bus.read_all(stream).await {
                Ok(rows) => Some(rows.into_iter().map(|row| (row.key.clone(), row)).collect()),
                Err(Error::Unavailable { .. }) if self.bus.is_up() => None,
                Err(error) => return Err(error.into()),
            };
            self.read.insert(stream.clone(), rows);
        }
        let rows = self.read.get(stream).and_then(Option::as_ref);
        Ok(rows.into_iter().flat_map(BTreeMap::values).cloned().collect())
    }

    /// A row that has been read.
    pub fn find(&self, key: &Key) -> Option<&Row> {
        self.read.get(&key.stream()?)?.as_ref()?.get(key)
    }

    /// All rows that have been read.
    pub fn all(&self) -> impl Iterator<Item = &Row> + Clone {
        self.read.values().flatten().flat_map(BTreeMap::values)
    }

    pub fn row_count(&self) -> usize {
        self.all().count()
    }

    /// The streams that should be there and are not.
    pub fn missing(&self) -> BTreeSet<String> {
        let absent = self.read.iter().filter(|(_, rows)| rows.is_none());
        absent.map(|(stream, _)| format!("stream {}", stream.name())).collect()
    }
}
