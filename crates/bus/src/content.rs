//! Content by digest: stored in chunks before anything names it, read by direct get, verified.

use async_nats::HeaderMap;
use async_nats::StatusCode;
use bytes::Bytes;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use model::Digest;

use crate::api::TIMEOUT;
use crate::connection::Connection;
use crate::exchange::Request;
use crate::{Bus, Error, Key, Store, Stream, Write};

/// Chunks in flight for one content: enough to fill a link, few enough to stay at a few megabytes.
const IN_FLIGHT: usize = 8;

impl Bus {
    /// Stores content; returns when all of it is acknowledged. Storing it again changes nothing but its age.
    pub async fn put_content(&self, store: Store, digest: Digest, bytes: Bytes) -> Result<(), Error> {
        let chunks = (0u32..).zip(wire::content::chunk(&bytes));
        stream::iter(chunks)
            .map(|(index, chunk)| self.put(Write::new(store.key(digest, index), chunk)))
            .buffer_unordered(IN_FLIGHT)
            .try_for_each(|_| std::future::ready(Ok(())))
            .await
    }

    /// Reads content; `None`: it is not there, or not all of it.
    pub async fn get_content(&self, store: Store, digest: Digest) -> Result<Option<Bytes>, Error> {
        self.connection.get_content(store, digest).await
    }
}

impl Connection {
    pub async fn get_content(&self, store: Store, digest: Digest) -> Result<Option<Bytes>, Error> {
        let stream = store.stream();
        let Some(first) = self.direct_get(&stream, &store.key(digest, 0)).await? else { return Ok(None) };
        let unreadable = |source| Error::Wire { subject: store.key(digest, 0).subject(), source };
        let count = wire::content::chunk_count(&first).map_err(unreadable)?;
        let rest: Vec<Option<Bytes>> = stream::iter(1..count)
            .map(|index| {
                let key = store.key(digest, index);
                let stream = &stream;
                async move { self.direct_get(stream, &key).await }
            })
            .buffered(IN_FLIGHT)
            .try_collect()
            .await?;
        let chunks: Option<Vec<Bytes>> = std::iter::once(Some(first)).chain(rest).collect();
        chunks.map(|chunks| wire::content::assemble(digest, chunks).map_err(unreadable)).transpose()
    }

    /// The value of a key from any replica, perhaps not the newest; `None`: it has none there. The subject is part of
    /// the request's subject, so that an agent can be allowed exactly its own.
    pub async fn direct_get(&self, stream: &Stream, key: &Key) -> Result<Option<Bytes>, Error> {
        let subject = format!("$JS.API.DIRECT.GET.{stream}.{}", key.subject());
        let request = Request {
            operation: "reading",
            subject: subject.clone(),
            headers: HeaderMap::new(),
            payload: Bytes::new(),
            timeout: TIMEOUT,
        };
        let message = self.ask(request).await?;
        match message.status {
            None | Some(StatusCode::OK) => Ok(Some(message.payload)),
            Some(StatusCode::NOT_FOUND) => Ok(None),
            Some(status) => {
                let reason = message.description.unwrap_or_else(|| status.to_string());
                Err(Error::Unavailable { operation: "reading", subject, reason })
            }
        }
    }
}
