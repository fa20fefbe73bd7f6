//! A hub with one server, and the service started and stopped on it.

use std::sync::Arc;
use std::time::Duration;

use bus::flow::{self, Config, Hooks, Stats};
use bus::{Bus, Options, Row, Stream, Write};
use bytes::Bytes;
use model::{
    Connection, Decision, DecisionGroup, Heartbeat, LocationSpec, Metadata, ObjectStatus, Phase, PhaseCounts,
    PlacementKey, RegionSpec, ReportOrder, Resource, Spec, Status, Summary,
};
use summarization::Settings;
use summarization_service::{Metrics, Regions, Scope, View};
use testbed::{Nats, eventually};
use tokio::sync::watch;
use wire::Key;

pub const PATIENCE: Duration = Duration::from_secs(20);
/// Of the locations' heartbeats: short, so that silence is soon told; long enough for a busy machine.
pub const PERIOD: Duration = Duration::from_millis(700);
pub const TRACE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

pub struct Stage {
    pub bus: Bus,
    pub nats: Nats,
}

/// A running service.
pub struct Service {
    pub stats: Arc<Stats>,
    pub registry: chassis::Registry,
    shutdown: watch::Sender<bool>,
    task: tokio::task::JoinHandle<Result<(), bus::Error>>,
}

pub fn shop() -> PlacementKey {
    PlacementKey { space: "default".into(), name: "shop".into() }
}

impl Stage {
    /// Regions `world` with `eu` below it, and locations `a` and `b` in `eu`.
    pub async fn set() -> Self {
        let nats = Nats::start().await.unwrap();
        let bus = Bus::connect(Options { url: nats.url(), name: "test".into() }).await.unwrap();
        bus.init(1).await.unwrap();
        let stage = Self { bus, nats };
        for (region, parent) in [("world", ""), ("eu", "world")] {
            let spec = Spec::Region(RegionSpec { parent: parent.into() });
            stage.put(Key::Region(region.into()), resource(region, spec)).await;
        }
        for location in ["a", "b"] {
            let spec = Spec::Location(LocationSpec { region: "eu".into(), ..LocationSpec::default() });
            stage.put(Key::Location(location.into()), resource(location, spec)).await;
        }
        stage
    }

    /// Starts the service with a connection of its own.
    pub async fn start(&self, holder: &str, scope: Scope) -> Service {
        let bus = Bus::connect(Options { url: self.nats.url(), name: holder.into() }).await.unwrap();
        let stats = Arc::new(Stats::default());
        let settings = Settings { usual_period_ms: u64::try_from(PERIOD.as_millis()).unwrap() };
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis();
        let registry = chassis::Registry::default();
        let metrics = Metrics::registered(&registry);
        let view = View::new(scope, settings, metrics, u64::try_from(now).unwrap());
        let (shutdown, stop) = watch::channel(false);
        let config = Config {
            lease: Duration::from_millis(900),
            renew: Duration::from_millis(300),
            ..Config::new("summarization", holder)
        };
        let hooks = Hooks { shutdown: stop, ready: Arc::new(|_| {}), stats: stats.clone() };
        let task = tokio::spawn(flow::run(bus, view, config, hooks));
        Service { stats, registry, shutdown, task }
    }

    pub async fn put(&self, key: Key, value: Bytes) -> u64 {
        let write = Write::new(key, value).traced(Some(TRACE.to_owned()));
        eventually("the write to be stored", PATIENCE, async || {
            self.bus.put(write.clone()).await.map_err(|error| error.to_string())
        })
        .await
        .unwrap()
    }

    pub async fn decide(&self, rollout: u64, locations: &[&str]) -> u64 {
        let group = DecisionGroup {
            rollout,
            locations: locations.iter().map(|name| (*name).to_owned()).collect(),
            ..DecisionGroup::default()
        };
        let groups = if locations.is_empty() { vec![] } else { vec![group] };
        let row = Decision { placement_uid: "uid".into(), groups, ..Decision::default() };
        let key = Key::Decision { region: "eu".into(), bucket: 0, placement: shop() };
        self.put(key, wire::encode_decision(&row, TRACE)).await
    }

    /// Says that another placement has chosen nothing, and waits for its summary.
    pub async fn summarize_another(&self) {
        let placement = PlacementKey { space: "default".into(), name: "another".into() };
        let row = Decision { placement_uid: "another".into(), ..Decision::default() };
        let key = Key::Decision { region: "eu".into(), bucket: 0, placement: placement.clone() };
        self.put(key, wire::encode_decision(&row, TRACE)).await;
        eventually("a summary of another placement", PATIENCE, async || {
            self.row(&Key::Summary(placement.clone())).await.ok_or("there is none")
        })
        .await
        .unwrap();
    }

