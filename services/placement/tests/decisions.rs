//! The service against a real server: declarations in, decisions out.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail the test")]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use bus::flow::{self, Config, Hooks};
use bus::{Bus, Options, Store, Stream, Write};
use model::*;
use placement_service::{Metrics, View};
use serde_json::json;
use testbed::{Nats, eventually};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use wire::Key;

const PATIENCE: Duration = Duration::from_secs(30);
const TRACE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// A server with tables, and instances of the service.
struct Hub {
    _nats: Nats,
    url: String,
    bus: Bus,
}

struct Instance {
    task: JoinHandle<Result<(), bus::Error>>,
    stop: watch::Sender<bool>,
}

async fn connect(url: &str, name: &str) -> Bus {
    Bus::connect(Options { url: url.to_owned(), name: name.to_owned() }).await.unwrap()
}

impl Hub {
    async fn start() -> Self {
        let nats = Nats::start().await.unwrap();
        let url = nats.url();
        let bus = connect(&url, "test").await;
        bus.init(1).await.unwrap();
        Self { _nats: nats, url, bus }
    }

    async fn instance(&self, holder: &str) -> Instance {
        let (stop, shutdown) = watch::channel(false);
        let config = Config {
            lease: Duration::from_millis(900),
            renew: Duration::from_millis(300),
            ..Config::new("placement", holder)
        };
        let hooks = Hooks { shutdown, ready: Arc::new(|_| ()), stats: Arc::default() };
        let bus = connect(&self.url, holder).await;
        let task = tokio::spawn(flow::run(bus, View::new(Metrics::default()), config, hooks));
        Instance { task, stop }
    }

    async fn apply(&self, resources: &[Resource]) {
        let write = |resource: &Resource| {
            let key = match &resource.spec {
                Spec::Location(_) => Key::Location(resource.metadata.name.clone()),
                Spec::Region(_) => Key::Region(resource.metadata.name.clone()),
                _ => Key::Intent(resource.key()),
            };
            Write::new(key, wire::encode_row(resource).bytes).traced(Some(TRACE.to_owned()))
        };
        self.bus.commit(resources.iter().map(write).collect(), None).await.unwrap();
    }

    /// The locations decided, by region, once they are as expected.
    async fn decided(&self, expected: &[(&str, &str)]) -> BTreeMap<Key, (Decision, String)> {
        let expected: BTreeSet<(String, String)> =
            expected.iter().map(|(region, name)| ((*region).to_owned(), (*name).to_owned())).collect();
        let look = async || {
            let decisions = self.decisions().await;
            let found = locations(&decisions);
            if found == expected { Ok(decisions) } else { Err(format!("{found:?}")) }
        };
        eventually("the decision", PATIENCE, look).await.unwrap()
    }

    async fn decisions(&self) -> BTreeMap<Key, (Decision, String)> {
        let rows = self.bus.read_all(&Stream::Decision).await.unwrap();
        let rows = rows.into_iter().filter(|row| matches!(row.key, Key::Decision { .. }));
        rows.map(|row| (row.key, wire::decode_decision(&row.value.unwrap()).unwrap())).collect()
    }

    async fn rollout(&self) -> Rollout {
        let row = self.bus.get(&Key::Rollout(shop())).await.unwrap().unwrap();
        wire::decode_rollout(&row.value.unwrap()).unwrap()
    }

    async fn release(&self) -> Release {
        let digest = self.rollout().await.release;
        let bytes = self.bus.get_content(Store::Release, digest).await.unwrap();
        wire::decode_release(&bytes.expect("a release is stored before a row names it")).unwrap()
    }
}

fn locations(decisions: &BTreeMap<Key, (Decision, String)>) -> BTreeSet<(String, String)> {
    let of = |(key, (decision, _)): (&Key, &(Decision, String))| {
        let Key::Decision { region, .. } = key else { unreachable!("only decisions were read") };
        let names = decision.groups.iter().flat_map(|group| group.locations.clone());
        names.map(|name| (region.clone(), name)).collect::<Vec<_>>()
    };
    decisions.iter().flat_map(of).collect()
}

fn shop() -> PlacementKey {
    PlacementKey { space: DEFAULT_SPACE.to_owned(), name: "shop".to_owned() }
}

fn metadata(space: &str, name: &str) -> Metadata {
    let uid = format!("uid-of-{name}");
    Metadata { space: space.to_owned(), name: name.to_owned(), uid, generation: 1, ..Metadata::default() }
}

fn location(name: &str, region: &str) -> Resource {
    let spec = LocationSpec { region: region.to_owned(), ..LocationSpec::default() };
    Resource { metadata: metadata("", name), spec: Spec::Location(spec) }
}

