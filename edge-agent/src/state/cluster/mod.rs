//! State in the cluster that it is about: any pod of the agent may go on where another one stopped, and none can act on what
//! it remembers from another time.
//!
//! | Secret | what |
//! | --- | --- |
//! | `tributary.<location>.<part>` | one of the files of a state folder; the inventory is in several parts, and content in use that takes little is beside the document |
//! | `tributary.<location>.blob.<digest>.<chunk>` | other content in use, or what it is made from |
//!
//! What is written is collected, and stored by [`Cluster::flush`] before anything is acted on. Each part is replaced only as it
//! was last read or written here: an agent that has been succeeded by another one finds out by its next write.

mod beside;
mod blob;
mod content;
mod part;
mod request;

use std::collections::BTreeMap;

use edge::Inventory;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use k8s_openapi::api::core::v1::Secret;
use kube::api::{Api, ListParams};
use model::Digest;
use tokio::sync::watch;

use self::beside::Beside;
use self::part::{Content, Part};
pub use self::request::ensure_namespace;
use self::request::write;
use super::Blobs;
use super::entry::InventoryRecord;
use crate::Error;
use crate::sink::Cluster as Access;
use crate::sink::kubernetes::{ask, pages, patiently, refuses};

/// The part that says what content is in use.
pub const DOCUMENT: &str = "document";
/// The inventory is in so many parts: a change of one object writes one of them.
const SHARDS: usize = 4;
const PAGE: u32 = 50;
/// Requests at a time.
const ABREAST: usize = 8;

/// The Secrets of one location.
#[derive(Debug)]
pub struct Cluster {
    secrets: Api<Secret>,
    location: String,
    /// As they are stored, but for blobs.
    parts: BTreeMap<String, Part>,
    /// Versions of those that cannot be read.
    damaged: BTreeMap<String, String>,
    /// Content in use that goes with the document.
    beside: Beside,
    /// Content in Secrets of its own, with how many chunks.
    blobs: BTreeMap<Digest, u32>,
    /// What is to be stored.
    pending: BTreeMap<String, Vec<u8>>,
    /// Turns true once another agent has written a part.
    succeeded: watch::Sender<bool>,
}

impl Cluster {
    /// Reads all that is there; content in use is put into `blobs`.
    ///
    /// # Errors
    /// Where the API server does not let it read or write the Secrets of `namespace`.
    pub async fn open(access: &Access, namespace: &str, blobs: &mut Blobs) -> Result<Self, Error> {
        let mut state = Self {
            secrets: Api::namespaced(access.client.clone(), namespace),
            location: access.location.clone(),
            parts: BTreeMap::new(),
            damaged: BTreeMap::new(),
            beside: Beside::new(),
            blobs: BTreeMap::new(),
            pending: BTreeMap::new(),
            succeeded: watch::Sender::new(false),
        };
        let chunks = state.read().await?;
        state.blobs = blob::assemble(chunks, blobs);
        beside::unpack(&state.beside, blobs);
        state.take();
        Ok(state)
    }

    /// Reads the parts; chunks of blobs by digest.
    async fn read(&mut self) -> Result<blob::Chunks, Error> {
        let mut chunks = blob::Chunks::new();
        let params = ListParams::default().labels(&part::selector(&self.location)).limit(PAGE);
        let secrets = &self.secrets.clone();
        let list = |params| async move { patiently(|| ask(secrets.list(&params))).await };
        let mut pages = pages(params, list);
        while let Some((page, _)) = pages.try_next().await? {
            for secret in page {
                self.beside.extend(part::beside(&secret));
                match part::read(&secret) {
                    Some((_, Content::Blob(digest, index, chunk))) => {
                        chunks.entry(digest).or_default().insert(index, chunk);
                    }
                    Some((name, Content::Part(part))) => _ = self.parts.insert(name, part),
                    None => self.damaged.extend(part::damaged(&self.location, &secret)),
                }
            }
        }
        Ok(chunks)
    }

