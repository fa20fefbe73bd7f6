//! What is read only to know what it names.

use bus::{Bus, Error, Store, Stream};
use model::Digest;
use translation::Named;

use super::Obstacle;
use crate::metrics::Skipped;

/// Adds what the documents of a stream name that nobody follows: their agents may still run what they tell.
pub async fn add_documents(bus: &Bus, stream: &Stream, named: &mut Named) -> Result<(), Obstacle> {
    for row in bus.read_all(stream).await? {
        let (bus::Key::Desired { .. }, Some(value)) = (&row.key, &row.value) else { continue };
        let (desired, _) = wire::decode_desired(value).map_err(|error| {
            tracing::warn!(subject = row.key.subject(), %error, "a row cannot be read");
            Obstacle::Known(Skipped::unreadable)
        })?;
        named.add_document(&desired);
    }
    Ok(())
}

/// The blobs that a bundle names; `None`: it is not there, or broken.
pub async fn read_bundle(bus: &Bus, bundle: Digest) -> Result<Option<(Digest, Vec<Digest>)>, Error> {
    let content = match bus.get_content(Store::Blob, bundle).await {
        Err(Error::Wire { .. }) => None,
        content => content?,
    };
    let decoded = content.map(|content| wire::decode_bundle(&content)).and_then(Result::ok);
    Ok(decoded.map(|decoded| (bundle, decoded.blobs().collect())))
}
