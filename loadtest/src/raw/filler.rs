//! What messages consist of: nobody reads it, and all of them share it.

use std::sync::LazyLock;

use bytes::Bytes;

/// The server takes no larger message.
const LARGEST: usize = 1 << 20;

static ALL: LazyLock<Bytes> = LazyLock::new(|| vec![b'x'; LARGEST].into());

/// So many bytes.
pub fn filler(bytes: usize) -> Bytes {
    ALL.slice(..bytes.min(LARGEST))
}
