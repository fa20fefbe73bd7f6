//! Objects in memory, by digest alone: for hosts of many agents.

use std::collections::HashMap;

use edge::{Entry, Inventory, Observed, Outcome, Wish};
use model::{Digest, ObjectKey};

use crate::Error;
use crate::sink::{Sink, Sought};

/// A location that takes everything and forgets it at its end.
#[derive(Debug, Default)]
pub struct Memory {
    objects: HashMap<ObjectKey, Digest>,
}

impl Sink for Memory {
    async fn observe(
        &mut self,
        key: &ObjectKey,
        sought: Option<Sought<'_>>,
        _manifest: &mut (dyn FnMut() -> Option<Vec<u8>> + Send),
    ) -> Result<Observed, Error> {
        let Some(there) = self.objects.get(key) else { return Ok(Observed::Absent) };
        let agrees = sought.is_some_and(|sought| sought.content == *there);
        Ok(Observed::Present { agrees, marked: true })
    }

    async fn apply(&mut self, key: &ObjectKey, _wish: &Wish, manifest: &[u8]) -> Result<Outcome, Error> {
        self.objects.insert(key.clone(), Digest::of(manifest));
        Ok(Outcome::healthy())
    }

    async fn delete(&mut self, key: &ObjectKey, _entry: &Entry) -> Result<(), Error> {
        self.objects.remove(key);
        Ok(())
    }

    async fn settle(&mut self) -> Result<(), Error> {
        Ok(())
    }

    async fn health(&mut self, _key: &ObjectKey) -> Outcome {
        Outcome::healthy()
    }

    async fn live(&mut self, _key: &ObjectKey) -> Result<Option<Vec<u8>>, Error> {
        Ok(None)
    }

    async fn survey(&mut self) -> Result<Inventory, Error> {
        Ok(Inventory::default())
    }

    async fn changed(&mut self) {
        std::future::pending().await
    }
}
