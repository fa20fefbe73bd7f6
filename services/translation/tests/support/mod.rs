//! A real server with what placement would have written there, and the service beside it.

#![allow(dead_code, reason = "each test file uses some of it")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bus::flow::{self, Config, Hooks};
use bus::{Bus, Options, Store, Stream, Write};
use model::*;
use serde_json::{Value, json};
use testbed::{Nats, eventually};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use translation_service::{Ages, Collector, Metrics, View};
use wire::Key;

pub const PATIENCE: Duration = Duration::from_secs(30);
pub const TRACE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// A server with tables, and what placement would have written there.
pub struct Hub {
    pub nats: Nats,
    pub bus: Bus,
}

pub struct Instance {
    task: JoinHandle<Result<(), bus::Error>>,
    collector: Option<JoinHandle<()>>,
    stop: watch::Sender<bool>,
}

/// A document with its row's sequence and both of its traces.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    pub desired: Desired,
    pub seq: u64,
    pub traces: (Option<String>, String),
}

pub async fn connect(url: &str, name: &str) -> Bus {
    Bus::connect(Options { url: url.to_owned(), name: name.to_owned() }).await.unwrap()
}

impl Hub {
    pub async fn start() -> Self {
        let nats = Nats::start().await.unwrap();
        let bus = connect(&nats.url(), "test").await;
        bus.init(1).await.unwrap();
        Self { nats, bus }
    }

    pub async fn instance(&self, holder: &str) -> Instance {
        self.run(holder, View::new(Metrics::default()), None).await
    }

    /// One that collects what is unused.
    pub async fn collecting(&self, holder: &str, ages: Ages, metrics: Metrics) -> Instance {
        let (view, collector) = Collector::beside(View::new(metrics.clone()), ages, metrics);
        let bus = connect(&self.nats.url(), "collector").await;
        self.run(holder, view, Some(tokio::spawn(collector.run(bus)))).await
    }

    async fn run(&self, holder: &str, view: View, collector: Option<JoinHandle<()>>) -> Instance {
        let (stop, shutdown) = watch::channel(false);
        let (lease, renew) = (Duration::from_millis(900), Duration::from_millis(300));
        let config = Config { lease, renew, ..Config::new("translation", holder) };
        let hooks = Hooks { shutdown, ready: Arc::new(|_| ()), stats: Arc::default() };
        let bus = connect(&self.nats.url(), holder).await;
        let task = tokio::spawn(flow::run(bus, view, config, hooks));
        Instance { task, collector, stop }
    }

    /// Declares the region and these locations; returns the newest sequence.
    pub async fn declare(&self, locations: &[&str]) -> u64 {
        let region = resource("eu", Spec::Region(RegionSpec::default()));
        let spec = LocationSpec { region: "eu".to_owned(), ..LocationSpec::default() };
        let rows = locations.iter().map(|name| {
            let row = resource(name, Spec::Location(spec.clone()));
            Write::new(Key::Location((*name).to_owned()), wire::encode_row(&row).bytes)
        });
        let region = Write::new(Key::Region("eu".to_owned()), wire::encode_row(&region).bytes);
        *self.bus.commit([region].into_iter().chain(rows).collect(), None).await.unwrap().last().unwrap()
    }

    /// Stores a release of these manifests.
    pub async fn release(&self, manifests: &[Value]) -> Digest {
        let mut objects = Vec::new();
        for manifest in manifests {
            let bytes = manifest.to_string().into_bytes();
            let source = Digest::of(&bytes);
            self.bus.put_content(Store::Release, source, bytes.into()).await.unwrap();
            let name = manifest["metadata"]["name"].as_str().unwrap().to_owned();
            let key = ObjectKey {
                kind: "ConfigMap".to_owned(),
                namespace: "shop".to_owned(),
                name,
                ..Default::default()
            };
            objects.push(ReleaseObject { key, version: "v1".to_owned(), source, create_only: false });
        }
        let bytes = wire::encode_release(&Release { objects, ..Release::default() });
        let digest = Digest::of(&bytes);
        self.bus.put_content(Store::Release, digest, bytes).await.unwrap();
        digest
    }

