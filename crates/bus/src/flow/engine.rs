//! The loop itself: what it waits for, and what it does in each turn.

use std::collections::BTreeSet;
use std::time::Duration;

use async_nats::Subject;
use bytes::Bytes;
use futures::StreamExt as _;
use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use model::Digest;
use tokio::sync::watch;
use tokio::time::{Interval, MissedTickBehavior};

use super::clock::Clock;
use super::core::Core;
use super::inputs::Inputs;
use super::lease::Timing;
use super::rules::Contents;
use super::stats::set;
use super::tenure::Tenure;
use super::work::Units;
use super::writing::Written;
use super::{Config, Hooks, View, birth, transfer};
use crate::backoff::jitter;
use crate::connection::Session;
use crate::{Bus, Cause, Error, Loss, Store, Stream};

const TICK: Duration = Duration::from_millis(100);
/// Rows folded and messages taken before the view is asked for writes.
const FOLD: usize = 1024;
const HEAR: usize = 256;
/// Between two looks at a stream that is ensured but not followed, and after one that failed.
const RECHECK: Duration = Duration::from_secs(2);
const RETRY: Duration = Duration::from_millis(500);
/// How long a shutdown waits for batches on the way, and then for the leases' release.
const FAREWELL: Duration = Duration::from_secs(2);

pub(super) struct Engine {
    pub bus: Bus,
    pub view: Box<dyn View>,
    pub config: Config,
    pub timing: Timing,
    pub hooks: Hooks,
    pub clock: Clock,
    pub inputs: Inputs,
    pub units: Units,
    pub contents: Contents,
    pub core: Core,
    pub doing: FuturesUnordered<BoxFuture<'static, Done>>,
    session: watch::Receiver<Session>,
    ensured: BTreeSet<Stream>,
    /// What the ready hook was last told.
    pub ready: bool,
    /// Everything has been read once: it takes its share of the units.
    joined: bool,
    /// There is more to write than there was time for.
    again: bool,
    /// No new work is begun.
    leaving: bool,
}

/// What a future beside the loop has done.
#[derive(Debug)]
pub(super) enum Done {
    Written(Written),
    Tenure(Tenure),
    Ensured(Stream, Result<(), Error>),
    Fetched(Store, Digest, Option<Bytes>),
}

impl Engine {
    pub fn new(bus: Bus, view: Box<dyn View>, config: Config, hooks: Hooks) -> Self {
        Self {
            timing: config.timing(),
            core: Core::new(&bus),
            session: bus.session(),
            clock: Clock::start(),
            inputs: Inputs::new(),
            units: Units::default(),
            contents: Contents::default(),
            doing: FuturesUnordered::new(),
            ensured: BTreeSet::new(),
            ready: false,
            joined: false,
            again: false,
            leaving: false,
            bus,
            view,
            config,
            hooks,
        }
    }

    pub async fn run(mut self) {
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut shutdown = self.hooks.shutdown.clone();
        // Before any row: a view that took its own time before may have taken another.
        self.view.tick(self.clock.wall());
        while !self.leaving {
            self.turn();
            self.wait(&mut tick, &mut shutdown).await;
        }
        self.leave().await;
    }

    /// Waits for something to happen, and takes it in.
    async fn wait(&mut self, tick: &mut Interval, shutdown: &mut watch::Receiver<bool>) {
        let (mut told, mut heard) = (Vec::new(), Vec::new());
        tokio::select! {
            _ = self.inputs.told.recv_many(&mut told, FOLD) => {}
            _ = self.core.heard.recv_many(&mut heard, HEAR) => {}
            Some(done) = self.doing.next() => self.done(done),
            _ = tick.tick() => self.view.tick(self.clock.wall()),
            Ok(()) = self.session.changed() => self.contents.forget(),
            // An owner that is gone wants it to end, too.
            _ = shutdown.wait_for(|shutdown| *shutdown) => self.leaving = true,
            // Not before everything else has been looked at once.
            () = tokio::task::yield_now(), if self.again => {}
        }
        told.into_iter().for_each(|(stream, told)| self.take(stream, told));
        heard.into_iter().for_each(|message| self.hear(message));
    }

