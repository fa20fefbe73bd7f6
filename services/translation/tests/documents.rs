//! The service against a real server: decisions and contents in, documents and blobs out.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail the test")]

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
use translation_service::{Metrics, View};
use wire::Key;

const PATIENCE: Duration = Duration::from_secs(30);
const TRACE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// A server with tables, and what placement would have written there.
struct Hub {
    nats: Nats,
    bus: Bus,
}

struct Instance {
    task: JoinHandle<Result<(), bus::Error>>,
    stop: watch::Sender<bool>,
}

/// A document with its row's sequence and both of its traces.
#[derive(Clone, Debug, PartialEq)]
struct Document {
    desired: Desired,
    seq: u64,
    traces: (Option<String>, String),
}

async fn connect(url: &str, name: &str) -> Bus {
    Bus::connect(Options { url: url.to_owned(), name: name.to_owned() }).await.unwrap()
}

impl Hub {
    async fn start() -> Self {
        let nats = Nats::start().await.unwrap();
        let bus = connect(&nats.url(), "test").await;
        bus.init(1).await.unwrap();
        Self { nats, bus }
    }

    async fn instance(&self, holder: &str) -> Instance {
        let (stop, shutdown) = watch::channel(false);
        let (lease, renew) = (Duration::from_millis(900), Duration::from_millis(300));
        let config = Config { lease, renew, ..Config::new("translation", holder) };
        let hooks = Hooks { shutdown, ready: Arc::new(|_| ()), stats: Arc::default() };
        let bus = connect(&self.nats.url(), holder).await;
        let task = tokio::spawn(flow::run(bus, View::new(Metrics::default()), config, hooks));
        Instance { task, stop }
    }

