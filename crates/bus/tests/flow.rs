//! The loop against a real server: leases, takeover, marks of completeness, messages, restarts.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says where")]

mod support;

use std::time::Duration;

use bus::{Key, Stream, Write};
use support::copy::{Copy, Running};
use support::{SOON, connect, desired, eu, hub, lease, location};
use testbed::eventually;

const UNITS: u64 = 8;
/// What a takeover may take at most, with leases of 3 s.
const TAKEOVER: Duration = Duration::from_secs(5);

async fn fill(bus: &bus::Bus, value: &str) {
    let writes = (0..100).map(|n| Write::new(location(format!("l{n}")), value.to_owned())).collect();
    bus.commit(writes, None).await.unwrap();
}

async fn until_copied(bus: &bus::Bus, value: &str, timeout: Duration) {
    let look = async || {
        let rows = bus.read_all(&eu()).await.map_err(|error| error.to_string())?;
        let documents = rows.iter().filter(|row| matches!(row.key, Key::Desired { .. }));
        let texts: Vec<String> = documents.map(support::text).collect();
        let done = texts.len() == 100 && texts.iter().all(|text| text == value);
        if done { Ok(()) } else { Err(format!("{} documents, first {:?}", texts.len(), texts.first())) }
    };
    eventually(&format!("all documents to say {value}"), timeout, look).await.unwrap();
}

#[tokio::test]
async fn what_is_folded_is_written_and_the_mark_of_completeness_follows() {
    let (_nats, bus) = hub().await;
    fill(&bus, "v1").await;
    let one = Running::start(&bus, "one", Copy::new(1));
    until_copied(&bus, "v1", SOON).await;
    let last = bus.get(&location("l99")).await.unwrap().unwrap().seq;
    let key = Key::Complete { stream: eu(), unit: "0".into() };
    let look = async || {
        let row = bus.get(&key).await.unwrap();
        let complete = row.and_then(|row| wire::decode_complete(&row.value?).ok());
        let mark = complete.as_ref().and_then(|complete| complete.watermark.get("KV_locations"));
        if mark == Some(&last) { Ok(()) } else { Err(format!("{complete:?} instead of {last}")) }
    };
    eventually("the mark to reach the input", SOON, look).await.unwrap();
    one.stop().await;
}

#[tokio::test]
async fn two_loops_split_the_units_and_one_takes_over_when_the_other_dies() {
    let (nats, bus) = hub().await;
    bus.ensure(&eu()).await.unwrap();
    let one = Running::start(&bus, "one", Copy::new(8));
    one.until_holding(UNITS, SOON).await;
    let two = Running::start(&connect(&nats).await, "two", Copy::new(8));
    let split = async || match (one.leases(), two.leases()) {
        (a, b) if a + b == UNITS && a > 0 && b > 0 => Ok(()),
        other => Err(format!("{other:?}")),
    };
    eventually("both to hold some", SOON, split).await.unwrap();
    drop(one);
    let took = two.until_holding(UNITS, TAKEOVER).await;
    println!("takeover after a death: {took:?}");
    fill(&bus, "v2").await;
    until_copied(&bus, "v2", SOON).await;
}

#[tokio::test]
async fn each_unit_is_written_by_a_loop_that_serves_it_however_many_serve_others() {
    let (nats, bus) = hub().await;
    let serving = async |name: &str, serves| {
        let view = Copy { serves, ..Copy::new(8) };
        Running::start(&connect(&nats).await, name, view)
    };
    let loops = [serving("low", 0..3).await, serving("middle", 3..6).await, serving("high", 6..8).await];
    for (running, held) in loops.iter().zip([3, 3, 2]) {
        running.until_holding(held, SOON).await;
    }
    fill(&bus, "v1").await;
    until_copied(&bus, "v1", SOON).await;
    // One that serves two of the middle's units takes its share of these and of no others.
    let newcomer = serving("newcomer", 4..6).await;
    let split = async || match (loops[1].leases(), newcomer.leases()) {
        (kept, taken) if kept + taken == 3 && taken > 0 => Ok(()),
        other => Err(format!("{other:?}")),
    };
    newcomer.until_ready().await;
    eventually("the middle and the newcomer to split", SOON, split).await.unwrap();
    assert_eq!((loops[0].leases(), loops[2].leases()), (3, 2));
    fill(&bus, "v2").await;
    until_copied(&bus, "v2", SOON).await;
}

