//! The agent's side against a real server.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says where")]

mod support;

use std::time::Duration;

use bus::link::{Attachment, Inbound, Link, Mode};
use bus::{Bus, Error, Key, Store, Stream, Write};
use bytes::Bytes;
use model::{Digest, PlacementKey};
use support::{SOON, connect, desired, eu, hub, options};
use testbed::{Nats, eventually};

async fn next(attachment: &mut Attachment) -> Inbound {
    tokio::time::timeout(SOON, attachment.next()).await.expect("something to reach the agent")
}

/// Takes what comes until it is `wanted`.
async fn until(attachment: &mut Attachment, wanted: &Inbound) {
    while next(attachment).await != *wanted {}
}

async fn region() -> (Nats, Bus) {
    let (nats, bus) = hub().await;
    bus.ensure(&eu()).await.unwrap();
    bus.ensure(&Stream::Status("eu".to_owned())).await.unwrap();
    (nats, bus)
}

async fn write(bus: &Bus, location: &str, document: &str) {
    bus.put(Write::new(desired("eu", location), document.to_owned())).await.unwrap();
}

fn document(text: &str) -> Inbound {
    Inbound::Document(Bytes::from(text.to_owned()))
}

fn shop() -> PlacementKey {
    PlacementKey { space: "default".into(), name: "shop".into() }
}

#[tokio::test]
async fn an_agent_is_told_when_to_read_and_then_gets_every_newer_document() {
    let (nats, bus) = region().await;
    for mode in [Mode::Exact, Mode::Hosting] {
        let link = Link::connect(options(&nats), mode).await.unwrap();
        let mut one = link.attach("eu", "one");
        assert_eq!(next(&mut one).await, Inbound::Connected);
        write(&bus, "one", "v1").await;
        until(&mut one, &document("v1")).await;
        assert_eq!(one.get_desired().await.unwrap(), Some(Bytes::from("v1")));
        let two = link.attach("eu", "two");
        assert_eq!(two.get_desired().await.unwrap(), None);
    }
}

#[tokio::test]
async fn a_host_of_many_agents_tells_their_documents_and_questions_apart() {
    let (nats, bus) = region().await;
    let link = Link::connect(options(&nats), Mode::Hosting).await.unwrap();
    let mut hosted: Vec<_> = (0..500).map(|n| link.attach("eu", &format!("l{n}"))).collect();
    for attachment in &mut hosted {
        assert_eq!(next(attachment).await, Inbound::Connected);
    }
    let writes = (0..500).map(|n| Write::new(desired("eu", format!("l{n}")), format!("for {n}"))).collect();
    bus.commit(writes, None).await.unwrap();
    for (n, attachment) in hosted.iter_mut().enumerate() {
        assert_eq!(next(attachment).await, document(&format!("for {n}")));
    }
    let ask = Key::Ask { region: "eu".into(), location: "l7".into() };
    let (asked, answered) = tokio::join!(bus.request(&ask, "how?".into(), SOON), async {
        let Inbound::Ask { payload, reply } = next(&mut hosted[7]).await else { panic!("no question") };
        hosted[7].answer(reply.unwrap(), "well".into()).await.unwrap();
        payload
    });
    assert_eq!((asked.unwrap().as_deref(), &answered[..]), (Some(&b"well"[..]), &b"how?"[..]));
}

#[tokio::test]
async fn a_link_outlives_its_server_and_refuses_at_once_while_it_is_away() {
    let (mut nats, bus) = region().await;
    let link = Link::connect(options(&nats), Mode::Exact).await.unwrap();
    let mut one = link.attach("eu", "one");
    assert_eq!(next(&mut one).await, Inbound::Connected);
    nats.kill();
    assert_eq!(next(&mut one).await, Inbound::Disconnected);
    let start = std::time::Instant::now();
    let error = one.put_status(&shop(), "report".into(), None).await.unwrap_err();
    assert!(matches!(error, Error::Disconnected), "{error}");
    assert!(matches!(one.get_desired().await, Err(Error::Disconnected)));
    assert!(matches!(one.alive(Bytes::new()).await, Err(Error::Disconnected)));
    assert!(start.elapsed() < Duration::from_millis(500), "{:?}", start.elapsed());
    nats.restart().await.unwrap();
    assert_eq!(next(&mut one).await, Inbound::Connected);
    drop(bus);
    write(&connect(&nats).await, "one", "after").await;
    until(&mut one, &document("after")).await;
}

