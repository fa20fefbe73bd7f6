//! Content in use: beside the document, or in Secrets of its own.

use std::collections::BTreeSet;

use bytes::Bytes;
use futures::{StreamExt as _, stream};
use kube::api::DeleteParams;
use model::Digest;

use super::request::create;
use super::{ABREAST, Cluster, DOCUMENT, beside, part};
use crate::Error;
use crate::sink::kubernetes::{ask, refuses};
use crate::state::InUse;

impl Cluster {
    /// Stores content in use that is not stored yet; what goes beside the document, with the next [`Cluster::flush`].
    ///
    /// # Errors
    /// As of [`Cluster::flush`].
    pub async fn keep(&mut self, mut in_use: InUse<'_>) -> Result<(), Error> {
        self.choose(&mut in_use);
        let is_missing =
            |digest: &&Digest| !self.blobs.contains_key(*digest) && !self.beside.contains_key(*digest);
        let missing: Vec<Digest> = in_use.used.iter().filter(is_missing).copied().collect();
        let there = missing.into_iter().filter_map(|digest| Some((digest, in_use.blobs.get(&digest)?)));
        let storing = there.map(|(digest, content)| self.store_blob(digest, content));
        let stored: Vec<_> = stream::iter(storing).buffer_unordered(ABREAST).collect().await;
        let mut failure = Ok(());
        for result in stored {
            match result {
                Ok((digest, count)) => _ = self.blobs.insert(digest, count),
                Err(error) => failure = Err(error),
            }
        }
        failure
    }

    /// Decides what goes beside the document.
    fn choose(&mut self, in_use: &mut InUse<'_>) {
        let Some(document) = self.get(DOCUMENT) else { return };
        let chosen = beside::choose(in_use, document.len(), &self.beside, &self.blobs);
        if !chosen.keys().eq(self.beside.keys()) {
            let document = document.clone();
            self.pending.insert(DOCUMENT.to_owned(), document);
            self.beside = chosen;
        }
    }

    /// In how many chunks it is stored then.
    async fn store_blob(&self, digest: Digest, content: Bytes) -> Result<(Digest, u32), Error> {
        let chunks = wire::content::chunk(&content);
        let mut storing = Vec::new();
        for (index, chunk) in chunks.iter().enumerate() {
            let secret = part::blob(&self.location, digest, index, chunk);
            storing.push(create(&self.secrets, secret));
        }
        let stored: Vec<Result<(), Error>> = stream::iter(storing).buffered(ABREAST).collect().await;
        stored.into_iter().collect::<Result<(), Error>>()?;
        Ok((digest, u32::try_from(chunks.len()).unwrap_or(u32::MAX)))
    }

    /// Drops content that is no longer in use. What cannot be dropped stays until the next call.
    pub async fn drop_unused(&mut self, used: &BTreeSet<Digest>) {
        let bases = beside::bases(&self.beside);
        let is_unused = |(digest, _): &(&Digest, &u32)| !used.contains(digest) && !bases.contains(digest);
        let unused = self.blobs.iter().filter(is_unused);
        let unused: Vec<(Digest, u32)> = unused.map(|(digest, count)| (*digest, *count)).collect();
        for (digest, count) in unused {
            match self.drop_blob(digest, count).await {
                Ok(()) => _ = self.blobs.remove(&digest),
                Err(error) => tracing::warn!(blob = %digest, %error, "unused content stays"),
            }
        }
    }

    async fn drop_blob(&self, digest: Digest, count: u32) -> Result<(), Error> {
        for index in 0..count {
            let name = part::blob_name(&self.location, digest, index as usize);
            let deleted = ask(self.secrets.delete(&name, &DeleteParams::default())).await;
            deleted
                .map(|_| ())
                .or_else(|error| if refuses(&error, "NotFound") { Ok(()) } else { Err(error) })?;
        }
        Ok(())
    }
}
