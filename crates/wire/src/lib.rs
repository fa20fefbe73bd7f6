//! What travels: the names of messages, their encodings, and the conversions between these and the model's types.
//!
//! ```text
//!   model types  <--encode_X / decode_X-->  protobuf bytes      named by a Key  <-->  subject
//! ```
//!
//! Decoding validates: what comes out satisfies the model's rules for its shape (digests have 32 bytes, enums are
//! known), and arbitrary bytes are an [`Error`], never a panic. Encoding is deterministic: equal rows have equal
//! bytes. The crate knows no NATS, no clock and no I/O; it alone knows how protobuf code is generated.

mod clause;
mod compact;
pub mod content;
mod decision;
mod describe;
mod desired;
mod error;
mod field;
pub mod front_coding;
mod health;
pub mod key;
mod location;
mod order;
mod placement;
mod policy;
mod progress;
mod question;
mod raw;
mod release;
mod resource;
mod rollout;
mod schema;
mod selection;
mod status;
mod stream;
mod summary;
pub mod token;
mod transform;
mod unknown;

pub use decision::{
    decode_decision, decode_rollout, encode_decision, encode_rollout, problem, problem_message, rollout,
    rollout_message,
};
pub use describe::{describe, describe_json};
pub use desired::{decode_desired, encode_desired};
pub use error::Error;
pub use key::Key;
pub use order::{
    Complete, Epoch, Lease, Member, StreamBirth, decode_complete, decode_epoch, decode_lease, decode_member,
    encode_complete, encode_epoch, encode_lease, encode_member,
};
pub use progress::{decode_progress, encode_progress};
pub use question::{
    decode_answer, decode_ask, decode_query, decode_query_result, encode_answer, encode_ask, encode_query,
    encode_query_result,
};
pub use release::{
    SplitBundle, decode_bundle, decode_bundle_object, decode_release, encode_bundle, encode_release,
    split_bundle,
};
pub use resource::{
    LARGE_MANIFEST, Large, Row, Stored, decode_resource, decode_row, encode_resource, encode_row, resource,
    resource_key, resource_key_message, resource_message, row_message,
};
pub use status::{
    decode_heartbeat, decode_status, encode_heartbeat, encode_status, object_status, object_status_message,
};
pub use stream::Stream;
pub use summary::{
    decode_partial, decode_presence, decode_summary, encode_partial, encode_presence, encode_summary,
    summary_message,
};
pub use unknown::merge_unknown;

#[allow(
    clippy::allow_attributes_without_reason,
    clippy::too_many_lines,
    clippy::large_enum_variant,
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
