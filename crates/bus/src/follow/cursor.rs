//! How far a stream has been told, and whether that still means anything.

/// A position in one life of a stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cursor {
    created_ns: Option<u64>,
    /// The sequence of the last message told; 0: none.
    pub last: u64,
    /// All stored messages have been told once.
    pub caught_up: bool,
}

impl Cursor {
    pub fn new(created_ns: u64) -> Self {
        Self { created_ns: Some(created_ns), ..Self::default() }
    }

    /// Whether the stream has to be read from its beginning: it is another one, or it has lost what was read or
    /// acknowledged (a backup was restored, an unsynced disk lost its tail).
    pub fn is_void(&self, created_ns: u64, last: u64, acknowledged: u64) -> bool {
        self.created_ns != Some(created_ns) || last < self.last.max(acknowledged)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_read_again_when_it_is_another_one_or_has_lost_its_tail() {
        let cursor = Cursor { last: 7, ..Cursor::new(1) };
        assert!(!cursor.is_void(1, 7, 7), "nothing happened");
        assert!(!cursor.is_void(1, 9, 8), "it went on");
        assert!(cursor.is_void(2, 9, 7), "re-created");
        assert!(cursor.is_void(1, 6, 0), "lost what was read");
        assert!(cursor.is_void(1, 8, 9), "lost what was acknowledged");
        assert!(Cursor::default().is_void(1, 0, 0), "never read");
    }
}
