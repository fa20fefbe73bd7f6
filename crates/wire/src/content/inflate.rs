//! zstd frames, opened.

use std::cell::RefCell;

use bytes::Bytes;
use zstd::zstd_safe::{self, DCtx};

thread_local! {
    /// Making one costs more than inflating something small.
    static CONTEXT: RefCell<DCtx<'static>> = RefCell::new(DCtx::create());
}

/// What `frame` holds, made with `dictionary`, or with none if that is empty. It tells its length, at most `limit`, so
/// that a small frame cannot make a reader run out of memory.
pub(super) fn inflate(frame: &[u8], dictionary: &[u8], limit: usize) -> Result<Bytes, String> {
    let length = zstd_safe::get_frame_content_size(frame).ok().flatten().ok_or("its length is not told")?;
    let length = usize::try_from(length).ok().filter(|length| *length <= limit);
    let length = length.ok_or_else(|| format!("more than {limit} bytes"))?;
    let mut content = Vec::with_capacity(length);
    let told = |code| zstd_safe::get_error_name(code).to_owned();
    CONTEXT
        .with_borrow_mut(|context| context.decompress_using_dict(&mut content, frame, dictionary))
        .map_err(told)?;
    match content.len() {
        found if found == length => Ok(content.into()),
        found => Err(format!("{found} bytes where it tells of {length}")),
    }
}
