//! A process that takes nothing in for a while: the server cuts it off rather than keep everything for it, and it
//! catches up with what is newest.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says where")]

mod support;

use std::sync::mpsc;
use std::time::Duration;

use bus::{Bus, Interruption, Key, Write};
use support::copy::{Copy, Running};
use support::{connect, hub, location, options};
use testbed::{Nats, eventually};
use tokio::runtime::{Builder, Runtime};

const LONG: Duration = Duration::from_secs(30);
/// The server keeps 64 MiB for a connection.
const FLOOD: usize = 200;
const MESSAGE: usize = 900_000;

/// A runtime with one thread of its own, like a process that can be stopped.
struct Apart(Option<Runtime>);

impl Apart {
    fn start() -> Self {
        Self(Some(Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()))
    }

    fn runtime(&self) -> &Runtime {
        self.0.as_ref().unwrap()
    }

    /// Stands still until the sender is dropped.
    fn freeze(&self) -> mpsc::Sender<()> {
        let (sender, receiver) = mpsc::channel::<()>();
        self.runtime().spawn(async move { receiver.recv().is_ok() });
        sender
    }
}

impl Drop for Apart {
    fn drop(&mut self) {
        self.0.take().into_iter().for_each(Runtime::shutdown_background);
    }
}

async fn fill(bus: &Bus, value: &str) {
    let writes = (0..100).map(|n| Write::new(location(format!("l{n}")), value.to_owned())).collect();
    bus.commit(writes, None).await.unwrap();
}

/// More heartbeats than the server keeps for anybody, until it says that it has had enough.
async fn flood(nats: &Nats) {
    let client = async_nats::connect(nats.url()).await.unwrap();
    let subject = Key::Alive { region: "eu".into(), location: "store".into() }.subject();
    for _ in 0..FLOOD {
        client.publish(subject.clone(), vec![0; MESSAGE].into()).await.unwrap();
    }
    client.flush().await.unwrap();
    let noticed = async || match nats.log(200) {
        log if log.contains("Slow Consumer") => Ok(()),
        log => Err(log),
    };
    eventually("the server to cut it off", LONG, noticed).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_stood_still_is_cut_off_comes_back_and_knows_what_is_newest() {
    let (nats, bus) = hub().await;
    let apart = Apart::start();
    let options = options(&nats);
    let started = apart.runtime().spawn(async move {
        let mut view = Copy::new(0);
        view.subscriptions = ["trib.v1.alive.eu.*".to_owned()].into();
        Running::start(&Bus::connect(options).await.unwrap(), "slow", view)
    });
    let running = started.await.unwrap();
    running.until_ready().await;
    let frozen = apart.freeze();
    for version in 0..50 {
        fill(&bus, &format!("v{version}")).await;
    }
    flood(&nats).await;
    fill(&connect(&nats).await, "last").await;
    drop(frozen);
    let newest =
        |seen: &support::copy::Seen| seen.inputs.len() == 100 && seen.inputs.values().all(|it| it == "last");
    running.until("the newest rows", LONG, newest).await;
    assert!(running.stats.interrupted.get(Interruption::Reconnected) > 0);
    let resets = running.stats.resets.load(std::sync::atomic::Ordering::Relaxed);
    assert_eq!(resets, 0, "it goes on where it was");
}
