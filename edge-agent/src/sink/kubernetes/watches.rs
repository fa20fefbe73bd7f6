//! Watches on the kinds that there are objects of, restricted to what carries this location's label.

mod news;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures::StreamExt as _;
use futures::stream::BoxStream;
use model::ObjectKey;
use tokio::time::Instant;

pub use self::news::{Change, News};
use self::news::{changes, definitions, later};
use super::cluster::Cluster;
use super::kinds::{Kind, Name};
use super::trust::State;
use crate::error::Refusal;
use crate::timing;

/// Before a watch begins anew.
const FIRST: Duration = Duration::from_millis(200);
const LONGEST: Duration = Duration::from_secs(30);

/// The watch on one kind.
struct Watch {
    cluster: Cluster,
    kind: Arc<Kind>,
    whole: bool,
    changes: BoxStream<'static, Change>,
    state: State,
    /// In a row, of what had begun.
    failures: u32,
}

/// What is told.
#[derive(Debug)]
pub enum Told {
    Of(Arc<Kind>, Change),
    /// Definitions of kinds have come, gone or changed.
    Definitions,
}

/// All watches.
#[derive(Default)]
pub struct Watches {
    watches: BTreeMap<Name, Watch>,
    /// While kinds are lacked: something for each change of a definition, whoever made it.
    definitions: Option<BoxStream<'static, ()>>,
}

impl std::fmt::Debug for Watches {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.watches.keys()).finish()
    }
}

impl Watches {
    /// Watches this kind from now on. `whole`: also what is not metadata.
    pub fn start(&mut self, cluster: &Cluster, kind: &Arc<Kind>, whole: bool) {
        self.watches.entry(kind.name()).or_insert_with(|| Watch {
            changes: changes(cluster, kind, whole),
            cluster: cluster.clone(),
            kind: kind.clone(),
            whole,
            state: State::Starting,
            failures: 0,
        });
    }

    /// Ends the watches on kinds that nobody needs; their kinds.
    pub fn retain(&mut self, needed: impl Fn(&Name) -> bool) -> Vec<Arc<Kind>> {
        let dropped = self.watches.extract_if(.., |name, _| !needed(name));
        dropped.map(|(_, watch)| watch.kind).collect()
    }

    /// Why nothing can be told of objects of this kind; `None`: all that is there is known, or nobody watches.
    pub fn trouble(&self, key: &ObjectKey) -> Option<Refusal> {
        let watch = self.of(key)?;
        watch.state.trouble(&key.kind)
    }

    pub fn is_watched(&self, name: &Name) -> bool {
        self.watches.contains_key(name)
    }

    /// The kind of this name, if it is watched.
    pub fn kind(&self, name: &Name) -> Option<&Arc<Kind>> {
        self.watches.get(name).map(|watch| &watch.kind)
    }

    /// The kind of an object, if it is watched.
    pub fn kind_of(&self, key: &ObjectKey) -> Option<&Arc<Kind>> {
        self.of(key).map(|watch| &watch.kind)
    }

    fn of(&self, key: &ObjectKey) -> Option<&Watch> {
        self.watches.values().find(|watch| super::is_of(key, &watch.kind))
    }

    /// When a watch that is blind has been so for too long.
    pub fn due(&self) -> Option<Instant> {
        self.watches.values().filter_map(|watch| watch.state.due()).min()
    }

    /// Watches definitions of kinds from now on, or no longer.
    pub fn watch_definitions(&mut self, cluster: &Cluster, needed: bool) {
        match (needed, &self.definitions) {
            (true, None) => self.definitions = Some(definitions(cluster)),
            (false, Some(_)) => self.definitions = None,
            _ => {}
        }
    }

    /// Whether each has told what is there, or cannot.
    pub fn have_begun(&self) -> bool {
        self.watches.values().all(|watch| !matches!(watch.state, State::Starting))
    }

    /// The next change of any kind.
    pub async fn next(&mut self) -> Told {
        std::future::poll_fn(|context| self.poll(context)).await
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Told> {
        if let Some(definitions) = &mut self.definitions
            && definitions.poll_next_unpin(context).is_ready()
        {
            return Poll::Ready(Told::Definitions);
        }
        for watch in self.watches.values_mut() {
            if let Poll::Ready(Some(change)) = watch.changes.poll_next_unpin(context) {
                watch.note(&change);
                return Poll::Ready(Told::Of(watch.kind.clone(), change));
            }
        }
        Poll::Pending
    }
}

impl Watch {
    fn note(&mut self, change: &Change) {
        match change {
            Change::Told => self.state.told(),
            Change::Blind(refusal) => {
                // One that has begun does not say when it goes on: it begins anew, after a while.
                if self.state.has_begun() {
                    self.failures = if self.state.is_trusted() { 0 } else { self.failures.saturating_add(1) };
                    let pause = timing::backoff(FIRST, LONGEST, self.failures);
                    self.changes = later(pause, changes(&self.cluster, &self.kind, self.whole));
                }
                self.state = self.state.blinded(refusal.clone());
            }
            Change::There(_) | Change::Gone(_) | Change::Begun | Change::Broken => {}
        }
    }
}