    /// A whole pass of placement that gives these releases, under this rollout number.
    pub async fn decide(&self, rollout: u64, locations: u64, groups: &[(Digest, &[&str])]) {
        let rows = [decision(rollout, groups)].into_iter().chain(marks(locations));
        self.bus.commit(rows.collect(), None).await.unwrap();
    }

    /// The documents by location, once all of them give this rollout and there are as many.
    pub async fn documents(&self, count: usize, rollout: u64) -> BTreeMap<String, Document> {
        let look = async || {
            let found = self.written().await;
            let is_wanted =
                |it: &Document| it.desired.placements.iter().all(|entry| entry.rollout == rollout);
            let is_done = found.len() == count && found.values().all(is_wanted);
            if is_done { Ok(found) } else { Err(format!("{found:?}")) }
        };
        eventually("the documents", PATIENCE, look).await.unwrap()
    }

    pub async fn written(&self) -> BTreeMap<String, Document> {
        // Before the stream is there, there is nothing to read.
        let rows = self.bus.read_all(&Stream::Desired("eu".to_owned())).await.unwrap_or_default();
        let document = |row: bus::Row| {
            let Key::Desired { location, .. } = row.key else { return None };
            let (desired, field) = wire::decode_desired(&row.value?).unwrap();
            Some((location, Document { desired, seq: row.seq, traces: (row.trace, field) }))
        };
        rows.into_iter().filter_map(document).collect()
    }

    /// As an operator's mistake would. Only `bus` knows the client; a deletion is one line of the protocol.
    pub async fn delete_documents(&self) {
        let mut server = tokio::net::TcpStream::connect(("127.0.0.1", self.nats.port())).await.unwrap();
        let lines =
            "CONNECT {\"verbose\":false}\r\nSUB r 1\r\nPUB $JS.API.STREAM.DELETE.desired-eu r 0\r\n\r\n";
        server.write_all(lines.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        while !String::from_utf8_lossy(&answer).contains("\"success\":true") {
            assert_ne!(
                server.read_buf(&mut answer).await.unwrap(),
                0,
                "{}",
                String::from_utf8_lossy(&answer)
            );
        }
    }
}

impl Instance {
    pub async fn end(self) {
        self.collector.into_iter().for_each(|collector| collector.abort());
        self.stop.send(true).unwrap();
        self.task.await.unwrap().unwrap();
    }
}

/// The row that gives these releases, under this rollout number.
pub fn decision(rollout: u64, groups: &[(Digest, &[&str])]) -> Write {
    let group = |(release, names): &(Digest, &[&str])| DecisionGroup {
        release: *release,
        rollout,
        locations: names.iter().map(|name| (*name).to_owned()).collect(),
        ..DecisionGroup::default()
    };
    let groups = groups.iter().map(group).collect();
    let decision = Decision { placement_uid: "uid".to_owned(), groups, ..Decision::default() };
    let placement = PlacementKey { space: "default".to_owned(), name: "shop".to_owned() };
    let key = Key::Decision { region: "eu".to_owned(), bucket: 0, placement };
    Write::new(key, wire::encode_decision(&decision, TRACE)).traced(Some(TRACE.to_owned()))
}

/// The ends of a pass that accounts for locations up to here.
pub fn marks(locations: u64) -> impl Iterator<Item = Write> {
    let watermark = BTreeMap::from([(Stream::Locations.name(), locations)]);
    let mark = wire::encode_complete(&wire::Complete { epoch: 0, watermark, layout: UNITS });
    let complete = |unit: u32| Key::Complete { stream: Stream::Decision, unit: unit.to_string() };
    (0..UNITS).map(move |unit| Write::new(complete(unit), mark.clone()))
}

pub fn resource(name: &str, spec: Spec) -> Resource {
    Resource {
        metadata: Metadata { name: name.to_owned(), uid: format!("uid-of-{name}"), ..Metadata::default() },
        spec,
    }
}

pub fn config_map(name: &str, content: &str) -> Value {
    let annotations = json!({"tributary.dev/expand": "true"});
    let metadata = json!({"name": name, "namespace": "shop", "annotations": annotations});
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"content": content}})
}
