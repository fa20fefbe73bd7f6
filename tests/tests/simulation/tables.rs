//! Tables in memory, with the guarantees that the real ones give and no more: the newest value of each key, a sequence
//! per stream, atomic batches, fences, and streams that can be lost and made anew.

use std::collections::BTreeMap;

use bus::{Fence, Key, Row, Store, Stream, Write};
use bytes::Bytes;
use model::Digest;

/// All streams.
#[derive(Default)]
pub struct Tables {
    streams: BTreeMap<Stream, Table>,
    contents: BTreeMap<(Store, Digest), Bytes>,
    births: u64,
}

/// One stream.
#[derive(Default)]
struct Table {
    created_ns: u64,
    last_seq: u64,
    rows: BTreeMap<u64, Stored>,
    newest: BTreeMap<Key, u64>,
}

struct Stored {
    row: Row,
    /// The last sequence of the batch it came in.
    batch_end: u64,
}

/// Why nothing was stored.
#[derive(Debug, PartialEq, Eq)]
pub enum Refused {
    NoStream,
    Fenced,
    Conflict,
}

impl Tables {
    /// Creates `stream` if it is missing.
    pub fn ensure(&mut self, stream: &Stream) {
        if !self.streams.contains_key(stream) {
            self.births += 1;
            let table = Table { created_ns: self.births, ..Table::default() };
            self.streams.insert(stream.clone(), table);
        }
    }

    /// Loses `stream` with all its rows, and the contents of the blob store with the stream of blobs.
    pub fn lose(&mut self, stream: &Stream) {
        self.streams.remove(stream);
        if *stream == Stream::Blob {
            self.contents.retain(|(store, _), _| *store != Store::Blob);
            self.ensure(stream);
        }
    }

    /// The birth of a stream; `None`: it does not exist.
    pub fn born(&self, stream: &Stream) -> Option<u64> {
        self.streams.get(stream).map(|table| table.created_ns)
    }

    /// The sequence that the stream has come to.
    pub fn last_seq(&self, stream: &Stream) -> u64 {
        self.streams.get(stream).map_or(0, |table| table.last_seq)
    }

    /// The first row after `position`, and the end of the batch that it is in.
    pub fn after(&self, stream: &Stream, position: u64) -> Option<(Row, u64)> {
        let table = self.streams.get(stream)?;
        let (_, stored) = table.rows.range(position + 1..).next()?;
        Some((stored.row.clone(), stored.batch_end))
    }

    /// The newest value of `key`.
    pub fn get(&self, key: &Key) -> Option<&Row> {
        let table = self.streams.get(&key.stream()?)?;
        table.newest.get(key).and_then(|seq| table.rows.get(seq)).map(|stored| &stored.row)
    }

    /// All newest values of a stream.
    pub fn rows(&self, stream: &Stream) -> impl Iterator<Item = &Row> {
        self.streams.get(stream).into_iter().flat_map(|table| table.rows.values().map(|stored| &stored.row))
    }

    /// Stores all of `writes` or none.
    pub fn commit(&mut self, writes: &[Write], fence: Option<&Fence>) -> Result<Vec<Row>, Refused> {
        let Some(first) = writes.first() else { return Ok(Vec::new()) };
        let stream = first.key.stream().expect("only rows are written");
        if fence.is_some_and(|fence| self.get(&fence.key).map(|row| row.seq) != Some(fence.seq)) {
            return Err(Refused::Fenced);
        }
        if writes.iter().any(|write| !self.as_expected(write)) {
            return Err(Refused::Conflict);
        }
        let table = self.streams.get_mut(&stream).ok_or(Refused::NoStream)?;
        let batch_end = table.last_seq + writes.len() as u64;
        Ok(writes.iter().map(|write| table.store(write, batch_end)).collect())
    }

    fn as_expected(&self, write: &Write) -> bool {
        write.expected.is_none_or(|seq| self.get(&write.key).map_or(0, |row| row.seq) == seq)
    }

    pub fn put_content(&mut self, store: Store, digest: Digest, bytes: Bytes) {
        self.contents.insert((store, digest), bytes);
    }

    pub fn content(&self, store: Store, digest: Digest) -> Option<Bytes> {
        self.contents.get(&(store, digest)).cloned()
    }
}

impl Table {
    fn store(&mut self, write: &Write, batch_end: u64) -> Row {
        self.last_seq += 1;
        let value = (!write.value.is_empty()).then(|| write.value.clone());
        let row = Row { key: write.key.clone(), value, seq: self.last_seq, trace: write.trace.clone() };
        if let Some(old) = self.newest.insert(write.key.clone(), self.last_seq) {
            self.rows.remove(&old);
        }
        self.rows.insert(self.last_seq, Stored { row: row.clone(), batch_end });
        row
    }
}
