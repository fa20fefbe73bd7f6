//! What is stored can be listed and deleted message by message.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says where")]

mod support;

use std::collections::BTreeSet;

use bus::{Key, Store};
use model::Digest;
use support::{eu, hub, lease};

#[tokio::test]
async fn content_is_listed_with_its_size_and_the_servers_time_without_being_read() {
    let (_nats, bus) = hub().await;
    assert_eq!(bus.list_content(Store::Blob).await.unwrap().pieces, []);
    let mut expected = BTreeSet::new();
    // More than one page.
    for number in 0..1203_u32 {
        let content = number.to_le_bytes().to_vec();
        expected.insert(Digest::of(&content));
        bus.put_content(Store::Blob, Digest::of(&content), content.into()).await.unwrap();
    }
    let listing = bus.list_content(Store::Blob).await.unwrap();
    let found: BTreeSet<Digest> = listing.pieces.iter().map(|piece| piece.digest).collect();
    assert_eq!((found, listing.pieces.len()), (expected, 1203));
    for piece in &listing.pieces {
        let key = Key::Blob { digest: piece.digest, chunk: piece.chunk };
        let row = bus.get(&key).await.unwrap().unwrap();
        assert_eq!((piece.seq, piece.bytes), (row.seq, row.value.unwrap().len() as u64));
        assert!(piece.stored_ms > 0 && piece.stored_ms <= listing.now_ms, "{piece:?} at {}", listing.now_ms);
    }
}

#[tokio::test]
async fn a_deletion_takes_what_was_seen_and_not_what_was_stored_again() {
    let (_nats, bus) = hub().await;
    let digest = Digest::of(b"content");
    bus.put_content(Store::Blob, digest, "content".into()).await.unwrap();
    let seen = bus.list_content(Store::Blob).await.unwrap().pieces[0];
    bus.put_content(Store::Blob, digest, "content".into()).await.unwrap();
    assert!(!bus.delete_content(Store::Blob, seen.seq).await.unwrap(), "it has another sequence now");
    assert!(bus.get_content(Store::Blob, digest).await.unwrap().is_some());
    let seen = bus.list_content(Store::Blob).await.unwrap().pieces[0];
    assert!(bus.delete_content(Store::Blob, seen.seq).await.unwrap());
    assert!(!bus.delete_content(Store::Blob, seen.seq).await.unwrap(), "it is gone");
    assert!(!bus.delete_content(Store::Blob, 999).await.unwrap(), "it was never there");
    assert_eq!(bus.get_content(Store::Blob, digest).await.unwrap(), None);
}

#[tokio::test]
async fn the_ends_of_documents_are_told_for_every_region_that_has_any() {
    let (_nats, bus) = hub().await;
    assert!(bus.ends_of_documents().await.unwrap().is_empty());
    bus.ensure(&eu()).await.unwrap();
    let fence = lease(&bus, &eu(), "someone").await;
    assert_eq!(bus.ends_of_documents().await.unwrap(), [(eu(), fence.seq)].into());
}
