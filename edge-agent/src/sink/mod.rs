//! Where objects go. A sink carries out single steps and says what is there; it decides nothing.

mod directory;
mod memory;

use edge::{Entry, Inventory, Observed, Outcome, Wish};
use model::{Digest, ObjectKey};

pub use directory::{Directory, Watching};
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

/// One location's cluster, folder or memory.
///
/// Calls for different objects are independent of each other, and one that fails changes nothing or leaves what a
/// later observation tells.
pub trait Sink: Send + 'static {
    /// How the object is, compared with `sought`. `manifest` is asked for only where content has to be compared; it
    /// has none while a blob is missing.
    fn observe(
        &mut self,
        key: &ObjectKey,
        sought: Option<Sought<'_>>,
        manifest: &mut (dyn FnMut() -> Option<Vec<u8>> + Send),
    ) -> impl Future<Output = Result<Observed, Error>> + Send;

    /// Writes the manifest with Tributary's mark, and says how the object fares.
    fn apply(
        &mut self,
        key: &ObjectKey,
        wish: &Wish,
        manifest: &[u8],
    ) -> impl Future<Output = Result<Outcome, Error>> + Send;

    /// Deletes it; one that is not there is fine.
    fn delete(&mut self, key: &ObjectKey, entry: &Entry) -> impl Future<Output = Result<(), Error>> + Send;

    /// What was applied and deleted since the last call lasts, also over a power failure.
    fn settle(&mut self) -> impl Future<Output = Result<(), Error>> + Send;

    /// How an object fares that is as wished.
    fn health(&mut self, key: &ObjectKey) -> impl Future<Output = Outcome> + Send;

    /// The object as it is, as JSON.
    fn live(&mut self, key: &ObjectKey) -> impl Future<Output = Result<Option<Vec<u8>>, Error>> + Send;

    /// What carries this location's mark: an inventory for one that was lost.
    fn survey(&mut self) -> impl Future<Output = Result<Inventory, Error>> + Send;

    /// Returns when something may have changed that the agent did not do.
    fn changed(&mut self) -> impl Future<Output = ()> + Send;
}
