//! The hub that agents listen to: its server, and what it has to do with one location.

use std::time::Duration;

use bus::{Bus, Key, Options, Stream, Write};
use model::{Desired, Status};
use testbed::{Nats, eventually};

use crate::fixture::key;

/// Far more than anything takes here.
pub const SOON: Duration = Duration::from_secs(60);

/// A hub that knows one location.
pub struct Hub {
    pub nats: Nats,
    bus: Bus,
    location: String,
}

impl Hub {
    pub async fn start(location: &str) -> Self {
        let nats = Nats::start().await.unwrap();
        let bus = Bus::connect(Options { url: nats.url(), name: "test".into() }).await.unwrap();
        bus.init(1).await.unwrap();
        for stream in [Stream::Desired("eu".into()), Stream::Status("eu".into())] {
            bus.ensure(&stream).await.unwrap();
        }
        Self { nats, bus, location: location.to_owned() }
    }

    pub async fn publish(&self, document: &Desired) {
        let key = Key::Desired { region: "eu".into(), location: self.location.clone() };
        self.bus.put(Write::new(key, wire::encode_desired(document, ""))).await.unwrap();
    }

    /// Waits for a report on placement `shop` that is as wanted.
    pub async fn reported(&self, what: &str, wanted: impl Fn(&Status) -> bool) -> Status {
        let location = self.location.clone();
        let key = Key::Status { region: "eu".into(), location, placement: key("shop") };
        let look = async || match self.bus.get(&key).await {
            Ok(Some(row)) => {
                let status = row.value.map(|value| wire::decode_status(&value).unwrap().0);
                match status {
                    Some(status) if wanted(&status) => Ok(status),
                    status => Err(format!("{status:#?}")),
                }
            }
            other => Err(format!("{other:?}")),
        };
        eventually(what, SOON, look).await.unwrap()
    }

    /// Waits until an agent of a later start than this reports so many objects healthy by this revision; the start.
    pub async fn healthy_again(&self, boot: u64, revision: u64, objects: u32) -> u64 {
        let what = format!("{objects} objects are healthy by revision {revision}, after start {boot}");
        let again = |status: &Status| status.report.boot > boot && is_healthy(status, revision, objects);
        self.reported(&what, again).await.report.boot
    }

    /// Waits until so many objects are there by this revision, and are all well.
    pub async fn healthy(&self, revision: u64, objects: u32) {
        let what = format!("{objects} objects are healthy by revision {revision}");
        self.reported(&what, |status| is_healthy(status, revision, objects)).await;
    }
}

fn is_healthy(status: &Status, revision: u64, objects: u32) -> bool {
    let phases = &status.phases;
    status.rollout == revision && phases.healthy == objects && phases.total() == objects
}