    pub async fn report(&self, location: &str, seq: u64, rollout: u64, phase: Phase) {
        let mut phases = PhaseCounts::default();
        phases.add(phase);
        let object = ObjectStatus {
            object: "apps/Deployment/default/web".into(),
            phase,
            reason: "Because".into(),
            message: "it is".into(),
        };
        let row = Status {
            report: ReportOrder { boot: 1, seq },
            placement_uid: "uid".into(),
            rollout,
            phases,
            unhealthy: if phase == Phase::Healthy { vec![] } else { vec![object] },
            ..Status::default()
        };
        self.put(status_key(location), wire::encode_status(&row, TRACE)).await;
    }

    /// A heartbeat, which may be lost: nobody answers it.
    pub async fn beat(&self, location: &str, digest: model::Digest) {
        let row = Heartbeat {
            boot: 1,
            status_digest: digest,
            period_ms: u32::try_from(PERIOD.as_millis()).unwrap(),
            agent_version: "test".into(),
            ..Heartbeat::default()
        };
        let key = Key::Alive { region: "eu".into(), location: location.into() };
        self.bus.request(&key, wire::encode_heartbeat(&row), Duration::from_millis(1)).await.unwrap();
    }

    /// Waits for a summary, while `alive` keep beating.
    pub async fn summary(&self, what: &str, alive: &[&str], wanted: impl Fn(&Summary) -> bool) -> Summary {
        eventually(what, PATIENCE, async || {
            for location in alive {
                self.beat(location, model::Digest::default()).await;
            }
            let row = self.bus.get(&Key::Summary(shop())).await.map_err(|error| error.to_string())?;
            let summary = row.and_then(|row| row.value).map(|value| wire::decode_summary(&value).unwrap().0);
            summary.clone().filter(&wanted).ok_or(format!("{summary:?}"))
        })
        .await
        .unwrap()
    }

    /// Waits for the presence row of `eu`, while `alive` keep beating.
    pub async fn presence(&self, alive: &[&str], wanted: &[(&str, Connection)]) {
        eventually("presence", PATIENCE, async || {
            for location in alive {
                self.beat(location, model::Digest::default()).await;
            }
            let row = self.row(&Key::Presence { region: "eu".into(), bucket: 0 }).await;
            let row = row.and_then(|row| row.value).map(|value| wire::decode_presence(&value).unwrap());
            let seen = row.unwrap_or_default().locations;
            let states: Vec<_> = seen.iter().map(|(name, it)| (name.as_str(), it.connection)).collect();
            if states == wanted { Ok(()) } else { Err(format!("{states:?}")) }
        })
        .await
        .unwrap();
    }

    pub async fn row(&self, key: &Key) -> Option<Row> {
        self.bus.get(key).await.unwrap()
    }

    pub async fn rows(&self, stream: &Stream) -> Vec<Row> {
        self.bus.read_all(stream).await.unwrap()
    }
}

impl Service {
    /// A number of `/metrics`; all of a name that is told apart by labels together.
    pub fn metric(&self, name: &str) -> u64 {
        let text = self.registry.encode();
        let of = |line: &&str| line.strip_prefix(name).is_some_and(|rest| rest.starts_with([' ', '{']));
        let value = |line: &str| line.rsplit(' ').next()?.parse::<u64>().ok();
        text.lines().filter(of).filter_map(value).sum()
    }

    /// As a crash: leases are not released.
    pub async fn crash(self) {
        self.task.abort();
        self.task.await.unwrap_err();
    }

    pub async fn stop(self) {
        self.shutdown.send(true).unwrap();
        self.task.await.unwrap().unwrap();
    }
}

pub fn all() -> Scope {
    Scope { regions: Regions::All, hub: true }
}

pub fn regions() -> Scope {
    Scope { regions: Regions::All, hub: false }
}

pub fn hub() -> Scope {
    Scope { regions: Regions::Named([].into()), hub: true }
}

pub fn status_key(location: &str) -> Key {
    Key::Status { region: "eu".into(), location: location.into(), placement: shop() }
}

fn resource(name: &str, spec: Spec) -> Bytes {
    let metadata = Metadata { name: name.into(), ..Metadata::default() };
    wire::encode_resource(&Resource { metadata, spec })
}
