//! What a change costs in messages, counted by the server: everything that goes to and from the agents, and to and from
//! the services, acknowledgements and reads included.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::Value;
use testbed::{Process, eventually};

use crate::fleet::{Fleet, SOON, placement, settings};

const LOCATIONS: u64 = 500;
/// What the services say to each other and to the server whatever the number of locations: marks, decisions, partials,
/// summaries, content, flow control of what they follow; and in each second the renewals of leases.
const CONSTANT: u64 = 450;
const A_SECOND: u64 = 200;
/// Longer than agents wait before they introduce themselves once more.
const QUIET: Duration = Duration::from_secs(4);

/// Messages from and to the server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Traffic {
    sent: u64,
    received: u64,
}

/// Many locations, whose agents only speak when something changes.
async fn quiet_fleet() -> (Fleet, Process) {
    Fleet::start_hosted(LOCATIONS, "1h", &["--connections", "1"]).await
}

/// By the connection's name.
async fn traffic(monitor: &str) -> BTreeMap<String, Traffic> {
    let (_, body) = testbed::http::get(monitor, "/connz?limit=1000").await.unwrap();
    let connections: Value = serde_json::from_str(&body).unwrap();
    let mut traffic = BTreeMap::<String, Traffic>::new();
    for connection in connections["connections"].as_array().unwrap() {
        let name = connection["name"].as_str().unwrap_or_default().to_owned();
        let one = traffic.entry(name).or_default();
        // The server counts from its own side.
        one.sent += connection["in_msgs"].as_u64().unwrap();
        one.received += connection["out_msgs"].as_u64().unwrap();
    }
    traffic
}

/// What the agents, and the services together, have exchanged since `before`.
async fn since(monitor: &str, before: &BTreeMap<String, Traffic>) -> (Traffic, Traffic) {
    let (mut agents, mut services) = (Traffic::default(), Traffic::default());
    for (name, now) in traffic(monitor).await {
        let was = before.get(&name).copied().unwrap_or_default();
        let sum = if name.starts_with("host") { &mut agents } else { &mut services };
        sum.sent += now.sent - was.sent;
        sum.received += now.received - was.received;
    }
    (agents, services)
}

/// Returns when the agents have said all that they say of themselves: each introduces itself once more a moment after it
/// was first known.
async fn at_rest(monitor: &str) {
    let nothing = BTreeMap::new();
    let mut last = (Traffic::default(), Instant::now());
    let quiet = eventually("agents at rest", SOON, async || {
        let (agents, _) = since(monitor, &nothing).await;
        if agents != last.0 {
            last = (agents, Instant::now());
        }
        if last.1.elapsed() >= QUIET { Ok(()) } else { Err(format!("{agents:?}")) }
    });
    quiet.await.unwrap();
}

/// Applies `change`, waits until it is everywhere, and checks what it cost each location: a document and an
/// acknowledgement down, a row up, and `fetches` reads with their answers.
async fn costs(fleet: &Fleet, monitor: &str, change: &str, fetches: u64) {
    let (before, begun) = (traffic(monitor).await, Instant::now());
    fleet.apply(change);
    fleet.healthy("shop");
    let expected = Traffic { sent: LOCATIONS * (1 + fetches), received: LOCATIONS * (2 + fetches) };
    let counted = eventually("all is acknowledged", SOON, async || {
        let (agents, services) = since(monitor, &before).await;
        if agents.received >= expected.received { Ok((agents, services)) } else { Err(format!("{agents:?}")) }
    });
    let (agents, services) = counted.await.unwrap();
    assert_eq!(agents, expected, "{fetches} fetches");
    // Translation writes each document, and both of its replicas follow them; both of summarization follow the rows.
    let constant = CONSTANT + A_SECOND * begun.elapsed().as_secs();
    assert!(services.sent <= LOCATIONS + constant, "{services:?} in {:?}", begun.elapsed());
    assert!(services.received <= 4 * LOCATIONS + constant, "{services:?} in {:?}", begun.elapsed());
}

#[tokio::test]
async fn a_change_costs_a_location_one_document_one_row_and_a_fetch_of_what_it_lacks() {
    let (fleet, _host) = quiet_fleet().await;
    let monitor = fleet.nats.monitor().await.unwrap();
    let large = |version: &str| {
        settings("large", version).replace("data: {", &format!("data: {{text: {}, ", "x".repeat(3000)))
    };
    let own = |version: &str| {
        settings("own", version)
            .replace("labels:", "annotations: {tributary.dev/expand: \"true\"}, labels:")
            .replace("data: {", "data: {city: \"${location.properties.city}\", ")
    };
    fleet.apply(&[settings("small", "1"), large("1"), own("1"), placement("shop", "shop")].join("\n---\n"));
    fleet.healthy("shop");
    at_rest(&monitor).await;
    // It travels in the document.
    costs(&fleet, &monitor, &own("2"), 0).await;
    // It travels in the bundle that all locations share, and the document says what is new in that.
    costs(&fleet, &monitor, &settings("small", "2"), 0).await;
    // The bundle names it by its digest.
    costs(&fleet, &monitor, &large("2"), 1).await;
}
