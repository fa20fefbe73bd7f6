//! Reading and following against a real server that is killed, and streams that vanish and come back.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says where")]

mod support;

use std::time::Duration;

use async_nats::jetstream;
use bus::{Stream, Write};
use support::copy::{Copy, Running};
use support::{SOON, connect, eu, hub, location};
use testbed::Nats;

/// What following may take over a restart, where the client's own ordered consumers take 14 s and more.
const RESUMED: Duration = Duration::from_secs(4);

#[tokio::test]
async fn an_empty_stream_is_caught_up_at_once() {
    let (_nats, bus) = hub().await;
    let reader = Running::start(&bus, "reader", Copy::new(0));
    reader.until_ready().await;
    assert!(bus.read_all(&Stream::Locations).await.unwrap().is_empty());
}

#[tokio::test]
async fn following_goes_on_after_the_server_was_killed_and_nothing_is_read_twice() {
    let (mut nats, bus) = hub().await;
    for n in 0..100 {
        bus.put(Write::new(location(format!("l{n}")), "before")).await.unwrap();
    }
    let reader = Running::start(&bus, "reader", Copy::new(0));
    reader.until("all rows", SOON, |seen| seen.inputs.len() == 100).await;
    nats.kill();
    nats.restart().await.unwrap();
    let other = connect(&nats).await;
    other.put(Write::new(location("l100"), "after")).await.unwrap();
    reader.until("the new row", RESUMED, |seen| seen.inputs.len() == 101).await;
    assert_eq!(reader.seen.lock().unwrap().events, ["born KV_locations"], "it was not read again");
    assert_eq!(reader.stats.rows_folded.load(std::sync::atomic::Ordering::Relaxed), 101);
}

#[tokio::test]
async fn a_stream_that_was_created_again_is_forgotten_and_read_again() {
    let (nats, bus) = hub().await;
    bus.put(Write::new(location("old"), "old")).await.unwrap();
    let reader = Running::start(&bus, "reader", Copy::new(0));
    reader.until("the old row", SOON, |seen| seen.inputs.contains_key(&location("old"))).await;
    let context = jetstream::new(async_nats::connect(nats.url()).await.unwrap());
    context.delete_stream("KV_locations").await.unwrap();
    bus.init(1).await.unwrap();
    bus.put(Write::new(location("new"), "new")).await.unwrap();
    let only_new = |seen: &support::copy::Seen| {
        seen.inputs.keys().eq([&location("new")]) && seen.events.contains(&"reset KV_locations".to_owned())
    };
    reader.until("only the new row", SOON, only_new).await;
    reader.until_ready().await;
}

#[tokio::test]
async fn a_stream_that_is_missing_is_waited_for() {
    let nats = Nats::start().await.unwrap();
    let bus = connect(&nats).await;
    let reader = Running::start(&bus, "reader", Copy::new(0));
    bus.init(1).await.unwrap();
    bus.put(Write::new(location("one"), "x")).await.unwrap();
    reader.until("the row", SOON, |seen| seen.inputs.len() == 1).await;
}

#[tokio::test]
async fn a_purge_while_reading_does_not_keep_it_from_catching_up() {
    let (nats, bus) = hub().await;
    let writes = |from: usize| {
        (from..from + 1000).map(|n| Write::new(location(format!("l{n}")), "x")).collect::<Vec<_>>()
    };
    for from in (0..10_000).step_by(1000) {
        bus.commit(writes(from), None).await.unwrap();
    }
    let reader = Running::start(&bus, "reader", Copy::new(0));
    let context = jetstream::new(async_nats::connect(nats.url()).await.unwrap());
    context.get_stream("KV_locations").await.unwrap().purge().await.unwrap();
    reader.until_ready().await;
}

#[tokio::test]
async fn documents_that_were_lost_are_written_again_under_a_higher_epoch() {
    let (nats, bus) = hub().await;
    bus.put(Write::new(location("one"), "x")).await.unwrap();
    let writer = Running::start(&bus, "writer", Copy::new(1));
    let document = support::desired("eu", "one");
    writer.until("the document", SOON, |seen| seen.outputs.contains_key(&document)).await;
    let epoch = async || {
        let row = bus.get(&bus::Key::Epoch).await.unwrap().unwrap();
        wire::decode_epoch(&row.value.unwrap()).unwrap().epoch
    };
    assert_eq!(epoch().await, 2, "the first stream begins an epoch");
    let context = jetstream::new(async_nats::connect(nats.url()).await.unwrap());
    context.delete_stream(eu().name()).await.unwrap();
    let reset = |seen: &support::copy::Seen| seen.events.contains(&"reset desired-eu".to_owned());
    writer.until("the loss to be noticed", SOON, reset).await;
    writer.until("the document again", SOON, |seen| seen.outputs.contains_key(&document)).await;
    assert!(bus.get(&document).await.unwrap().is_some());
    assert_eq!(epoch().await, 3);
}
