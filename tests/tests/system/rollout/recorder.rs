//! Everything that is decided and everything that is sent, in the order in which it was stored.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use bus::flow::{Batch, Config, Hooks, Stats, Unit, View};
use bus::{Bus, Key, Options, Row, Stream};
use model::Digest;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::fleet::{Fleet, STORES};

/// What was seen so far.
#[derive(Debug, Default)]
struct Seen {
    /// By location: each release that it was ever decided to have, with its rollout number, repetitions left out.
    decided: BTreeMap<String, Vec<(Digest, u64)>>,
    /// By location: the rollout number in each document.
    sent: BTreeMap<String, Vec<u64>>,
}

/// Reads along, as a service that writes nothing.
#[derive(Debug)]
struct Reader {
    seen: Arc<Mutex<Seen>>,
}

fn streams() -> BTreeSet<Stream> {
    let regions = STORES.map(|(_, region)| Stream::Desired(region.to_owned()));
    regions.into_iter().chain([Stream::Decision]).collect()
}

impl View for Reader {
    fn follows(&self) -> BTreeSet<Stream> {
        streams()
    }

    fn fold(&mut self, row: Row) {
        let (mut seen, Some(value)) = (self.seen.lock().unwrap(), row.value) else { return };
        match row.key {
            Key::Decision { .. } => {
                for group in wire::decode_decision(&value).unwrap().0.groups {
                    for location in group.locations {
                        let decided = seen.decided.entry(location).or_default();
                        decided.push((group.release, group.rollout));
                        decided.dedup();
                    }
                }
            }
            Key::Desired { location, .. } => {
                let placements = wire::decode_desired(&value).unwrap().0.placements;
                seen.sent.entry(location).or_default().extend(placements.iter().map(|it| it.rollout));
            }
            _ => {}
        }
    }

    fn reset(&mut self, stream: &Stream) {
        unreachable!("{stream} was lost");
    }

    fn writes(&mut self, _unit: &Unit, _limit: usize, _now_ms: u64) -> Batch {
        Batch::default()
    }
}

/// Runs until it is dropped.
pub struct Recorder {
    seen: Arc<Mutex<Seen>>,
    task: JoinHandle<Result<(), bus::Error>>,
    _shutdown: watch::Sender<bool>,
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Recorder {
    /// Begins with what is stored.
    pub async fn start(fleet: &Fleet) -> Self {
        let options = Options { url: fleet.nats.url(), name: "recorder".to_owned() };
        let bus = Bus::connect(options).await.unwrap();
        let seen = Arc::<Mutex<Seen>>::default();
        let (ready, mut is_ready) = watch::channel(false);
        let (_shutdown, shutdown) = watch::channel(false);
        let hooks = Hooks {
            shutdown,
            ready: Arc::new(move |now| {
                ready.send_replace(now);
            }),
            stats: Arc::<Stats>::default(),
        };
        let reader = Reader { seen: seen.clone() };
        let task = tokio::spawn(bus::flow::run(bus, reader, Config::new("recorder", "recorder"), hooks));
        is_ready.wait_for(|ready| *ready).await.unwrap();
        Self { seen, task, _shutdown }
    }

    /// The numbers under which a release was ever decided for each store.
    pub fn decided(&self, release: Digest) -> BTreeMap<String, Vec<u64>> {
        let seen = self.seen.lock().unwrap();
        let of = |all: &[(Digest, u64)]| {
            all.iter().filter(|(held, _)| *held == release).map(|(_, number)| *number).collect()
        };
        seen.decided.iter().map(|(store, all)| (store.clone(), of(all))).collect()
    }

    /// How many documents have told each store to have what goes by this number.
    pub fn sent(&self, number: u64) -> BTreeMap<String, usize> {
        let seen = self.seen.lock().unwrap();
        let count = |all: &Vec<u64>| all.iter().filter(|sent| **sent == number).count();
        seen.sent.iter().map(|(store, all)| (store.clone(), count(all))).collect()
    }
}
