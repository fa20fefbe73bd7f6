//! Provisioning against a real server: creation, updates in place, refusals, and key-value clients.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says where")]

mod support;

use async_nats::jetstream::{self, stream};
use bus::{Error, Key, Stream, Write};
use support::{connect, eu, hub, location};
use testbed::Nats;

#[tokio::test]
async fn init_creates_everything_once_and_repeating_it_changes_nothing() {
    let nats = Nats::start().await.unwrap();
    let bus = connect(&nats).await;
    assert_eq!(bus.init(7).await.unwrap().len(), 8);
    assert!(bus.init(9).await.unwrap().is_empty());
    let epoch = bus.get(&Key::Epoch).await.unwrap().unwrap().value.unwrap();
    assert_eq!(wire::decode_epoch(&epoch).unwrap().epoch, 7);
    bus.check().await.unwrap();
}

#[tokio::test]
async fn without_the_truth_nothing_starts() {
    let nats = Nats::start().await.unwrap();
    let bus = connect(&nats).await;
    let error = bus.check().await.unwrap_err();
    assert!(matches!(error, Error::NoTruth { .. }), "{error}");
    let error = bus.ensure(&Stream::Intent).await.unwrap_err();
    assert!(matches!(error, Error::Invalid(_)), "only init creates truth: {error}");
}

#[tokio::test]
async fn an_empty_truth_beside_documents_is_refused_but_leases_alone_are_no_documents() {
    let (_nats, bus) = hub().await;
    bus.ensure(&eu()).await.unwrap();
    support::lease(&bus, &eu(), "me").await;
    bus.check().await.unwrap();
    bus.put(Write::new(support::desired("eu", "one"), "document")).await.unwrap();
    let error = bus.check().await.unwrap_err();
    assert!(matches!(&error, Error::EmptyTruth { tables } if tables == "desired-eu"), "{error}");
    bus.put(Write::new(location("one"), "location")).await.unwrap();
    bus.check().await.unwrap();
}

#[tokio::test]
async fn drift_is_corrected_in_place_and_rows_stay() {
    let (nats, bus) = hub().await;
    let born = bus.ensure(&eu()).await.unwrap();
    bus.put(Write::new(support::desired("eu", "one"), "document")).await.unwrap();
    let context = jetstream::new(async_nats::connect(nats.url()).await.unwrap());
    let mut stream = context.get_stream("desired-eu").await.unwrap();
    let wanted = stream.info().await.unwrap().config.clone();
    let drifted =
        stream::Config { republish: None, allow_atomic_publish: false, compression: None, ..wanted.clone() };
    context.update_stream(drifted).await.unwrap();

    assert_eq!(bus.ensure(&eu()).await.unwrap(), born);
    let info = stream.info().await.unwrap();
    assert_eq!((&info.config, info.state.messages), (&wanted, 1));
}

#[tokio::test]
async fn a_stream_that_cannot_be_changed_into_ours_is_refused_and_left_alone() {
    let (nats, bus) = hub().await;
    let context = jetstream::new(async_nats::connect(nats.url()).await.unwrap());
    let foreign = stream::Config {
        name: "desired-eu".to_owned(),
        subjects: vec!["orders.>".to_owned()],
        ..stream::Config::default()
    };
    context.create_stream(foreign.clone()).await.unwrap();
    let error = bus.ensure(&eu()).await.unwrap_err();
    assert!(matches!(&error, Error::Incompatible { stream, .. } if stream == "desired-eu"), "{error}");
    assert!(error.to_string().contains("orders.>"), "{error}");
    let mut stream = context.get_stream("desired-eu").await.unwrap();
    assert_eq!(stream.info().await.unwrap().config.subjects, foreign.subjects);
}

#[tokio::test]
async fn the_status_stream_persists_asynchronously_and_the_others_take_batches() {
    let (nats, bus) = hub().await;
    bus.ensure(&Stream::Status("eu".to_owned())).await.unwrap();
    let context = jetstream::new(async_nats::connect(nats.url()).await.unwrap());
    for (name, atomic) in [("status-eu", false), ("KV_intent", true), ("summary", true)] {
        let mut stream = context.get_stream(name).await.unwrap();
        assert_eq!(stream.info().await.unwrap().config.allow_atomic_publish, atomic, "{name}");
    }
}

#[tokio::test]
async fn the_nats_command_line_reads_truth_as_key_value_buckets() {
    let (nats, bus) = hub().await;
    let deployment = Key::Intent(model::ResourceKey {
        space: "default".into(),
        group: "apps".into(),
        kind: "Deployment".into(),
        namespace: "shop".into(),
        name: "web.v1".into(),
    });
    bus.commit(vec![Write::new(deployment.clone(), "manifest")], None).await.unwrap();
    let subject = deployment.subject();
    let key = subject.strip_prefix("$KV.intent.").unwrap();
    assert!(nats.cli(&["kv", "ls", "intent"]).unwrap().contains(key));
    assert!(nats.cli(&["kv", "get", "intent", key, "--raw"]).unwrap().contains("manifest"));
    assert!(nats.cli(&["kv", "history", "intent", key]).unwrap().contains(key));
    nats.cli(&["kv", "put", "locations", "by-hand", "value"]).unwrap();
    assert_eq!(support::text(&bus.get(&location("by-hand")).await.unwrap().unwrap()), "value");
    let last = ["sub", "$KV.intent.>", "--stream", "KV_intent", "--last-per-subject", "--count", "1"];
    assert!(nats.cli(&last).unwrap().contains("manifest"));
}