    /// Everything that follows from what was taken in.
    fn turn(&mut self) {
        self.inputs.follow(&self.bus, self.follows());
        self.ensure();
        self.core.listen(&self.bus, &self.view.subscriptions(), &self.config.service);
        self.contents.want(self.view.wants());
        self.ask();
        self.again = false;
        if self.inputs.caught_up() {
            self.joined = true;
            self.again = self.write();
        }
        if self.joined {
            self.tend();
        }
        self.fetch();
        self.look_ready();
        set(&self.hooks.stats.lag, self.inputs.lag());
        self.hooks.stats.dropped.set(Loss::Unread, self.bus.dropped());
    }

    /// Ready is who knows all that is stored: not before everything is read, and not while nobody can tell.
    fn look_ready(&mut self) {
        let session = *self.session.borrow();
        let mut lacks = self.inputs.lacks(session.number);
        if !session.up {
            lacks.insert("the connection to NATS".to_owned());
        }
        let ready = lacks.is_empty();
        if !ready || !self.ready {
            self.hooks.stats.set_lacks(lacks);
        }
        self.announce(ready);
    }

    /// What the view reads, and what it writes: the leases are there.
    fn follows(&self) -> BTreeSet<Stream> {
        let outputs = self.view.units().into_iter().map(|unit| unit.stream);
        self.view.follows().into_iter().chain(outputs).collect()
    }

    fn ensure(&mut self) {
        for stream in self.view.ensures() {
            if self.ensured.insert(stream.clone()) {
                // Nobody tells when a stream that is not followed is lost: it has to be looked at again.
                let again = (!self.view.follows().contains(&stream)).then_some(RECHECK);
                self.doing.push(Box::pin(ensure(self.bus.clone(), stream, again)));
            }
        }
    }

    /// The stream is not there (any more): if it is one that the view ensures, it is created again.
    pub fn vanished(&mut self, stream: &Stream) {
        self.ensured.remove(stream);
    }

    fn fetch(&mut self) {
        while let Some((store, digest)) = self.contents.begin() {
            let bus = self.bus.clone();
            self.doing.push(Box::pin(async move {
                Done::Fetched(store, digest, transfer::fetch(bus, (store, digest)).await)
            }));
        }
    }

    fn ask(&mut self) {
        for (key, payload) in self.view.asks() {
            self.say(key.subject(), payload);
        }
    }

    /// Sends a message, or drops it if the link has been away for long.
    pub fn say(&self, subject: impl Into<Subject>, payload: Bytes) {
        if !self.core.say(subject, payload) {
            self.hooks.stats.dropped.add(Loss::Unsent);
            tracing::debug!("a message was dropped: too many wait to be sent");
        }
    }

    fn done(&mut self, done: Done) {
        match done {
            Done::Written(written) => self.written(written),
            Done::Tenure(tenure) => self.tended(tenure),
            Done::Ensured(stream, result) => self.ensured(stream, result),
            Done::Fetched(store, digest, bytes) => {
                self.contents.fetched((store, digest));
                self.view.content(store, digest, bytes);
            }
        }
    }

    fn ensured(&mut self, stream: Stream, result: Result<(), Error>) {
        if let Err(error) = result {
            self.hooks.stats.not_created.add(Cause::of(&error));
            tracing::warn!(%stream, %error, "a stream cannot be created; trying again");
            self.ensured.remove(&stream);
        } else if !self.view.follows().contains(&stream) {
            self.ensured.remove(&stream);
        }
    }

    pub fn announce(&mut self, ready: bool) {
        if std::mem::replace(&mut self.ready, ready) != ready {
            (self.hooks.ready)(ready);
        }
    }

    /// Lets what is on the way arrive, then gives up the leases so that others need not wait for them.
    async fn leave(mut self) {
        let arrived = async {
            while self.units.work.values().any(|work| work.busy) || !self.units.attending.is_empty() {
                let Some(done) = self.doing.next().await else { return };
                self.done(done);
            }
        };
        let patient = tokio::time::timeout(FAREWELL, arrived).await.is_ok();
        let released = tokio::time::timeout(FAREWELL, self.release()).await.is_ok();
        if !patient || !released {
            tracing::warn!("left without releasing all leases; others take them when they have run out");
        }
    }
}

/// Creates `stream` if it is missing, then waits until it is time to look again.
async fn ensure(bus: Bus, stream: Stream, again: Option<Duration>) -> Done {
    let result = birth::ensure(&bus, &stream).await;
    let pause = if result.is_err() { Some(RETRY) } else { again };
    if let Some(pause) = pause {
        tokio::time::sleep(jitter(pause)).await;
    }
    Done::Ensured(stream, result)
}
