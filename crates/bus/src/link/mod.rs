//! The agent's side: one location's document, content, reports and questions.
//!
//! ```text
//!   trib.v1.dn.<region>.<location>  --ears--> [ slot ] --next()--> agent      newest document wins
//!   trib.v1.ask.<region>.<location> --ears--> [ slot ]                        a few wait, older ones are dropped
//!   agent --get_desired, get_blob, put_status, alive, answer--> server        refused at once while the link is away
//! ```
//!
//! An agent needs no consumer and no rights beyond its own subjects: a subscription to the republished document, direct
//! gets with the subject in the request's subject, compare-and-set on its own status rows. Nothing is queued while the
//! link is away: the agent has what it would send, and sends the newest of it when [`Inbound::Connected`] comes.

mod attachment;
mod ears;
mod repair;
mod slot;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::{Semaphore, watch};

use crate::connection::{CAPACITY, Connection, Habit, Session};
use crate::follow::Task;
use crate::{Error, Options};
pub use attachment::Attachment;
use ears::Ears;
use slot::Slot;
pub use slot::{Inbound, Reply};

/// A fleet loses its server in one moment: spread over a second at first, over two minutes when it stays away.
const HABIT: Habit = Habit {
    background: true,
    ping: Duration::from_secs(60),
    first: Duration::from_millis(700),
    pause: Duration::from_secs(60),
    capacity: CAPACITY,
};
/// Requests in flight on one link: a host of many agents would starve its own answers (more gained nothing when it was
/// measured).
const IN_FLIGHT: usize = 1000;

/// How documents and questions are subscribed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Each location's own subjects: all that an agent is allowed.
    Exact,
    /// One wildcard for each region, told apart here: for hosts of many agents, who would otherwise pay 5 kB for each.
    Hosting,
}

/// A connection for one agent or for many. Clones share it.
#[derive(Clone, Debug)]
pub struct Link {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    connection: Connection,
    mode: Mode,
    permits: Semaphore,
    next: AtomicU64,
    attached: Arc<Attached>,
    /// Of hosts of many agents, by region; gone with the region's last attachment.
    shared: Mutex<BTreeMap<String, Weak<Ears>>>,
    _watch: Task,
    _repair: Task,
}

/// The slots to be told of the connection.
#[derive(Debug, Default)]
struct Attached(Mutex<BTreeMap<u64, Weak<Slot>>>);

impl Link {
    /// Returns at once; the connection is made, and made again, in the background. Fails only if `options` are wrong.
    pub async fn connect(options: Options, mode: Mode) -> Result<Self, Error> {
        Self::open(options, mode, HABIT).await
    }

    async fn open(options: Options, mode: Mode, habit: Habit) -> Result<Self, Error> {
        let connection = Connection::open(&options, habit).await?;
        let attached = Arc::<Attached>::default();
        let watching = Task::spawn(watch(connection.session(), attached.clone()));
        let repairing = Task::spawn(repair::run(connection.clone(), attached.clone()));
        let inner = Inner {
            connection,
            mode,
            permits: Semaphore::new(IN_FLIGHT),
            next: AtomicU64::new(0),
            attached,
            shared: Mutex::default(),
            _watch: watching,
            _repair: repairing,
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// The end for one location. [`Inbound::Connected`] comes when its subscriptions stand.
    pub fn attach(&self, region: &str, location: &str) -> Attachment {
        Attachment::new(self.clone(), region, location)
    }

    /// Messages that were dropped because they came faster than this process took them in. Whoever may have lost a document by
    /// that reads it again; a question that was lost is asked again.
    pub fn dropped(&self) -> u64 {
        *self.inner.connection.dropped().borrow()
    }

    /// Breaks the connection, as a network does; it is made again as after any loss.
    pub async fn break_off(&self) {
        if let Err(error) = self.inner.connection.client.force_reconnect().await {
            tracing::warn!(%error, "the connection cannot be broken");
        }
    }

    fn ears(&self, region: &str, location: &str) -> Arc<Ears> {
        let client = &self.inner.connection.client;
        if self.inner.mode == Mode::Exact {
            return Arc::new(Ears::exact(client, region, location));
        }
        let mut shared = lock(&self.inner.shared);
        shared.retain(|_, ears| ears.strong_count() > 0);
        if let Some(ears) = shared.get(region).and_then(Weak::upgrade) {
            return ears;
        }
        let ears = Arc::new(Ears::hosting(client, region));
        shared.insert(region.to_owned(), Arc::downgrade(&ears));
        ears
    }

    fn number(&self) -> u64 {
        self.inner.next.fetch_add(1, Ordering::Relaxed)
    }
}

impl Attached {
    /// Tells `slot` from now on, beginning with how things are.
    fn join(&self, number: u64, slot: &Arc<Slot>, session: &watch::Receiver<Session>) {
        let mut slots = lock(&self.0);
        slots.insert(number, Arc::downgrade(slot));
        if session.borrow().up {
            slot.connection(true);
        }
    }

    fn leave(&self, number: u64) {
        lock(&self.0).remove(&number);
    }
}

async fn watch(mut session: watch::Receiver<Session>, attached: Arc<Attached>) {
    while session.changed().await.is_ok() {
        let mut slots = lock(&attached.0);
        let up = session.borrow_and_update().up;
        slots.retain(|_, slot| slot.upgrade().map(|slot| slot.connection(up)).is_some());
    }
}

/// Nothing that these locks guard can be left half changed by a panic.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
