//! What comes out for an object: bytes, or why there are none.

use std::sync::Arc;

use model::ObjectKey;
use serde_json::Value;

use crate::{Error, FieldError};

/// The manifest as compact JSON with sorted keys; or, for an object that is withheld, `Reason: where: why`.
pub type Outcome = Result<Arc<[u8]>, Arc<str>>;

/// Bytes of a rendered manifest: more does not fit into the API server's store.
pub const MAX_MANIFEST: usize = 3 << 19;

/// What names an object, and what it was called before anything was done to it.
const IDENTITY: [(&str, &str); 4] = [
    ("apiVersion", "/apiVersion"),
    ("kind", "/kind"),
    ("metadata.name", "/metadata/name"),
    ("metadata.namespace", "/metadata/namespace"),
];

/// Turns a manifest into bytes, unless it has become another object than `source` or too large.
pub fn finish(source: &Identity, manifest: &Value) -> Result<Arc<[u8]>, Error> {
    source.check(manifest)?;
    let bytes = manifest.to_string().into_bytes();
    if bytes.len() > MAX_MANIFEST {
        return Err(Error::TooLarge { bytes: bytes.len(), limit: MAX_MANIFEST });
    }
    Ok(bytes.into())
}

/// The fields that name an object.
#[derive(Clone, Debug, Default)]
pub struct Identity([Option<Value>; 4]);

impl Identity {
    pub fn of(manifest: &Value) -> Self {
        Self(IDENTITY.map(|(_, pointer)| manifest.pointer(pointer).cloned()))
    }

    fn check(&self, manifest: &Value) -> Result<(), Error> {
        for ((field, pointer), expected) in IDENTITY.into_iter().zip(&self.0) {
            if manifest.pointer(pointer) != expected.as_ref() {
                let expected = expected.as_ref().and_then(Value::as_str).unwrap_or_default().to_owned();
                return Err(Error::Identity { field, expected });
            }
        }
        Ok(())
    }
}

/// A transform's error as it is told to users.
pub fn describe(transform: &str, error: &FieldError) -> String {
    format!("{}: transform {transform}, {}: {}", error.error.reason(), error.field, error.error)
}

/// Which object it happened to, put behind the reason: `Reason: object, …`. The location is left to whoever carries this: so
/// the same failure has the same words everywhere.
pub fn locate(key: &ObjectKey, described: &str) -> Arc<str> {
    let (reason, why) = described.split_once(": ").unwrap_or(("Failed", described));
    format!("{reason}: {key}, {why}").into()
}
