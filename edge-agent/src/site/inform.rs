//! What reaches a site: documents, blobs, and what the hub knows of the location. It is on disk before it counts.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use edge::{Acceptance, Span};
use model::{Desired, Digest, PlacementKey};
use tokio::time::Instant;

use super::view::View;
use super::{Current, Site};
use crate::Error;
use crate::sink::Sink;
use crate::state::Stored;

impl<S: Sink> Site<S> {
    /// Takes a document of `region` if it is newer; whether it did. It is on disk before it counts.
    pub fn receive(&mut self, region: &str, bytes: Bytes) -> Result<bool, Error> {
        let (document, trace) =
            wire::decode_desired(&bytes).map_err(|error| Error::Document(Arc::new(error)))?;
        let order = self.identity.orders.get(region).copied().unwrap_or_default();
        if region != self.identity.region || edge::accept(order, document.order) != Acceptance::Newer {
            return Ok(false);
        }
        let stored = Stored { region: region.to_owned(), document: bytes };
        if let Err(error) = self.state.save_document(&stored) {
            self.refuse(stored, &error);
            return Ok(true);
        }
        self.refused = None;
        self.enforce(region, document, trace);
        Ok(true)
    }

    /// The location is in another region than its documents have told: they are read there from now on, and everything
    /// is kept until one arrives.
    pub fn locate(&mut self, region: String) {
        if region != self.identity.region {
            tracing::info!(
                from = self.identity.region,
                to = region,
                "location is declared in another region"
            );
            self.identity.region = region;
            self.store_identity();
        }
    }

    /// A blob has arrived and is verified, or the hub does not have it.
    pub fn supply(&mut self, digest: Digest, bytes: Option<Bytes>) {
        let there = bytes.is_some();
        match bytes {
            Some(bytes) => {
                self.absent.remove(&digest);
                self.blobs.put(digest, bytes);
            }
            None => {
                self.absent.insert(digest);
            }
        }
        // A manifest is read when it is applied; a bundle names what else is needed.
        let bundle = self.current.as_ref().is_some_and(|current| current.view.bundles.contains(&digest));
        if bundle || !there {
            self.work_out();
        }
    }

    /// Another agent, or an earlier life whose count was lost, has reported as start number `boot`.
    pub fn raise_boot(&mut self, boot: u64) {
        self.identity.boot = self.identity.boot.max(boot.saturating_add(1));
        self.store_identity();
    }

    /// The hub has stored that this placement is withdrawn.
    pub fn confirm_withdrawn(&mut self, placement: &PlacementKey) {
        let claimed = self.current.as_ref().is_some_and(|current| current.claims(placement));
        if !claimed && !self.owns(placement) {
            self.known.remove(placement);
            self.standing.remove(placement);
            self.store_known();
        }
    }

    /// Takes up the document from disk. One that cannot be read is as good as lost: all is kept until the next.
    pub(super) fn resume(&mut self, stored: Stored) {
        match wire::decode_desired(&stored.document) {
            Ok((document, trace)) => self.enforce(&stored.region, document, trace),
            Err(error) => tracing::error!(%error, "stored document cannot be read; keeping everything"),
        }
    }

    fn enforce(&mut self, region: &str, document: Desired, trace: String) {
        self.identity.orders.insert(region.to_owned(), document.order);
        if let Some(moved_to) = document.moved_to_region.clone().filter(|_| region == self.identity.region) {
            tracing::info!(from = region, to = moved_to, "location has moved to another region");
            self.identity.region = moved_to;
            self.store_identity();
        }
        self.absent.clear();
        let received_time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        let span = Span {
            order: document.order,
            received_time: u64::try_from(received_time).unwrap_or(u64::MAX),
            ..Span::default()
        };
        self.patch(&document);
        let view =
            View::of(&document, &mut self.blobs, &self.absent, self.current.as_ref().map(|it| &it.view))
                .with_namespaces(S::NAMESPACES);
        let arrived = Instant::now();
        let next = Current { document, trace, view, span, arrived, started: false, settled: false };
        if let Some(before) = self.current.replace(next) {
            self.acted.replaced(before.view.wishes);
        }
        self.drop_unused();
    }

    /// Makes content that the document tells how to make from what is here.
    fn patch(&mut self, document: &Desired) {
        for placement in &document.placements {
            let (Some(digest), Some(patch)) = (placement.shared, &placement.patch) else { continue };
            if self.blobs.take(&digest) {
                continue;
            }
            let Some(base) = self.blobs.get(&patch.base) else { continue };
            match wire::content::apply_patch(digest, &base, &patch.data) {
                Ok(content) => self.blobs.put(digest, content),
                Err(error) => tracing::warn!(%error, "content cannot be patched; it is fetched"),
            }
        }
    }

    /// Works out the document with the blobs that are here now.
    fn work_out(&mut self) {
        let Some(current) = &mut self.current else { return };
        let view = View::of(&current.document, &mut self.blobs, &self.absent, Some(&current.view))
            .with_namespaces(S::NAMESPACES);
        let before = std::mem::replace(&mut current.view, view);
        self.acted.replaced(before.wishes);
        self.drop_unused();
    }

    /// Drops blobs that the document does not use. Bundles name further blobs, so that nothing is dropped before all
    /// bundles are here.
    fn drop_unused(&mut self) {
        let Some(current) = &self.current else { return };
        if current.view.wishes.unknown.is_empty() {
            self.blobs.retain(&current.view.used);
        }
    }
}