fn settings(content: &str) -> Resource {
    let key = ObjectKey {
        kind: "ConfigMap".to_owned(),
        namespace: "shop".to_owned(),
        name: "settings".to_owned(),
        ..ObjectKey::default()
    };
    let manifest = json!({"apiVersion": "v1", "kind": "ConfigMap", "data": {"content": content},
        "metadata": {"name": "settings", "namespace": "shop"}});
    let object = Object { key, version: "v1".to_owned(), manifest };
    Resource { metadata: metadata(DEFAULT_SPACE, "settings"), spec: Spec::Workload(object) }
}

fn everywhere() -> Resource {
    let what = vec![Clause { kinds: vec!["ConfigMap".to_owned()], ..Clause::default() }];
    let where_ = Where { location_selectors: vec![LabelSelector::default()], ..Where::default() };
    let spec = PlacementSpec { what, where_, ..PlacementSpec::default() };
    Resource { metadata: metadata(DEFAULT_SPACE, "shop"), spec: Spec::Placement(spec) }
}

#[tokio::test]
async fn what_is_declared_is_decided_and_the_trace_goes_on() {
    let hub = Hub::start().await;
    let instance = hub.instance("one").await;
    hub.apply(&[location("store-1", "eu"), location("store-2", "us")]).await;
    hub.apply(&[settings("a"), everywhere()]).await;
    let decisions = hub.decided(&[("eu", "store-1"), ("us", "store-2")]).await;
    assert!(decisions.values().all(|(decision, trace)| {
        trace == TRACE && decision.groups.len() == 1 && decision.groups[0].rollout == 1
    }));
    let release = hub.release().await;
    assert_eq!(release.objects.len(), 1);
    let source = hub.bus.get_content(Store::Release, release.objects[0].source).await.unwrap();
    assert!(source.is_some(), "its objects are stored with it");
    instance.stop.send(true).unwrap();
    instance.task.await.unwrap().unwrap();
}

#[tokio::test]
async fn every_unit_says_when_it_is_complete() {
    let hub = Hub::start().await;
    let _instance = hub.instance("one").await;
    hub.apply(&[settings("a"), everywhere()]).await;
    let look = async || {
        let rows = hub.bus.read_all(&Stream::Decision).await.unwrap();
        let complete = rows.iter().filter_map(|row| match (&row.key, &row.value) {
            (Key::Complete { unit, .. }, Some(value)) => {
                Some((unit.clone(), wire::decode_complete(value).unwrap()))
            }
            _ => None,
        });
        let current = complete.filter(|(_, complete)| {
            complete.watermark.get("KV_intent") == Some(&2) && complete.layout == model::UNITS
        });
        let units: BTreeSet<String> = current.map(|(unit, _)| unit).collect();
        if units.len() == model::UNITS as usize { Ok(()) } else { Err(format!("{units:?}")) }
    };
    eventually("all units to be complete", PATIENCE, look).await.unwrap();
}

#[tokio::test]
async fn another_instance_takes_over_and_goes_on_with_the_number() {
    let hub = Hub::start().await;
    let first = hub.instance("one").await;
    hub.apply(&[location("store-1", "eu")]).await;
    hub.apply(&[settings("a"), everywhere()]).await;
    hub.decided(&[("eu", "store-1")]).await;
    let _second = hub.instance("two").await;
    first.task.abort();
    hub.apply(&[settings("b")]).await;
    hub.apply(&[location("store-2", "eu")]).await;
    hub.decided(&[("eu", "store-1"), ("eu", "store-2")]).await;
    let look = async || {
        let rollout = hub.rollout().await;
        if rollout.number == 2 { Ok(rollout) } else { Err(format!("{rollout:?}")) }
    };
    let rollout = eventually("the second rollout", PATIENCE, look).await.unwrap();
    assert_eq!(rollout.history.len(), 2);
}

#[tokio::test]
async fn a_space_waits_for_the_manifest_of_a_large_object() {
    let hub = Hub::start().await;
    let large = settings(&"x".repeat(wire::LARGE_MANIFEST));
    let (digest, manifest) = wire::encode_row(&large).content.expect("it is large");
    hub.apply(&[location("store-1", "eu")]).await;
    hub.apply(&[large, everywhere()]).await;
    let mut other = everywhere();
    other.metadata.space = "other".to_owned();
    hub.apply(&[other]).await;
    let _instance = hub.instance("one").await;
    let decisions = hub.decided(&[("eu", "store-1")]).await;
    let spaces = |decisions: &BTreeMap<Key, _>| {
        let space = |key: &Key| match key {
            Key::Decision { placement, .. } => placement.space.clone(),
            _ => unreachable!("only decisions were read"),
        };
        decisions.keys().map(space).collect::<Vec<_>>()
    };
    assert_eq!(spaces(&decisions), ["other"], "nothing is decided without the object");
    hub.bus.put_content(Store::Release, digest, manifest).await.unwrap();
    let look = async || {
        let decisions = hub.decisions().await;
        if decisions.len() == 2 { Ok(()) } else { Err(format!("{:?}", spaces(&decisions))) }
    };
    eventually("the waiting space to be decided", PATIENCE, look).await.unwrap();
    assert_eq!(hub.release().await.objects[0].source, digest);
}
