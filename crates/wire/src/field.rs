//! How single fields are read: every refusal names the message and the field.

use model::Digest;
use prost::Message;

use crate::Error;

/// Reads fields of the message of this name.
#[derive(Clone, Copy)]
pub(crate) struct Reader(pub(crate) &'static str);

impl Reader {
    /// The whole message.
    pub(crate) fn parse<M: Message + Default>(self, bytes: &[u8]) -> Result<M, Error> {
        M::decode(bytes).map_err(|source| Error::Malformed { message: self.0, source })
    }

    /// The whole message; its byte fields are parts of `bytes`.
    pub(crate) fn parse_shared<M: Message + Default>(self, bytes: &bytes::Bytes) -> Result<M, Error> {
        M::decode(bytes.clone()).map_err(|source| Error::Malformed { message: self.0, source })
    }

    pub(crate) fn digest(self, field: &'static str, bytes: &[u8]) -> Result<Digest, Error> {
        let length = bytes.len();
        Digest::from_bytes(bytes).ok_or_else(|| self.invalid(field, format!("{length} bytes, not 32")))
    }

    /// A digest where none may be said.
    pub(crate) fn optional_digest(self, field: &'static str, bytes: &[u8]) -> Result<Option<Digest>, Error> {
        if bytes.is_empty() { Ok(None) } else { self.digest(field, bytes).map(Some) }
    }

    pub(crate) fn required<T>(self, field: &'static str, value: Option<T>) -> Result<T, Error> {
        value.ok_or_else(|| self.invalid(field, "missing".to_owned()))
    }

    pub(crate) fn filled(self, field: &'static str, value: String) -> Result<String, Error> {
        if value.is_empty() { Err(self.invalid(field, "empty".to_owned())) } else { Ok(value) }
    }

    pub(crate) fn json(self, field: &'static str, bytes: &[u8]) -> Result<serde_json::Value, Error> {
        serde_json::from_slice(bytes).map_err(|error| self.invalid(field, error.to_string()))
    }

    /// A value of an enum that has no default, or one of a later version.
    pub(crate) fn unknown(self, field: &'static str, value: i32) -> Error {
        self.invalid(field, format!("{value} is not a value that this version knows"))
    }

    pub(crate) fn invalid(self, field: &'static str, reason: String) -> Error {
        Error::Invalid { message: self.0, field, reason }
    }
}

/// A digest as the wire carries it.
pub(crate) fn digest_bytes(digest: &Digest) -> bytes::Bytes {
    bytes::Bytes::copy_from_slice(&digest.0)
}
