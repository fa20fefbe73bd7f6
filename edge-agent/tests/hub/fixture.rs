//! A hub with one server, and an agent on a folder.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use bus::{Bus, Key, Options, Store, Stream, Write};
use bytes::Bytes;
use model::{
    Adopt, Bundle, BundleObject, Conflict, Deletion, Desired, DesiredPlacement, Digest, ObjectKey, Order,
    Own, PlacementKey, Rendered, Status,
};
use serde_json::json;
use tempfile::TempDir;
use testbed::{Nats, Process, eventually};

pub const SOON: Duration = Duration::from_secs(20);
pub const LOCATION: &str = "store-1";

pub struct Hub {
    pub nats: Nats,
    pub bus: Bus,
}

impl Hub {
    pub async fn start() -> Self {
        let nats = Nats::start().await.unwrap();
        let bus = Bus::connect(Options { url: nats.url(), name: "test".into() }).await.unwrap();
        bus.init(1).await.unwrap();
        for region in ["eu", "us"] {
            bus.ensure(&Stream::Desired(region.into())).await.unwrap();
            bus.ensure(&Stream::Status(region.into())).await.unwrap();
        }
        Self { nats, bus }
    }

    pub async fn publish(&self, document: &Desired) {
        self.publish_in("eu", document).await;
    }

    /// Tries again while the connection is not back.
    pub async fn publish_in(&self, region: &str, document: &Desired) {
        let key = Key::Desired { region: region.into(), location: LOCATION.into() };
        let write = Write::new(key, wire::encode_desired(document, "trace"));
        eventually("the document to be stored", SOON, async || self.bus.put(write.clone()).await)
            .await
            .unwrap();
    }

    pub async fn blob(&self, (digest, bytes): (Digest, Bytes)) {
        self.bus.put_content(Store::Blob, digest, bytes).await.unwrap();
    }

    pub async fn status(&self, region: &str, placement: &str) -> Option<Status> {
        let key = Key::Status { region: region.into(), location: LOCATION.into(), placement: key(placement) };
        let row = self.bus.get(&key).await.ok()??;
        Some(wire::decode_status(&row.value?).unwrap().0)
    }

    /// Waits for a status that is as wanted.
    pub async fn reported(&self, placement: &str, wanted: impl Fn(&Status) -> bool) -> Status {
        self.reported_in("eu", placement, wanted).await
    }

    pub async fn reported_in(
        &self,
        region: &str,
        placement: &str,
        wanted: impl Fn(&Status) -> bool,
    ) -> Status {
        let look = async || match self.status(region, placement).await {
            Some(status) if wanted(&status) => Ok(status),
            other => Err(format!("{other:?}")),
        };
        eventually("a status", SOON, look).await.unwrap()
    }

    pub async fn ask(&self, question: wire::bus::ask::Question) -> wire::bus::Answer {
        let key = Key::Ask { region: "eu".into(), location: LOCATION.into() };
        let ask = wire::encode_ask(&wire::bus::Ask { question: Some(question) });
        let answer = self.bus.request(&key, ask, SOON).await.unwrap().expect("the agent answers");
        wire::decode_answer(&answer).unwrap()
    }
}

/// The folders of an agent; its processes come and go.
pub struct Place {
    temporary: TempDir,
    url: String,
}

impl Place {
    pub fn new(hub: &Hub) -> Self {
        Self { temporary: tempfile::tempdir().unwrap(), url: hub.nats.url() }
    }

    pub fn attach_to(&mut self, hub: &Hub) {
        self.url = hub.nats.url();
    }

    pub fn sink(&self) -> PathBuf {
        self.temporary.path().join("sink")
    }

    pub fn state(&self) -> PathBuf {
        self.temporary.path().join("state")
    }

    pub fn agent(&self) -> Process {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tributary-agent"));
        command.args([
            format!("--location={LOCATION}"),
            "--region=eu".to_owned(),
            format!("--sink=directory:{}", self.sink().display()),
            format!("--state-dir={}", self.state().display()),
            format!("--nats-url={}", self.url),
            "--heartbeat=500ms".to_owned(),
            "--anti-entropy=1s".to_owned(),
            "--resync=1s".to_owned(),
        ]);
        Process::spawn("tributary-agent", command, None).unwrap()
    }

    /// The values of the config maps that are there, by name.
    pub fn values(&self) -> BTreeMap<String, String> {
        let Ok(entries) = std::fs::read_dir(self.sink()) else { return BTreeMap::new() };
        let file = |entry: std::fs::DirEntry| {
            let name = entry.file_name().into_string().ok()?;
            let name = name.strip_prefix("shop_ConfigMap_")?.strip_suffix(".yaml")?.to_owned();
            let text = std::fs::read_to_string(entry.path()).ok()?;
            let value = text.lines().find_map(|line| line.trim().strip_prefix("v: "))?;
            Some((name, value.trim_matches('"').to_owned()))
        };
        entries.flatten().filter_map(file).collect()
    }

    /// Waits until exactly these config maps are there, each written as `name=value`.
    pub async fn holds(&self, wanted: &[&str]) {
        let wanted: BTreeMap<String, String> = wanted
            .iter()
            .map(|text| text.split_once('=').unwrap())
            .map(|(name, value)| (name.into(), value.into()))
            .collect();
        let look = async || {
            let values = self.values();
            if values == wanted { Ok(()) } else { Err(format!("{values:?} instead of {wanted:?}")) }
        };
        eventually("the wanted files", SOON, look).await.unwrap();
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.sink().join(format!("shop_ConfigMap_{name}.yaml"))
    }
}

pub fn key(name: &str) -> PlacementKey {
    PlacementKey { space: "default".into(), name: name.into() }
}

fn object(text: &str) -> BundleObject {
    let (name, value) = text.split_once('=').unwrap();
    let manifest = json!({
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": "shop"}, "data": {"v": value},
    });
    let key = ObjectKey {
        kind: "ConfigMap".into(),
        namespace: "shop".into(),
        name: name.into(),
        ..ObjectKey::default()
    };
    let content = Rendered::Inline(manifest.to_string().into());
    BundleObject::new(key, "v1", content)
}

/// A placement of config maps, each written as `name=value`, in a shared bundle; and the blob that this is.
pub fn placement(name: &str, rollout: u64, objects: &[&str]) -> (DesiredPlacement, (Digest, Bytes)) {
    let objects = objects.iter().map(|text| object(text)).collect();
    let bytes = wire::encode_bundle(&Bundle { objects, template: None });
    let digest = Digest::of(&bytes);
    let placement = DesiredPlacement {
        placement_uid: format!("uid-{name}"),
        placement: key(name),
        rollout,
        priority: 0,
        create_time: 0,
        shared: Some(digest),
        own: Own::None,
        deletion: Deletion::Delete,
        conflict: Conflict::Force,
        adopt: Adopt::IfNoDiff,
        depends_on: Vec::new(),
        patch: None,
    };
    (placement, (digest, bytes))
}

pub fn document(revision: u64, placements: Vec<DesiredPlacement>) -> Desired {
    Desired { order: Order { epoch: 1, revision }, placements, moved_to_region: None }
}

/// Publishes a document of one placement `cart`, whose rollout number is the revision.
pub async fn cart(hub: &Hub, revision: u64, objects: &[&str]) {
    let (placement, blob) = placement("cart", revision, objects);
    hub.blob(blob).await;
    hub.publish(&document(revision, vec![placement])).await;
}