#[tokio::test]
async fn an_agent_may_start_before_its_server() {
    let mut nats = Nats::start().await.unwrap();
    nats.kill();
    let link = Link::connect(options(&nats), Mode::Exact).await.unwrap();
    let mut one = link.attach("eu", "one");
    nats.restart().await.unwrap();
    assert_eq!(next(&mut one).await, Inbound::Connected);
    let error = one.get_desired().await.unwrap_err();
    assert!(error.is_transient(), "a stream that is not there yet is not an empty document: {error}");
}

#[tokio::test]
async fn reports_are_compared_and_set_and_a_conflict_names_the_current_sequence() {
    let (nats, bus) = region().await;
    let link = Link::connect(options(&nats), Mode::Exact).await.unwrap();
    let mut one = link.attach("eu", "one");
    assert_eq!(next(&mut one).await, Inbound::Connected);
    let first = one.put_status(&shop(), "first".into(), Some(0)).await.unwrap();
    let second = one.put_status(&shop(), "second".into(), Some(first)).await.unwrap();
    let error = one.put_status(&shop(), "late".into(), Some(first)).await.unwrap_err();
    assert!(matches!(error, Error::Conflict { current: Some(seq), .. } if seq == second), "{error:?}");
    let rows = support::values(&bus, &Stream::Status("eu".to_owned())).await;
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].1, "second");
}

#[tokio::test]
async fn content_reaches_an_agent_verified() {
    let (nats, bus) = region().await;
    let content = Bytes::from(vec![7; 3 << 20]);
    let digest = Digest::of(&content);
    bus.put_content(Store::Blob, digest, content.clone()).await.unwrap();
    let link = Link::connect(options(&nats), Mode::Exact).await.unwrap();
    let mut one = link.attach("eu", "one");
    assert_eq!(next(&mut one).await, Inbound::Connected);
    assert_eq!(one.get_blob(digest).await.unwrap(), Some(content));
    assert_eq!(one.get_blob(Digest::of(b"other")).await.unwrap(), None);
}

#[tokio::test]
async fn an_agent_that_moves_listens_in_its_new_region_only() {
    let (nats, bus) = region().await;
    let us = Stream::Desired("us".to_owned());
    bus.ensure(&us).await.unwrap();
    let link = Link::connect(options(&nats), Mode::Hosting).await.unwrap();
    let mut one = link.attach("eu", "one");
    assert_eq!(next(&mut one).await, Inbound::Connected);
    one.move_to("us").await;
    assert_eq!(next(&mut one).await, Inbound::Connected);
    write(&bus, "one", "in eu").await;
    bus.put(Write::new(desired("us", "one"), "in us")).await.unwrap();
    assert_eq!(next(&mut one).await, document("in us"));
    assert_eq!(one.get_desired().await.unwrap(), Some(Bytes::from("in us")));
}

#[tokio::test]
async fn heartbeats_arrive() {
    use futures::StreamExt as _;
    let (nats, _bus) = region().await;
    let client = async_nats::connect(nats.url()).await.unwrap();
    let mut alive = client.subscribe("trib.v1.alive.eu.*").await.unwrap();
    client.flush().await.unwrap();
    let link = Link::connect(options(&nats), Mode::Exact).await.unwrap();
    let one = link.attach("eu", "one");
    let sent = async || one.alive("beat".into()).await.map_err(|error| error.to_string());
    eventually("the heartbeat to be sent", SOON, sent).await.unwrap();
    assert_eq!(&alive.next().await.unwrap().payload[..], b"beat");
}
