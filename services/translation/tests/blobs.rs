//! Content that nobody needs goes, and what is needed stays or comes back.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail the test")]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use bus::Store;
use model::Digest;
use testbed::eventually;
use translation::Named;
use translation_service::{Ages, Metrics};

use support::{Document, Hub, PATIENCE, config_map};

/// Short, but far longer than a batch takes on a busy machine.
const AGES: Ages = Ages { min_age: Duration::from_millis(1500), period: Duration::from_millis(50) };
const SITES: &[&str] = &["l1", "l2"];

impl Hub {
    /// A release of a small and a large object that are the same everywhere, and a small and a large one that are not.
    async fn varied(&self, version: &str) -> Digest {
        let large = version.repeat(3000);
        let own = "at ${location.name} ";
        let objects = [("a", version), ("b", &large), ("c", own), ("d", &(own.to_owned() + &large))];
        self.release(&objects.map(|(name, content)| config_map(name, content))).await
    }

    /// The content that is stored, each with a sequence.
    async fn blobs(&self) -> BTreeMap<Digest, u64> {
        let listing = self.bus.list_content(Store::Blob).await.unwrap();
        listing.pieces.iter().map(|piece| (piece.digest, piece.seq)).collect()
    }

    /// What the documents need, and could be read.
    async fn needed(&self, documents: &BTreeMap<String, Document>) -> BTreeSet<Digest> {
        let mut named = Named::default();
        documents.values().for_each(|document| named.add_document(&document.desired));
        let mut needed: BTreeSet<Digest> = named.objects.union(&named.bundles).copied().collect();
        for bundle in named.bundles {
            let content = self.bus.get_content(Store::Blob, bundle).await.unwrap().expect("a bundle is gone");
            needed.extend(wire::decode_bundle(&content).unwrap().blobs());
        }
        needed
    }
}

#[tokio::test]
async fn what_nobody_needs_any_more_goes_and_all_else_stays() {
    let hub = Hub::start().await;
    let locations = hub.declare(SITES).await;
    let (old, new) = (hub.varied("1").await, hub.varied("2").await);
    hub.decide(1, locations, &[(old, SITES)]).await;
    let instance = hub.instance("one").await;
    let before = hub.needed(&hub.documents(2, 1).await).await;
    instance.end().await;
    // This one never knew the old release.
    hub.decide(2, locations, &[(new, SITES)]).await;
    let metrics = Metrics::default();
    let instance = hub.collecting("two", AGES, metrics.clone()).await;
    let needed = hub.needed(&hub.documents(2, 2).await).await;
    assert!(before.is_disjoint(&needed) && needed.len() >= 3, "{before:?} {needed:?}");
    let look = async || match hub.blobs().await.into_keys().collect::<BTreeSet<_>>() {
        found if found == needed => Ok(()),
        found => Err(format!("{found:?} instead of {needed:?}")),
    };
    eventually("only what is needed", PATIENCE, look).await.unwrap();
    assert_eq!(metrics.repaired.get(), 0);
    instance.end().await;
}

#[tokio::test]
async fn what_is_needed_and_was_deleted_by_hand_comes_back_and_documents_stay_as_they_are() {
    let hub = Hub::start().await;
    let locations = hub.declare(SITES).await;
    let release = hub.varied("1").await;
    hub.decide(1, locations, &[(release, SITES)]).await;
    let metrics = Metrics::default();
    let instance = hub.collecting("one", AGES, metrics.clone()).await;
    let documents = hub.documents(2, 1).await;
    let needed = hub.needed(&documents).await;
    for seq in hub.blobs().await.into_values() {
        assert!(hub.bus.delete_content(Store::Blob, seq).await.unwrap());
    }
    let look = async || {
        let found = hub.blobs().await;
        let missing: Vec<_> = needed.iter().filter(|digest| !found.contains_key(digest)).collect();
        if missing.is_empty() { Ok(()) } else { Err(format!("{missing:?} of {needed:?}")) }
    };
    eventually("all that is needed", PATIENCE, look).await.unwrap();
    assert!(metrics.repaired.get() >= needed.len() as u64);
    assert_eq!(hub.written().await, documents);
    instance.end().await;
}

#[tokio::test]
async fn documents_that_are_written_while_content_is_collected_never_lack_it() {
    let hub = Hub::start().await;
    let locations = hub.declare(SITES).await;
    let mut releases = Vec::new();
    for version in ["1", "2", "3"] {
        releases.push(hub.varied(version).await);
    }
    let metrics = Metrics::default();
    let instance = hub.collecting("one", AGES, metrics.clone()).await;
    for rollout in 1..=40 {
        let release = releases[rollout as usize % releases.len()];
        hub.decide(rollout, locations, &[(release, SITES)]).await;
        let needed = hub.needed(&hub.documents(2, rollout).await).await;
        let found = hub.blobs().await;
        let missing: Vec<_> = needed.iter().filter(|digest| !found.contains_key(digest)).collect();
        assert!(missing.is_empty(), "{missing:?} of rollout {rollout}");
    }
    assert_eq!(metrics.repaired.get(), 0);
    instance.end().await;
}
