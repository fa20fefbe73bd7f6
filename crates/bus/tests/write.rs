//! Writes against a real server: batches, fences, expectations, content.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says where")]

mod support;

use std::collections::BTreeMap;

use bus::{Error, Fence, Key, Store, Stream, Write};
use bytes::Bytes;
use futures::StreamExt as _;
use model::Digest;
use support::{desired, eu, hub, lease, location, text, values};

#[tokio::test]
async fn a_batch_is_stored_whole_and_returns_the_sequence_of_each_row() {
    let (_nats, bus) = hub().await;
    let writes =
        (0..1000).map(|n| Write::new(location(format!("l{n}")), format!("{n}")).expecting(0)).collect();
    let sequences = bus.commit(writes, None).await.unwrap();
    for n in [0, 500, 999] {
        let row = bus.get(&location(format!("l{n}"))).await.unwrap().unwrap();
        assert_eq!((row.seq, text(&row)), (sequences[n], n.to_string()));
    }
}

#[tokio::test]
async fn a_batch_with_one_stale_expectation_stores_nothing_and_names_the_key() {
    let (_nats, bus) = hub().await;
    let old = bus.put(Write::new(location("b"), "old")).await.unwrap();
    bus.put(Write::new(location("b"), "newer")).await.unwrap();
    let writes = vec![
        Write::new(location("a"), "new").expecting(0),
        Write::new(location("b"), "new").expecting(old),
        Write::new(location("c"), "new"),
    ];
    let error = bus.commit(writes, None).await.unwrap_err();
    assert!(
        matches!(&error, Error::Conflict { subject, current: Some(seq) }
        if subject == "$KV.locations.b" && *seq == old + 1),
        "{error}"
    );
    assert_eq!(values(&bus, &Stream::Locations).await, [(location("b"), "newer".to_owned())]);
}

#[tokio::test]
async fn many_rows_are_read_at_once_and_keys_without_one_are_left_out() {
    let (_nats, bus) = hub().await;
    let name = |n: usize| location(format!("l{n}"));
    for half in [0..1000, 1000..1500] {
        bus.commit(half.map(|n| Write::new(name(n), format!("{n}"))).collect(), None).await.unwrap();
    }
    let asked: Vec<Key> = (500..2500).map(name).collect();
    let rows = bus.get_many(&Stream::Locations, &asked).await.unwrap();
    let found: BTreeMap<Key, String> = rows.iter().map(|row| (row.key.clone(), text(row))).collect();
    assert_eq!((rows.len(), found), (1000, (500..1500).map(|n| (name(n), n.to_string())).collect()));
    assert_eq!(bus.get_many(&Stream::Locations, &[]).await.unwrap().len(), 0);
}

#[tokio::test]
async fn a_stale_fence_stores_nothing_and_republishes_nothing() {
    let (nats, bus) = hub().await;
    bus.ensure(&eu()).await.unwrap();
    let client = async_nats::connect(nats.url()).await.unwrap();
    let mut down = client.subscribe("trib.v1.dn.>").await.unwrap();
    client.flush().await.unwrap();

    let zombie = lease(&bus, &eu(), "zombie").await;
    let fence = lease(&bus, &eu(), "heir").await;
    for count in [1, 2] {
        let late = ["one", "two"].into_iter().take(count).map(|name| Write::new(desired("eu", name), "late"));
        let error = bus.commit(late.collect(), Some(zombie.clone())).await.unwrap_err();
        assert!(matches!(error, Error::Fenced { .. }), "{error}");
    }
    assert!(bus.get(&desired("eu", "one")).await.unwrap().is_none());

    bus.commit(vec![Write::new(desired("eu", "one"), "in time")], Some(fence)).await.unwrap();
    let message = down.next().await.unwrap();
    assert_eq!((message.subject.as_str(), &message.payload[..]), ("trib.v1.dn.eu.one", &b"in time"[..]));
}

#[tokio::test]
async fn a_fenced_batch_may_have_conditions_and_renew_its_own_lease() {
    let (_nats, bus) = hub().await;
    bus.ensure(&eu()).await.unwrap();
    let fence = lease(&bus, &eu(), "me").await;
    let renewal = Write::new(fence.key.clone(), "renewed");
    let writes =
        |text: &'static str| vec![Write::new(desired("eu", "one"), text).expecting(0), renewal.clone()];
    let sequences = bus.commit(writes("first"), Some(fence.clone())).await.unwrap();
    assert_eq!(bus.get(&fence.key).await.unwrap().unwrap().seq, sequences[1]);

    let next = Fence { seq: sequences[1], ..fence };
    let error = bus.commit(writes("second"), Some(next)).await.unwrap_err();
    assert!(matches!(error, Error::Conflict { .. }), "the row exists by now: {error}");
}

#[tokio::test]
async fn traces_and_deletions_are_read_back() {
    let (nats, bus) = hub().await;
    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".to_owned();
    bus.put(Write::new(location("a"), "x").traced(Some(trace.clone()))).await.unwrap();
    assert_eq!(bus.get(&location("a")).await.unwrap().unwrap().trace, Some(trace));
    nats.cli(&["kv", "del", "locations", "a", "--force"]).unwrap();
    assert_eq!(bus.get(&location("a")).await.unwrap().unwrap().value, None);
    assert!(bus.read_all(&Stream::Locations).await.unwrap().is_empty());
}

#[tokio::test]
async fn content_of_several_megabytes_comes_back_verified_and_unknown_content_is_none() {
    let (_nats, bus) = hub().await;
    let mut state = 1u64;
    let noise = std::iter::repeat_with(|| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 56) as u8
    });
    let content: Bytes = noise.take(5 << 20).collect::<Vec<_>>().into();
    let digest = Digest::of(&content);
    for store in [Store::Blob, Store::Release] {
        assert!(bus.get_content(store, digest).await.unwrap().is_none());
        bus.put_content(store, digest, content.clone()).await.unwrap();
        assert_eq!(bus.get_content(store, digest).await.unwrap(), Some(content.clone()));
    }
}

#[tokio::test]
async fn a_key_that_would_break_the_connection_is_refused_and_the_connection_lives() {
    let (_nats, bus) = hub().await;
    let error = bus.put(Write::new(location("x".repeat(5000)), "")).await.unwrap_err();
    assert!(matches!(error, Error::Invalid(_)), "{error}");
    assert!(bus.get(&Key::Epoch).await.unwrap().is_some());
}

#[tokio::test]
async fn nobody_answering_a_request_is_no_error() {
    let (_nats, bus) = hub().await;
    let query = Key::Query { region: "eu".to_owned() };
    let answer = bus.request(&query, Bytes::new(), support::SOON).await.unwrap();
    assert_eq!(answer, None);
}