    /// Every part is stored again as it is: whoever had it before can no longer replace it.
    fn take(&mut self) {
        self.pending = self.parts.iter().map(|(name, part)| (name.clone(), part.content.clone())).collect();
    }

    /// Turns true once another agent has written a part.
    pub fn succeeded(&self) -> watch::Receiver<bool> {
        self.succeeded.subscribe()
    }

    /// What is remembered under this name.
    pub fn get(&self, name: &str) -> Option<&Vec<u8>> {
        let pending = self.pending.get(name);
        pending.or_else(|| self.parts.get(name).map(|part| &part.content))
    }

    /// The inventory, if all of its parts are there.
    pub fn inventory(&self) -> Option<Inventory> {
        let shard = |index| serde_json::from_slice::<InventoryRecord>(self.get(&shard_name(index))?).ok();
        let shards: Option<Vec<InventoryRecord>> = (0..SHARDS).map(shard).collect();
        let entries = shards?.into_iter().flat_map(|record| Inventory::from(record).entries);
        Some(Inventory { entries: entries.collect() })
    }

    pub fn put(&mut self, name: &str, content: Vec<u8>) {
        let same = self.parts.get(name).is_some_and(|part| part.content == content);
        if same && !self.pending.contains_key(name) {
            return;
        }
        self.pending.insert(name.to_owned(), content);
    }

    pub fn put_inventory(&mut self, inventory: &Inventory) {
        let mut shards = [const { Vec::new() }; SHARDS];
        for (key, entry) in &inventory.entries {
            shards[shard_of(key)].push((key, entry));
        }
        for (index, shard) in shards.into_iter().enumerate() {
            let record: InventoryRecord = shard.into_iter().collect();
            self.put(&shard_name(index), super::to_json(&record));
        }
    }

    /// Stores what is not stored yet.
    ///
    /// # Errors
    /// In the API server's words; what is not stored is tried again with the next call.
    pub async fn flush(&mut self) -> Result<(), Error> {
        let mut writing = Vec::new();
        for (name, content) in &self.pending {
            writing.push(write(&self.secrets, self.secret(name, content)));
        }
        let written: Vec<Result<String, Error>> = stream::iter(writing).buffered(ABREAST).collect().await;
        let mut failure = Ok(());
        for ((name, content), result) in std::mem::take(&mut self.pending).into_iter().zip(written) {
            match result {
                Ok(version) => _ = self.parts.insert(name, Part { version, content }),
                Err(error) => failure = Err(self.unwritten(name, content, error)),
            }
        }
        failure
    }

    /// A part as it is to be stored now.
    fn secret(&self, name: &str, content: &[u8]) -> Secret {
        let before = self.parts.get(name).map(|part| &part.version);
        let before = before.or_else(|| self.damaged.get(name)).map(String::as_str);
        let nothing = Beside::new();
        let beside = if name == DOCUMENT { &self.beside } else { &nothing };
        part::secret(&self.location, name, content, before, beside)
    }

    /// What is to be done about a part that was not stored.
    fn unwritten(&mut self, name: String, content: Vec<u8>, error: Error) -> Error {
        if matches!(error, Error::Succeeded) {
            self.succeeded.send_replace(true);
        }
        if refuses(&error, "NotFound") {
            // Somebody has deleted it: the next attempt makes it anew, unless somebody else has.
            self.parts.remove(&name);
            self.damaged.remove(&name);
        }
        self.pending.insert(name, content);
        error
    }
}

fn shard_name(index: usize) -> String {
    format!("inventory-{index}")
}

/// Stays with the object, whatever else there is.
fn shard_of(key: &model::ObjectKey) -> usize {
    let Digest([high, low, ..]) = Digest::of(key.to_string().as_bytes());
    usize::from(u16::from_be_bytes([high, low])) % SHARDS
}
