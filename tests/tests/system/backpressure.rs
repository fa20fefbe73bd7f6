//! More than is usual, or less room than is needed: what cannot be stored or taken in now is stored or read later, with
//! what is newest then, and each service says on its metrics page what was refused and why.

use std::time::Duration;

use serde_json::Value;
use testbed::{Process, eventually};

use crate::fleet::{Fleet, SOON, placement, settings};

const LOCATIONS: u64 = 500;
/// Refusals are told after pauses, which grow.
const LONG: Duration = Duration::from_secs(60);

/// Lets a stream hold so many bytes and refuse more; -1: as many as come.
fn limit(fleet: &Fleet, stream: &str, bytes: i64) {
    let request = |verb: &str, body: &str| {
        let subject = format!("$JS.API.STREAM.{verb}.{stream}");
        serde_json::from_str::<Value>(&fleet.nats.cli(&["request", "--raw", &subject, body]).unwrap())
            .unwrap()
    };
    let mut config = request("INFO", "")["config"].take();
    config["max_bytes"] = bytes.into();
    let answer = request("UPDATE", &config.to_string());
    assert!(answer["error"].is_null(), "{answer}");
}

/// A number of all replicas of a service together.
async fn metric(fleet: &Fleet, service: &str, name: &str) -> u64 {
    let mut sum = 0;
    for (_, process) in fleet.services.iter().filter(|(replica, _)| replica.starts_with(service)) {
        let admin = process.field("admin", SOON).await.unwrap();
        let (_, page) = testbed::http::get(&admin, "/metrics").await.unwrap();
        let value = page.lines().find_map(|line| line.strip_prefix(name)?.trim().parse::<u64>().ok());
        sum += value.ok_or_else(|| format!("{service} does not tell {name}:\n{page}")).unwrap();
    }
    sum
}

async fn until_refused(fleet: &Fleet, service: &str) {
    let name = "tributary_flow_not_stored_total{reason=\"full\"}";
    let counts = async || match metric(fleet, service, name).await {
        0 => Err(0),
        _ => Ok(()),
    };
    eventually(&format!("{service} to count refusals"), LONG, counts).await.unwrap();
}

#[tokio::test]
async fn a_derived_table_without_room_is_written_with_what_is_newest_once_there_is_some() {
    let fleet = Fleet::start().await;
    fleet.apply(&[settings("prices", "1"), placement("shop", "shop")].join("\n---\n"));
    fleet.healthy("shop");
    limit(&fleet, "desired-eu", 1);
    for version in 2..10 {
        fleet.apply(&settings("prices", &version.to_string()));
    }
    until_refused(&fleet, "translation").await;
    fleet.eventually_on_disk("store-3", "ConfigMap prices", "/data/version", Some("9")).await;
    limit(&fleet, "desired-eu", -1);
    fleet.healthy("shop");
    fleet.eventually_everywhere("ConfigMap prices", "/data/version", Some("9")).await;
    fleet.verify().await;
}

/// Many agents on a few connections, who do everything each second.
async fn busy_fleet() -> (Fleet, Process) {
    Fleet::start_hosted(LOCATIONS, "1s", &["--connections", "20", "--control", "127.0.0.1:0"]).await
}

#[tokio::test]
async fn all_agents_that_come_back_in_one_moment_are_served_and_nothing_is_lost() {
    let (fleet, host) = busy_fleet().await;
    fleet.apply(&[settings("prices", "1"), placement("shop", "shop")].join("\n---\n"));
    fleet.healthy("shop");
    let control = host.field("control", SOON).await.unwrap();
    for version in 2..5 {
        let (status, _) = testbed::http::get(&control, "/drop").await.unwrap();
        assert_eq!(status, 200);
        fleet.apply(&settings("prices", &version.to_string()));
    }
    fleet.healthy("shop");
    fleet.verify().await;
    for service in ["placement", "translation", "summarization"] {
        assert_eq!(metric(&fleet, service, "tributary_flow_resets_total").await, 0, "{service}");
        assert_eq!(
            metric(&fleet, service, "tributary_flow_dropped_total{reason=\"unread\"}").await,
            0,
            "{service}"
        );
    }
}
