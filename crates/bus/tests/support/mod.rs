//! A server of one's own and the few things that every test says about it.

#![allow(dead_code, reason = "each test file uses some of it")]

pub mod cluster;
pub mod copy;

use std::time::Duration;

use bus::{Bus, Fence, Key, Options, Row, Stream, Write};
use testbed::Nats;

pub const SOON: Duration = Duration::from_secs(10);

/// A server with an initialised hub, and a connection to it.
pub async fn hub() -> (Nats, Bus) {
    let nats = Nats::start().await.unwrap();
    let bus = connect(&nats).await;
    bus.init(1).await.unwrap();
    (nats, bus)
}

pub async fn connect(nats: &Nats) -> Bus {
    Bus::connect(options(nats)).await.unwrap()
}

pub fn options(nats: &Nats) -> Options {
    Options { url: nats.url(), name: "test".to_owned() }
}

pub fn location(name: impl Into<String>) -> Key {
    Key::Location(name.into())
}

pub fn desired(region: &str, location: impl Into<String>) -> Key {
    Key::Desired { region: region.to_owned(), location: location.into() }
}

pub fn eu() -> Stream {
    Stream::Desired("eu".to_owned())
}

/// Takes the lease of unit `0` of `stream` and returns the fence.
pub async fn lease(bus: &Bus, stream: &Stream, holder: &str) -> Fence {
    let key = Key::Lease { stream: stream.clone(), unit: "0".to_owned() };
    let row = wire::Lease { holder: holder.to_owned(), duration_ms: 3000, renewal: 1 };
    let seq = bus.put(Write::new(key.clone(), wire::encode_lease(&row))).await.unwrap();
    Fence { key, seq }
}

/// The values of a stream's live rows, by key.
pub async fn values(bus: &Bus, stream: &Stream) -> Vec<(Key, String)> {
    let rows = bus.read_all(stream).await.unwrap();
    rows.iter().map(|row| (row.key.clone(), text(row))).collect()
}

pub fn text(row: &Row) -> String {
    String::from_utf8_lossy(row.value.as_deref().unwrap_or_default()).into_owned()
}
