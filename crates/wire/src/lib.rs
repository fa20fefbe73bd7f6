//! What travels: the names of messages, their encodings, and the conversions between these and the model's types.
//!
//! ```text
//!   model types  <--encode_X / decode_X-->  protobuf bytes      named by a Key  <-->  subject
//! ```
//!
//! Decoding validates: what comes out satisfies the model's rules for its shape (digests have 32 bytes, enums are
//! known), and arbitrary bytes are an [`Error`], never a panic. Encoding is deterministic: equal rows have equal
//! bytes. The crate knows no NATS, no clock and no I/O; it alone knows how protobuf code is generated.

mod error;
pub mod key;
mod stream;
pub mod token;

pub use error::Error;
pub use key::Key;
pub use stream::Stream;

#[allow(
    clippy::allow_attributes_without_reason,
    clippy::too_many_lines,
    missing_debug_implementations,
    reason = "generated; which of these apply depends on features"
)]
mod generated {
    pub(crate) use self::tributary::*;

    include!(concat!(env!("OUT_DIR"), "/generated.rs"));
}

pub use generated::{api::v1 as api, bus::v1 as bus};

/// The descriptors of everything in `proto/`, for gRPC reflection.
#[cfg(feature = "grpc")]
pub const FILE_DESCRIPTOR_SET: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));
