//! Objects in memory, by digest alone: for hosts of many agents.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use edge::{Entry, Inventory, Observed, Outcome};
use model::{BundleObject, Digest, ObjectKey, Phase, Rendered};
use tokio::sync::Notify;

use crate::Error;
use crate::sink::{Applied, Deleted, Sink, Sought, Task};

/// A location that takes everything and forgets it at its end.
#[derive(Debug, Default)]
pub struct Memory {
    /// Sorted by key, named by digest. What agents of one process have from the same bundle is there once.
    objects: Vec<Arc<BundleObject>>,
    /// Where the last one was found: the next one looked for is mostly behind it.
    last: usize,
    switch: Switch,
}

/// Makes all objects of a memory sink degraded, or healthy again.
#[derive(Clone, Debug, Default)]
pub struct Switch(Arc<Turned>);

#[derive(Debug, Default)]
struct Turned {
    degraded: AtomicBool,
    notify: Notify,
}

impl Switch {
    /// Degraded if it was healthy, healthy if it was degraded.
    pub fn flip(&self) {
        self.0.degraded.fetch_xor(true, Ordering::Relaxed);
        self.0.notify.notify_one();
    }

    /// Healthy; whether it was not.
    pub fn heal(&self) -> bool {
        let was = self.0.degraded.swap(false, Ordering::Relaxed);
        self.0.notify.notify_one();
        was
    }

    fn outcome(&self) -> Outcome {
        if self.0.degraded.load(Ordering::Relaxed) {
            return Outcome::new(Phase::Degraded, "Switched", "the load test has switched it off");
        }
        Outcome::healthy()
    }
}

impl Memory {
    /// What turns its objects' health.
    pub fn switch(&self) -> Switch {
        self.switch.clone()
    }

    fn find(&mut self, key: &ObjectKey) -> Result<usize, usize> {
        let next = self.last + 1;
        if self.objects.get(next).is_some_and(|there| *there.key == *key) {
            self.last = next;
            return Ok(next);
        }
        let found = self.search(key);
        self.last = found.unwrap_or(self.last);
        found
    }

    fn search(&self, key: &ObjectKey) -> Result<usize, usize> {
        self.objects.binary_search_by(|there| (*there.key).cmp(key))
    }
}

/// An object with what was really applied.
fn applied(object: &Arc<BundleObject>, content: Digest) -> Arc<BundleObject> {
    let content = Rendered::Blob(content);
    if object.content == content {
        return object.clone();
    }
    Arc::new(BundleObject { content, ..BundleObject::clone(object) })
}

impl Sink for Memory {
    async fn observe(
        &mut self,
        key: &ObjectKey,
        sought: Option<Sought<'_>>,
        _manifest: &mut (dyn FnMut() -> Option<Vec<u8>> + Send),
    ) -> Result<Observed, Error> {
        let Ok(at) = self.find(key) else { return Ok(Observed::Absent) };
        let agrees = sought.is_some_and(|sought| self.objects[at].content == Rendered::Blob(sought.content));
        Ok(Observed::Present { agrees, marked: true })
    }

    async fn apply(&mut self, tasks: Vec<Task<'_>>) -> Vec<Result<Applied, Error>> {
        let apply = |task: Task<'_>| {
            let applied = applied(&task.wish.object, Digest::of(&task.manifest));
            match self.find(task.key) {
                Ok(at) => self.objects[at] = applied,
                Err(at) => self.objects.insert(at, applied),
            }
            Ok(Applied { outcome: self.switch.outcome(), receipt: None })
        };
        tasks.into_iter().map(apply).collect()
    }

    async fn delete(&mut self, objects: Vec<(&Arc<ObjectKey>, &Entry)>) -> Vec<Result<Deleted, Error>> {
        let delete = |(key, _): (&Arc<ObjectKey>, &Entry)| {
            if let Ok(at) = self.find(key) {
                self.objects.remove(at);
            }
            Ok(Deleted::Gone)
        };
        objects.into_iter().map(delete).collect()
    }

    async fn settle(&mut self) -> Result<(), Error> {
        Ok(())
    }

    async fn health(&mut self, _key: &ObjectKey) -> Outcome {
        self.switch.outcome()
    }

    async fn live(&mut self, _key: &ObjectKey) -> Result<Option<Vec<u8>>, Error> {
        Ok(None)
    }

    async fn survey(&mut self) -> Result<Inventory, Error> {
        Ok(Inventory::default())
    }

    async fn changed(&mut self) {
        self.switch.0.notify.notified().await;
    }
}
