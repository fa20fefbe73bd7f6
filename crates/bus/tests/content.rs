//! Content in the loop: fetched when the view lacks it, stored before any row names it, and again when it was lost.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says where")]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use bus::flow::{Batch, Config, Hooks, Stats, Unit, View};
use bus::{Bus, Key, Row, Store, Stream, Write};
use bytes::Bytes;
use model::Digest;
use support::{SOON, desired, eu, hub, location};
use testbed::{Nats, eventually};
use tokio::sync::watch;

/// Each location names a source; its document names the source in capitals, which is stored as a blob.
#[derive(Default)]
struct Capitals {
    inputs: BTreeMap<String, Digest>,
    sources: BTreeMap<Digest, Bytes>,
    /// Asked for and not there; asked for again later.
    missing: BTreeSet<Digest>,
    wanted: Vec<(Store, Digest)>,
    /// Each document with the epoch that it was written under.
    outputs: BTreeMap<String, (u64, Bytes)>,
    epoch: u64,
}

fn capitals(source: &[u8]) -> Bytes {
    source.to_ascii_uppercase().into()
}

impl Capitals {
    fn want(&mut self, digest: Digest) {
        if !self.sources.contains_key(&digest) {
            self.wanted.push((Store::Release, digest));
        }
    }

    fn take(&mut self, key: Key, value: Bytes) {
        match key {
            Key::Location(name) => {
                let digest = Digest::from_bytes(&value).unwrap();
                self.inputs.insert(name, digest);
                self.want(digest);
            }
            Key::Desired { location, .. } => {
                self.outputs.insert(location, (self.epoch, value));
            }
            // What was written before may name blobs that are lost.
            Key::Epoch => self.epoch = wire::decode_epoch(&value).unwrap().epoch,
            _ => {}
        }
    }
}

impl View for Capitals {
    fn follows(&self) -> BTreeSet<Stream> {
        [Stream::Locations, Stream::Decision, eu()].into()
    }

    fn fold(&mut self, row: Row) {
        self.take(row.key, row.value.unwrap_or_default());
    }

    fn reset(&mut self, _stream: &Stream) {}

    fn ensures(&self) -> BTreeSet<Stream> {
        [eu(), Stream::Blob].into()
    }

    fn wants(&mut self) -> Vec<(Store, Digest)> {
        std::mem::take(&mut self.wanted)
    }

    fn content(&mut self, _store: Store, digest: Digest, bytes: Option<Bytes>) {
        match bytes {
            Some(bytes) => drop(self.sources.insert(digest, bytes)),
            None => drop(self.missing.insert(digest)),
        }
    }

    fn tick(&mut self, _now_ms: u64) {
        std::mem::take(&mut self.missing).into_iter().for_each(|digest| self.want(digest));
    }

    fn units(&self) -> BTreeSet<Unit> {
        [Unit { stream: eu(), name: "0".to_owned() }].into()
    }

    fn writes(&mut self, _unit: &Unit, _limit: usize, _now_ms: u64) -> Batch {
        let mut batch = Batch::default();
        for (name, source) in &self.inputs {
            let Some(source) = self.sources.get(source) else { continue };
            let blob = capitals(source);
            let value = Bytes::copy_from_slice(&Digest::of(&blob).0);
            if self.outputs.get(name) != Some(&(self.epoch, value.clone())) {
                batch.contents.push((Store::Blob, Digest::of(&blob), blob));
                batch.rows.push(Write::new(desired("eu", name), value));
            }
        }
        batch
    }
}

struct Stage {
    nats: Nats,
    bus: Bus,
    stats: Arc<Stats>,
    _shutdown: watch::Sender<bool>,
}

impl Stage {
    async fn start() -> Self {
        let (nats, bus) = hub().await;
        let (shutdown, receiver) = watch::channel(false);
        let stats = Arc::<Stats>::default();
        let hooks = Hooks { shutdown: receiver, ready: Arc::new(|_| ()), stats: stats.clone() };
        tokio::spawn(bus::flow::run(bus.clone(), Capitals::default(), Config::new("capitals", "one"), hooks));
        Self { nats, bus, stats, _shutdown: shutdown }
    }

    async fn name(&self, at: &str, source: &[u8]) {
        let row = Write::new(location(at), Bytes::copy_from_slice(&Digest::of(source).0));
        self.bus.put(row).await.unwrap();
    }

    async fn provide(&self, source: &'static [u8]) {
        self.bus.put_content(Store::Release, Digest::of(source), source.into()).await.unwrap();
    }

    /// The blob that the document names. Whoever sees a document finds its blob.
    async fn read(&self, at: &str) -> Result<Option<Bytes>, String> {
        let row = self.bus.get(&desired("eu", at)).await.map_err(|error| error.to_string())?;
        let Some(value) = row.and_then(|row| row.value) else { return Err(format!("{at} has no document")) };
        let digest = Digest::from_bytes(&value).unwrap();
        self.bus.get_content(Store::Blob, digest).await.map_err(|error| error.to_string())
    }

    async fn until_written(&self, at: &str) -> Option<Bytes> {
        eventually(&format!("{at} to have a document"), SOON, async || self.read(at).await).await.unwrap()
    }
}

#[tokio::test]
async fn a_row_waits_for_the_content_it_is_made_of_and_follows_the_content_it_names() {
    let stage = Stage::start().await;
    stage.provide(b"here").await;
    stage.name("late", b"not yet").await;
    stage.name("one", b"here").await;
    assert_eq!(stage.until_written("one").await.as_deref(), Some(&b"HERE"[..]));
    assert!(stage.read("late").await.is_err(), "what it is made of is not there");
    stage.provide(b"not yet").await;
    assert_eq!(stage.until_written("late").await.as_deref(), Some(&b"NOT YET"[..]));
    // The same content under another name is not stored again.
    stage.name("two", b"here").await;
    stage.until_written("two").await;
    assert_eq!(stage.stats.contents_stored.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn content_that_was_lost_with_its_stream_is_stored_again() {
    let stage = Stage::start().await;
    stage.provide(b"here").await;
    stage.name("one", b"here").await;
    stage.until_written("one").await;
    stage.nats.cli(&["stream", "rm", "blob", "--force"]).unwrap();
    let back = async || match stage.read("one").await {
        Ok(Some(blob)) => Ok(blob),
        other => Err(format!("{other:?}")),
    };
    let blob = eventually("the blob to be back", SOON, back).await.unwrap();
    assert_eq!(&blob[..], b"HERE");
}