    /// Declares the region and these locations; returns the newest sequence.
    async fn declare(&self, locations: &[&str]) -> u64 {
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
    async fn release(&self, manifests: &[Value]) -> Digest {
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
    async fn decide(&self, rollout: u64, locations: u64, groups: &[(Digest, &[&str])]) {
        let rows = [decision(rollout, groups)].into_iter().chain(marks(locations));
        self.bus.commit(rows.collect(), None).await.unwrap();
    }

    /// The documents by location, once all of them give this rollout and there are as many.
    async fn documents(&self, count: usize, rollout: u64) -> BTreeMap<String, Document> {
        let look = async || {
            let found = self.written().await;
            let is_wanted =
                |it: &Document| it.desired.placements.iter().all(|entry| entry.rollout == rollout);
            let is_done = found.len() == count && found.values().all(is_wanted);
            if is_done { Ok(found) } else { Err(format!("{found:?}")) }
        };
        eventually("the documents", PATIENCE, look).await.unwrap()
    }

    async fn written(&self) -> BTreeMap<String, Document> {
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
    async fn delete_documents(&self) {
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
    async fn end(self) {
        self.stop.send(true).unwrap();
        self.task.await.unwrap().unwrap();
    }
}

/// The row that gives these releases, under this rollout number.
fn decision(rollout: u64, groups: &[(Digest, &[&str])]) -> Write {
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
fn marks(locations: u64) -> impl Iterator<Item = Write> {
    let watermark = BTreeMap::from([(Stream::Locations.name(), locations)]);
    let mark = wire::encode_complete(&wire::Complete { epoch: 0, watermark, layout: UNITS });
    let complete = |unit: u32| Key::Complete { stream: Stream::Decision, unit: unit.to_string() };
    (0..UNITS).map(move |unit| Write::new(complete(unit), mark.clone()))
}

fn resource(name: &str, spec: Spec) -> Resource {
    Resource {
        metadata: Metadata { name: name.to_owned(), uid: format!("uid-of-{name}"), ..Metadata::default() },
        spec,
    }
}

fn config_map(name: &str, content: &str) -> Value {
    let annotations = json!({"tributary.dev/expand": "true"});
    let metadata = json!({"name": name, "namespace": "shop", "annotations": annotations});
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"content": content}})
}

#[tokio::test]
async fn each_location_gets_its_document_and_every_blob_that_it_names() {
    let hub = Hub::start().await;
    let locations = hub.declare(&["l1", "l2", "l3"]).await;
    let large = "x".repeat(3000);
    let release = hub.release(&[config_map("own", "at ${location.name}"), config_map("large", &large)]).await;
    hub.decide(4, locations, &[(release, &["l1", "l2"])]).await;
    let instance = hub.instance("one").await;
    let documents = hub.documents(3, 4).await;
    assert_eq!(documents["l3"].desired.placements, []);
    let document = &documents["l2"];
    assert_eq!(document.traces, (Some(TRACE.to_owned()), TRACE.to_owned()));
    let entry = &document.desired.placements[0];
    let Own::Inline(own) = &entry.own else { panic!("it is small: {entry:?}") };
    let Rendered::Inline(manifest) = &own.objects[0].content else { panic!("it is small: {own:?}") };
    assert!(String::from_utf8_lossy(manifest).contains("at l2"));
    let bundle = hub.bus.get_content(Store::Blob, entry.shared.unwrap()).await.unwrap().unwrap();
    let Rendered::Blob(blob) = wire::decode_bundle(&bundle).unwrap().objects[0].content else {
        panic!("it is large")
    };
    let manifest = hub.bus.get_content(Store::Blob, blob).await.unwrap().unwrap();
    assert!(String::from_utf8_lossy(&manifest).contains(&large));
    instance.end().await;
}

#[tokio::test]
async fn a_restart_writes_what_has_changed_meanwhile_and_nothing_else() {
    let hub = Hub::start().await;
    let locations = hub.declare(&["l1", "l2"]).await;
    let (old, new) =
        (hub.release(&[config_map("a", "old")]).await, hub.release(&[config_map("a", "new")]).await);
    hub.decide(1, locations, &[(old, &["l1"])]).await;
    let instance = hub.instance("one").await;
    let before = hub.documents(2, 1).await;
    instance.end().await;
    hub.decide(2, locations, &[(new, &["l1"])]).await;
    let instance = hub.instance("two").await;
    let after = hub.documents(2, 2).await;
    assert_eq!(after["l2"], before["l2"]);
    assert!(after["l1"].desired.order > before["l1"].desired.order);
    instance.end().await;
}

#[tokio::test]
async fn a_restart_in_the_middle_of_placements_pass_takes_nothing_from_a_document_until_the_pass_has_ended() {
    let hub = Hub::start().await;
    let locations = hub.declare(&["l1", "l2"]).await;
    let before = hub.release(&[config_map("settings", "before")]).await;
    hub.decide(4, locations, &[(before, &["l1", "l2"])]).await;
    let first = hub.instance("one").await;
    let old = hub.documents(2, 4).await;
    first.end().await;
    // Placement died after this row: whether `l2` moves or is left out is not known yet.
    let after = hub.release(&[config_map("settings", "after")]).await;
    hub.bus.put(decision(5, &[(after, &["l1"])])).await.unwrap();
    let second = hub.instance("two").await;
    let look = async || match hub.written().await {
        found if found["l1"].desired.placements[0].rollout == 5 => Ok(found),
        found => Err(format!("{found:?}")),
    };
    let found = eventually("the new release at l1", PATIENCE, look).await.unwrap();
    assert_eq!(found["l2"], old["l2"], "no mark follows the row that does not list it");
    hub.bus.commit(marks(locations).collect(), None).await.unwrap();
    let look = async || match hub.written().await {
        found if found["l2"].desired.placements.is_empty() => Ok(()),
        found => Err(format!("{found:?}")),
    };
    eventually("the withdrawal at l2", PATIENCE, look).await.unwrap();
    second.end().await;
}

#[tokio::test]
async fn documents_that_are_lost_are_written_again_in_a_later_epoch() {
    let hub = Hub::start().await;
    let locations = hub.declare(&["l1", "l2"]).await;
    let release = hub.release(&[config_map("a", "at ${location.name}")]).await;
    hub.decide(1, locations, &[(release, &["l1", "l2"])]).await;
    let instance = hub.instance("one").await;
    let before = hub.documents(2, 1).await;
    hub.delete_documents().await;
    let after = hub.documents(2, 1).await;
    for (name, document) in &after {
        assert_eq!(document.desired.placements, before[name].desired.placements);
        assert!(document.desired.order.epoch > before[name].desired.order.epoch);
    }
    instance.end().await;
}
