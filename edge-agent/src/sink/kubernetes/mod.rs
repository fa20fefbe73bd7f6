//! A Kubernetes cluster, by server-side apply.
//!
//! ```text
//!   prepare --kinds, watches--> Seen of each object <--changes-- API server
//!   observe <--------------------'      apply, delete --marked manifests-->
//! ```
//!
//! Which fields are Tributary's is what the API server's own account of them says (`metadata.managedFields`), and
//! whether they are still as they were written is told by that account alone: nothing is compared field by field, so that
//! defaults, other spellings of a value and what a webhook adds are never taken for drift.

mod apply;
mod cluster;
mod events;
mod hear;
mod kinds;
mod look;
mod mark;
mod meet;
mod named;
mod pages;
mod patience;
mod refusal;
mod rehearse;
mod remove;
mod seen;
mod survey;
mod terms;
mod trust;
mod watches;
mod why;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use edge::{Ended, Entry, Inventory, Observed, Outcome, Subject};
use kube::api::DynamicObject;
use model::ObjectKey;
use tokio::time::{Instant, sleep_until, timeout};

pub use self::cluster::Cluster;
pub(crate) use self::cluster::ask;
use self::kinds::{Kinds, Name};
use self::look::Stranger;
pub(crate) use self::pages::pages;
pub(crate) use self::patience::patiently;
pub(crate) use self::refusal::is as refuses;
use self::seen::{Seen, with_account};
use self::terms::AllTerms;
use self::watches::Watches;
use self::why::Inquiries;
use crate::Error;
use crate::sink::{About, Applied, Deleted, Events, Sink, Sought, Task};

/// How long a pass waits for what is there to be told.
const BEGIN: Duration = Duration::from_secs(10);

/// One location's cluster.
#[derive(Debug)]
pub struct Kubernetes {
    cluster: Cluster,
    kinds: Kinds,
    watches: Watches,
    /// What the watches have told, and what was answered when something was applied.
    seen: BTreeMap<ObjectKey, Seen>,
    /// Told since a watch began anew; the rest of its kind is gone.
    told: BTreeMap<Name, BTreeSet<ObjectKey>>,
    /// Kinds that are not served, or of which that cannot be told.
    unresolved: BTreeMap<Name, Error>,
    /// What ran once and is gone, and how it ended.
    finished: BTreeMap<ObjectKey, Option<Ended>>,
    /// Objects without the mark, as they were when this pass began or a little before.
    strangers: BTreeMap<ObjectKey, Stranger>,
    inquiries: Inquiries,
    terms: AllTerms,
    /// Something has changed that no pass has looked at.
    unseen: bool,
}

impl Kubernetes {
    /// Nothing is asked of the cluster before it is needed.
    pub fn new(cluster: Cluster) -> Self {
        Self {
            kinds: Kinds::new(cluster.clone()),
            cluster,
            watches: Watches::default(),
            seen: BTreeMap::new(),
            told: BTreeMap::new(),
            unresolved: BTreeMap::new(),
            finished: BTreeMap::new(),
            strangers: BTreeMap::new(),
            inquiries: Inquiries::default(),
            terms: AllTerms::default(),
            unseen: false,
        }
    }
}

fn is_of(key: &ObjectKey, kind: &kinds::Kind) -> bool {
    key.group == kind.resource.group && key.kind == kind.resource.kind
}

impl Sink for Kubernetes {
    const NAMESPACES: bool = true;

    async fn prepare(&mut self, subjects: &mut (dyn Iterator<Item = Subject<'_>> + Send), whole: bool) {
        let subjects: Vec<Subject<'_>> = subjects.collect();
        // What was told under other terms has to be told again.
        for key in self.terms.agree(&subjects, whole) {
            self.seen.remove(&key);
        }
        self.watch(&subjects, whole).await;
        // Where it takes longer, what is not known is left alone.
        timeout(BEGIN, self.begin()).await.ok();
        self.catch_up().await;
        self.meet(&subjects).await;
        self.unseen &= !whole;
    }

    async fn observe(
        &mut self,
        key: &ObjectKey,
        sought: Option<Sought<'_>>,
        manifest: &mut (dyn FnMut() -> Option<Vec<u8>> + Send),
    ) -> Result<Observed, Error> {
        self.compare(key, sought, manifest).await
    }

    async fn apply(&mut self, tasks: Vec<Task<'_>>) -> Vec<Result<Applied, Error>> {
        self.apply_all(tasks).await
    }

    async fn adopt(&mut self, task: Task<'_>) -> Result<Applied, Error> {
        // Its fields and its mark become Tributary's; no value changes.
        self.apply_one(task).await
    }

    async fn delete(&mut self, objects: Vec<(&Arc<ObjectKey>, &Entry)>) -> Vec<Result<Deleted, Error>> {
        self.delete_all(objects).await
    }

    async fn settle(&mut self) -> Result<(), Error> {
        Ok(())
    }

    async fn health(&mut self, key: &ObjectKey) -> Outcome {
        self.fares(key).await
    }

    fn ended(&self, key: &ObjectKey) -> Option<Ended> {
        self.seen.get(key)?.ended
    }

    async fn named(&mut self, key: ObjectKey) -> Result<ObjectKey, Error> {
        named::resolve(&self.cluster, key).await
    }

    async fn rehearse(&mut self, task: Task<'_>) -> Result<Option<Vec<u8>>, Error> {
        self.dry_run(&task).await.map(|object| Some(json(object)))
    }

    async fn events(&mut self, about: About<'_>) -> Result<Option<Events>, Error> {
        self.noted(about).await.map(Some)
    }

    fn rival(&self, key: &ObjectKey) -> Option<&str> {
        self.seen.get(key)?.rival.as_deref()
    }

    async fn live(&mut self, key: &ObjectKey) -> Result<Option<Vec<u8>>, Error> {
        let live = self.fetch(key).await?;
        Ok(live.map(json))
    }

    async fn survey(&mut self) -> Result<Inventory, Error> {
        survey::inventory(&self.cluster).await
    }

    async fn changed(&mut self) {
        while !self.unseen {
            let due = self.due();
            tokio::select! {
                told = self.watches.next() => self.unseen |= self.hear(told),
                () = until(due) => return,
            }
        }
    }
}

impl Kubernetes {
    /// When something has to be looked at that no watch tells.
    fn due(&self) -> Option<Instant> {
        let leaving = self.seen.values().filter_map(|seen| seen.leaving.as_ref()?.due());
        leaving.chain(self.inquiries.due()).chain(self.kinds.due()).chain(self.watches.due()).min()
    }
}

fn json(object: DynamicObject) -> Vec<u8> {
    with_account(object).to_string().into_bytes()
}

async fn until(due: Option<Instant>) {
    match due {
        Some(due) => sleep_until(due).await,
        None => std::future::pending().await,
    }
}
