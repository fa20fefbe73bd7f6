//! What can be wrong with something that came over the wire.

use model::Digest;

/// A message, or the name of one, that is not what it should be. The same bytes fail again: do not retry.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{0:?} is not a subject of this system")]
    Subject(String),
    #[error("not a {message}: {source}")]
    Malformed { message: &'static str, source: prost::DecodeError },
    #[error("a {message} cannot have this {field}: {reason}")]
    Invalid { message: &'static str, field: &'static str, reason: String },
    #[error("content {digest}: {reason}")]
    Content { digest: Digest, reason: String },
    #[error("an own part cannot be read, a frame of {bytes} bytes: {reason}")]
    Frame { bytes: usize, reason: String },
    /// A row of a workload object by digest: fetch the content and resolve it, see [`crate::Stored`].
    #[error("the manifest is content {0} in the release table")]
    Elsewhere(Digest),
}
