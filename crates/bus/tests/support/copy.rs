//! A service small enough to reason about: it copies each location's row into a document.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bus::flow::{Batch, Config, Hooks, Stats, Unit, View};
use bus::{Bus, Key, Row, Stream, Write};
use bytes::Bytes;
use testbed::eventually;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::{SOON, eu, text};

/// What the test sees of a view.
#[derive(Debug, Default)]
pub struct Seen {
    pub inputs: BTreeMap<Key, String>,
    pub outputs: BTreeMap<Key, String>,
    pub events: Vec<String>,
    pub messages: Vec<String>,
    pub ready: bool,
}

impl std::fmt::Display for Seen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { inputs, outputs, events, messages, ready } = self;
        write!(
            f,
            "{} inputs, {} outputs, ready: {ready}, {events:?}, {messages:?}",
            inputs.len(),
            outputs.len()
        )
    }
}

pub type Shared = Arc<Mutex<Seen>>;

/// Copies `locations` to `desired-eu`, split over `units` units by name.
#[derive(Debug)]
pub struct Copy {
    pub units: usize,
    /// Those of the units that this one serves.
    pub serves: Range<usize>,
    pub subscriptions: BTreeSet<String>,
    pub asks: Vec<(Key, Bytes)>,
    pub seen: Shared,
}

impl Copy {
    pub fn new(units: usize) -> Self {
        let (subscriptions, asks, seen) = Default::default();
        Self { units, serves: 0..units, subscriptions, asks, seen }
    }

    fn unit_of(&self, location: &str) -> String {
        (location.bytes().map(usize::from).sum::<usize>() % self.units.max(1)).to_string()
    }
}

impl View for Copy {
    fn follows(&self) -> BTreeSet<Stream> {
        [Stream::Locations, eu()].into_iter().take(if self.units == 0 { 1 } else { 2 }).collect()
    }

    fn fold(&mut self, row: Row) {
        let mut seen = self.seen.lock().unwrap();
        match row.key {
            Key::Location(_) => seen.inputs.insert(row.key.clone(), text(&row)),
            Key::Desired { .. } => seen.outputs.insert(row.key.clone(), text(&row)),
            _ => None,
        };
    }

    fn reset(&mut self, stream: &Stream) {
        let mut seen = self.seen.lock().unwrap();
        seen.events.push(format!("reset {stream}"));
        if *stream == Stream::Locations { seen.inputs.clear() } else { seen.outputs.clear() }
    }

    fn born(&mut self, stream: &Stream, _created_ns: u64) {
        self.seen.lock().unwrap().events.push(format!("born {stream}"));
    }

    fn ensures(&self) -> BTreeSet<Stream> {
        if self.units == 0 { BTreeSet::new() } else { [eu()].into() }
    }

    fn units(&self) -> BTreeSet<Unit> {
        self.serves.clone().map(|unit| Unit { stream: eu(), name: unit.to_string() }).collect()
    }

    fn watermarks(&self) -> BTreeSet<Stream> {
        [Stream::Locations].into()
    }

    fn subscriptions(&self) -> BTreeSet<String> {
        self.subscriptions.clone()
    }

    fn message(&mut self, _key: Key, payload: &[u8], _now_ms: u64) -> Option<Bytes> {
        let text = String::from_utf8_lossy(payload).into_owned();
        self.seen.lock().unwrap().messages.push(text.clone());
        Some(Bytes::from(format!("heard {text}")))
    }

    fn asks(&mut self) -> Vec<(Key, Bytes)> {
        std::mem::take(&mut self.asks)
    }

    fn writes(&mut self, unit: &Unit, limit: usize, _now_ms: u64) -> Batch {
        let seen = self.seen.lock().unwrap();
        let mut rows = Vec::new();
        for (key, value) in &seen.inputs {
            let Key::Location(location) = key else { continue };
            let output = super::desired("eu", location);
            if self.unit_of(location) == unit.name && seen.outputs.get(&output) != Some(value) {
                rows.push(Write::new(output, value.clone()));
            }
        }
        let more = rows.len() > limit;
        rows.truncate(limit);
        Batch { rows, more, ..Batch::default() }
    }
}

/// A running loop. Dropped, it ends at once, as by `kill -9`.
#[derive(Debug)]
pub struct Running {
    pub seen: Shared,
    pub stats: Arc<Stats>,
    shutdown: watch::Sender<bool>,
    task: JoinHandle<Result<(), bus::Error>>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Running {
    pub fn start(bus: &Bus, holder: &str, view: Copy) -> Self {
        let (shutdown, receiver) = watch::channel(false);
        let (seen, stats) = (view.seen.clone(), Arc::<Stats>::default());
        let ready = seen.clone();
        let hooks = Hooks {
            shutdown: receiver,
            ready: Arc::new(move |now| ready.lock().unwrap().ready = now),
            stats: stats.clone(),
        };
        let task = tokio::spawn(bus::flow::run(bus.clone(), view, Config::new("copy", holder), hooks));
        Self { seen, stats, shutdown, task }
    }

    pub fn leases(&self) -> u64 {
        self.stats.leases.load(std::sync::atomic::Ordering::Relaxed)
    }

    /// Ends it in order.
    pub async fn stop(mut self) {
        self.shutdown.send(true).unwrap();
        (&mut self.task).await.unwrap().unwrap();
    }

    pub async fn until(&self, what: &str, timeout: Duration, look: impl Fn(&Seen) -> bool) {
        let done = async || {
            let seen = self.seen.lock().unwrap();
            if look(&seen) { Ok(()) } else { Err(seen.to_string()) }
        };
        eventually(what, timeout, done).await.unwrap();
    }

    pub async fn until_ready(&self) {
        self.until("the view to be ready", SOON, |seen| seen.ready).await;
    }

    /// Waits until it holds `count` units; returns how long that took.
    pub async fn until_holding(&self, count: u64, timeout: Duration) -> Duration {
        let start = std::time::Instant::now();
        let done = async || match self.leases() {
            held if held == count => Ok(()),
            held => Err(format!("{held} held")),
        };
        eventually(&format!("{count} units to be held"), timeout, done).await.unwrap();
        start.elapsed()
    }
}