#[tokio::test]
async fn a_loop_that_stops_in_order_hands_over_at_once() {
    let (nats, bus) = hub().await;
    let one = Running::start(&bus, "one", Copy::new(8));
    one.until_holding(UNITS, SOON).await;
    let two = Running::start(&connect(&nats).await, "two", Copy::new(8));
    two.until_ready().await;
    one.stop().await;
    let took = two.until_holding(UNITS, Duration::from_secs(2)).await;
    println!("takeover after a release: {took:?}");
}

#[tokio::test]
async fn a_stolen_lease_ends_the_writing_until_it_is_free_again() {
    let (_nats, bus) = hub().await;
    let one = Running::start(&bus, "one", Copy::new(1));
    one.until_holding(1, SOON).await;
    lease(&bus, &eu(), "thief").await;
    one.until_holding(0, SOON).await;
    fill(&bus, "v1").await;
    // The thief never renews: it is dead after 3 s, and what waited is written.
    until_copied(&bus, "v1", SOON).await;
    assert_eq!(one.leases(), 1);
}

#[tokio::test]
async fn a_loop_survives_a_restart_of_the_server_and_goes_on_writing() {
    let (mut nats, bus) = hub().await;
    fill(&bus, "v1").await;
    let _one = Running::start(&bus, "one", Copy::new(4));
    until_copied(&bus, "v1", SOON).await;
    nats.kill();
    nats.restart().await.unwrap();
    let other = connect(&nats).await;
    fill(&other, "v2").await;
    until_copied(&other, "v2", SOON).await;
}

#[tokio::test]
async fn a_message_reaches_the_view_and_its_reply_the_asker() {
    let (_nats, bus) = hub().await;
    let mut view = Copy::new(0);
    view.subscriptions = ["trib.v1.query.eu".to_owned(), "trib.v1.alive.eu.*".to_owned()].into();
    let one = Running::start(&bus, "one", view);
    let query = Key::Query { region: "eu".into() };
    let look = async || match bus.request(&query, "hello".into(), SOON).await.unwrap() {
        Some(answer) => Ok(answer),
        None => Err("nobody answers"),
    };
    let answer = eventually("an answer", SOON, look).await.unwrap();
    assert_eq!(&answer[..], b"heard hello");
    let mut asker = Copy::new(0);
    asker.asks = vec![(Key::Alive { region: "eu".into(), location: "one".into() }, "beat".into())];
    let _asker = Running::start(&bus, "asker", asker);
    one.until("the heartbeat", SOON, |seen| seen.messages.contains(&"beat".to_owned())).await;
}

#[tokio::test]
async fn two_replicas_under_load_never_leave_an_older_value() {
    let (nats, bus) = hub().await;
    let _one = Running::start(&bus, "one", Copy::new(8));
    let two = Running::start(&connect(&nats).await, "two", Copy::new(8));
    for version in 0..50 {
        fill(&bus, &format!("v{version}")).await;
    }
    drop(two);
    fill(&bus, "last").await;
    until_copied(&bus, "last", SOON).await;
    assert!(bus.get(&desired("eu", "l0")).await.unwrap().is_some());
    assert_eq!(support::values(&bus, &Stream::Locations).await.len(), 100);
}

#[tokio::test]
async fn a_configuration_that_cannot_keep_its_leases_is_refused() {
    let (_nats, bus) = hub().await;
    let config = bus::flow::Config { renew: Duration::from_secs(2), ..bus::flow::Config::new("copy", "one") };
    let hooks = bus::flow::Hooks {
        shutdown: tokio::sync::watch::channel(false).1,
        ready: std::sync::Arc::new(|_| ()),
        stats: std::sync::Arc::default(),
    };
    let error = bus::flow::run(bus, Copy::new(1), config, hooks).await.unwrap_err();
    assert!(error.to_string().contains("renew"), "{error}");
}
