//! Where objects go. A sink carries out single steps and says what is there; it decides nothing.

mod directory;
pub(crate) mod kubernetes;
mod memory;

use std::sync::Arc;

use bytes::Bytes;
use edge::{Ended, Entry, Inventory, Observed, Outcome, Receipt, Subject, Wish};
use model::{Digest, ObjectKey};
use wire::bus::ClusterEvent;

pub use directory::{Directory, Watching};
pub use kubernetes::{Cluster, Kubernetes};
pub use memory::{Memory, Switch};

use crate::Error;

/// What an object is compared with.
#[derive(Clone, Copy, Debug)]
pub struct Sought<'a> {
    pub wish: &'a Wish,
    pub content: Digest,
    /// It is in the inventory, as this.
    pub entry: Option<&'a Entry>,
}

/// What is to be written.
#[derive(Clone, Debug)]
pub struct Task<'a> {
    pub key: &'a Arc<ObjectKey>,
    pub wish: &'a Wish,
    pub manifest: Bytes,
}

/// What came of it.
#[derive(Debug)]
pub struct Applied {
    pub outcome: Outcome,
    /// For the inventory; a sink that can tell what it wrote from the object itself needs none.
    pub receipt: Option<Receipt>,
}

/// What came of a deletion.
#[derive(Debug)]
pub enum Deleted {
    Gone,
    /// It goes once somebody else has finished with it.
    Leaving(Outcome),
}

/// Which events are asked for.
#[derive(Clone, Copy, Debug)]
pub struct About<'a> {
    /// Those of this object and of what belongs to it; `None`: of all that Tributary applied.
    pub object: Option<&'a ObjectKey>,
    pub warnings_only: bool,
}

/// What a cluster has noted.
#[derive(Debug, Default)]
pub struct Events {
    /// Newest last.
    pub events: Vec<ClusterEvent>,
    /// What is missing among them, for people.
    pub notes: Vec<String>,
}

/// One location's cluster, folder or memory.
///
/// Calls for different objects are independent of each other, and one that fails changes nothing or leaves what a
/// later observation tells.
pub trait Sink: Send + 'static {
    /// Whether objects need a namespace that exists.
    const NAMESPACES: bool = false;

    /// Told before each pass what it is going to look at; `whole`: that is all that there is.
    fn prepare(
        &mut self,
        _subjects: &mut (dyn Iterator<Item = Subject<'_>> + Send),
        _whole: bool,
    ) -> impl Future<Output = ()> + Send {
        async {}
    }

    /// How the object is, compared with `sought`. `manifest` is asked for only where content has to be compared; it
    /// has none while a blob is missing.
    fn observe(
        &mut self,
        key: &ObjectKey,
        sought: Option<Sought<'_>>,
        manifest: &mut (dyn FnMut() -> Option<Vec<u8>> + Send),
    ) -> impl Future<Output = Result<Observed, Error>> + Send;

    /// Writes manifests that do not wait for each other with Tributary's mark, and says how each object fares, in their
    /// order.
    fn apply(&mut self, tasks: Vec<Task<'_>>) -> impl Future<Output = Vec<Result<Applied, Error>>> + Send;

    /// Takes an object over that is there and agrees with what is wished.
    fn adopt(&mut self, task: Task<'_>) -> impl Future<Output = Result<Applied, Error>> + Send {
        async move { Ok(Applied { outcome: self.health(task.key).await, receipt: None }) }
    }

    /// Deletes objects that do not wait for each other; one that is not there is fine.
    fn delete(
        &mut self,
        objects: Vec<(&Arc<ObjectKey>, &Entry)>,
    ) -> impl Future<Output = Vec<Result<Deleted, Error>>> + Send;

    /// What was applied and deleted since the last call lasts, also over a power failure.
    fn settle(&mut self) -> impl Future<Output = Result<(), Error>> + Send;

    /// How an object fares that is as wished.
    fn health(&mut self, key: &ObjectKey) -> impl Future<Output = Outcome> + Send;

    /// How it ended, of what runs once.
    fn ended(&self, _key: &ObjectKey) -> Option<Ended> {
        None
    }

    /// Who else has changed an object last, if that can be told.
    fn rival(&self, _key: &ObjectKey) -> Option<&str> {
        None
    }

    /// The object that somebody means who writes its kind in another way: `deploy`, `deployments`.
    fn named(&mut self, key: ObjectKey) -> impl Future<Output = Result<ObjectKey, Error>> + Send {
        async { Ok(key) }
    }

    /// The object as it would be were the task carried out now, as JSON; `None`: this sink cannot tell.
    fn rehearse(&mut self, _task: Task<'_>) -> impl Future<Output = Result<Option<Vec<u8>>, Error>> + Send {
        async { Ok(None) }
    }

    /// What has been noted about objects; `None`: nobody notes anything here.
    fn events(&mut self, _about: About<'_>) -> impl Future<Output = Result<Option<Events>, Error>> + Send {
        async { Ok(None) }
    }

    /// The object as it is, as JSON, with the account of who owns which field where there is one.
    fn live(&mut self, key: &ObjectKey) -> impl Future<Output = Result<Option<Vec<u8>>, Error>> + Send;

    /// What carries this location's mark: an inventory for one that was lost.
    fn survey(&mut self) -> impl Future<Output = Result<Inventory, Error>> + Send;

    /// Returns when something may have changed that the agent did not do.
    fn changed(&mut self) -> impl Future<Output = ()> + Send;
}
