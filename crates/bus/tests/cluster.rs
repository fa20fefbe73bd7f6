//! Three servers: what is kept three times, and what a lost server costs.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says where")]

mod support;

use std::time::Duration;

use async_nats::jetstream;
use bus::{Bus, Fence, Key, Stream, Write};
use support::cluster::Cluster;
use support::{desired, eu, lease};
use testbed::eventually;

/// Elections take a few seconds.
const SOON: Duration = Duration::from_secs(40);

async fn initialised(cluster: &Cluster) -> Bus {
    let bus = cluster.connect().await;
    let init = async || bus.clone().replicated(3).init(1).await.map_err(|error| error.to_string());
    eventually("the servers to agree on the streams", SOON, init).await.unwrap();
    bus
}

async fn replicas(cluster: &Cluster, stream: &str) -> usize {
    let context = jetstream::new(async_nats::connect(cluster.one()).await.unwrap());
    let mut stream = context.get_stream(stream).await.unwrap();
    stream.info().await.unwrap().config.num_replicas
}

async fn store(bus: &Bus, fence: &Fence, value: &str) -> Result<(), String> {
    let writes = (0..10).map(|n| Write::new(desired("eu", format!("l{n}")), value.to_owned())).collect();
    bus.commit(writes, Some(fence.clone())).await.map(drop).map_err(|error| error.to_string())
}

#[tokio::test]
async fn what_init_was_told_holds_for_every_stream_whoever_creates_or_checks_it() {
    let cluster = Cluster::start().await;
    initialised(&cluster).await;
    // A service, which is told nothing.
    let service = cluster.connect().await;
    service.check().await.unwrap();
    let status = Stream::Status("eu".to_owned());
    for stream in [&eu(), &status] {
        service.ensure(stream).await.unwrap();
    }
    for stream in ["KV_intent", "decision", "blob", "desired-eu", "status-eu"] {
        assert_eq!(replicas(&cluster, stream).await, 3, "{stream}");
    }
}

#[tokio::test]
async fn fenced_batches_go_on_when_one_of_three_servers_is_lost() {
    let mut cluster = Cluster::start().await;
    let bus = initialised(&cluster).await;
    bus.ensure(&eu()).await.unwrap();
    let fence = lease(&bus, &eu(), "me").await;
    store(&bus, &fence, "before").await.unwrap();
    cluster.servers[0].kill();
    let stored = async || store(&bus, &fence, "after").await;
    eventually("a batch to be stored by the two that are left", SOON, stored).await.unwrap();
    let row = async || match bus.get(&desired("eu", "l9")).await {
        Ok(Some(row)) => Ok(row),
        other => Err(format!("{other:?}")),
    };
    let row = eventually("the row", SOON, row).await.unwrap();
    assert_eq!(support::text(&row), "after");
    // Nothing that somebody else was promised is undone by whoever comes late.
    let stale = Fence { key: Key::Lease { stream: eu(), unit: "0".into() }, seq: fence.seq + 1 };
    assert!(store(&bus, &stale, "stale").await.is_err());
}
