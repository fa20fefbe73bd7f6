//! Content to and from its store.

use std::time::Duration;

use bytes::Bytes;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use model::Digest;

use super::rules::Name;
use crate::backoff::Backoff;
use crate::{Bus, Error, Store};

/// Contents stored at once for one batch.
const STORES: usize = 4;
/// Between two attempts to fetch: all that were on the way fail together.
const RETRY: std::ops::Range<Duration> = Duration::from_millis(500)..Duration::from_secs(5);

/// Fetches until it is known whether the content is there: no answer is not "not there".
pub(super) async fn fetch(bus: Bus, (store, digest): Name) -> Option<Bytes> {
    let mut backoff = Backoff::default();
    loop {
        match bus.get_content(store, digest).await {
            Ok(content) => return content,
            Err(error @ Error::Wire { .. }) => {
                tracing::warn!(%error, ?store, %digest, "stored content is broken");
                return None;
            }
            Err(error) => tracing::debug!(%error, ?store, %digest, "content cannot be fetched now"),
        }
        tokio::time::sleep(backoff.failed(RETRY.start, RETRY.end)).await;
    }
}

pub(super) async fn store(bus: &Bus, contents: Vec<(Store, Digest, Bytes)>) -> Result<(), Error> {
    stream::iter(contents)
        .map(|(store, digest, bytes)| bus.put_content(store, digest, bytes))
        .buffer_unordered(STORES)
        .try_collect()
        .await
}
