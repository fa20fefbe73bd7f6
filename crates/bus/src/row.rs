//! What is read from and written to tables.

use bytes::Bytes;
use model::Digest;

use crate::{Key, Stream};

/// The newest value of a key, as it was stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub key: Key,
    /// `None`: the key was deleted.
    pub value: Option<Bytes>,
    /// Its sequence in the key's stream; it orders the versions of a key as long as the stream lives.
    pub seq: u64,
    /// The W3C `traceparent` of what caused it.
    pub trace: Option<String>,
}

/// A value to be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Write {
    pub key: Key,
    pub value: Bytes,
    /// Store it only if this is the sequence of the key's newest value; 0: only if there is none; `None`: always.
    pub expected: Option<u64>,
    /// The W3C `traceparent` of what causes it.
    pub trace: Option<String>,
}

impl Write {
    /// An unconditional write without a trace.
    pub fn new(key: Key, value: impl Into<Bytes>) -> Self {
        Self { key, value: value.into(), expected: None, trace: None }
    }

    /// The deletion of a key of a key-value table, as key-value clients know it: its row then has no value.
    pub fn delete(key: Key) -> Self {
        Self::new(key, Bytes::new())
    }

    /// No value of these tables is empty, so an empty one is a deletion.
    pub(crate) fn is_deletion(&self) -> bool {
        self.value.is_empty() && matches!(self.key.stream(), Some(Stream::Intent | Stream::Locations))
    }

    /// The same write, if the key's newest sequence is `seq` (0: if there is none).
    pub fn expecting(self, seq: u64) -> Self {
        Self { expected: Some(seq), ..self }
    }

    /// The same write, with the trace that causes it.
    pub fn traced(self, trace: Option<String>) -> Self {
        Self { trace, ..self }
    }
}

/// The condition of a whole batch: the lease is still the one that the writer knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fence {
    /// The lease, in the stream that is written.
    pub key: Key,
    /// Its sequence. Never 0: a fence on a row that is not there would pass.
    pub seq: u64,
}

/// The tables of content by digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Store {
    /// Source content: truth.
    Release,
    /// Rendered content: rebuilt when lost.
    Blob,
}

impl Store {
    /// The stream that holds it.
    pub fn stream(self) -> Stream {
        match self {
            Self::Release => Stream::Release,
            Self::Blob => Stream::Blob,
        }
    }

    /// The key of one chunk.
    pub fn key(self, digest: Digest, chunk: u32) -> Key {
        match self {
            Self::Release => Key::Release { digest, chunk },
            Self::Blob => Key::Blob { digest, chunk },
        }
    }
}

/// When a stream was created, which tells it from a later one of the same name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Birth {
    /// Nanoseconds since the Unix epoch, by the server's clock.
    pub created_ns: u64,
}
