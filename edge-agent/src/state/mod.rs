//! What the agent remembers, on disk or in its cluster before it acts on it.
//!
//! | file | what | when it is lost |
//! | --- | --- | --- |
//! | `identity` | starts so far, region, newest order per region | counted up past what the status rows tell |
//! | `document` | the newest document with its region | read again from the bus; until then everything is kept |
//! | `inventory` | what Tributary applied here | rebuilt from the marks that the sink's objects carry |
//! | `known` | placements reported so far | their withdrawal is told as far as the inventory knows of it |
//! | `blobs/` | content in use | fetched again |

mod blobs;
mod cluster;
mod entry;
mod folder;
mod record;
mod shelf;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use bytes::Bytes;
use edge::{Inventory, Known};
use model::{Digest, Order, Patch, PlacementKey};
use serde::{Serialize, de::DeserializeOwned};

pub use blobs::Blobs;
pub use cluster::{Cluster, ensure_namespace};
pub use folder::{Folder, Found};
pub use shelf::Shelf;

use crate::Error;
use entry::InventoryRecord;
use record::{IdentityRecord, PlacementRecord, known, known_record};

/// Who the agent is and how far it has come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// Starts of the agent; this one included.
    pub boot: u64,
    /// The region that the agent was configured with when `region` was remembered.
    pub home: String,
    /// The region that it is in now: documents may move it.
    pub region: String,
    /// The newest document of each region that it was in. Regions count apart.
    pub orders: BTreeMap<String, Order>,
}

/// The newest document, and the region that it is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    pub region: String,
    pub document: Bytes,
}

/// What was remembered; `None`: never stored, or lost.
#[derive(Debug, Default)]
pub struct Remembered {
    pub identity: Option<Identity>,
    pub stored: Option<Stored>,
    pub inventory: Option<Inventory>,
    pub known: Option<BTreeMap<PlacementKey, Known>>,
}

/// The content that the document in force uses.
#[derive(Debug)]
pub struct InUse<'a> {
    pub used: &'a BTreeSet<Digest>,
    /// How some of it follows from other content, as the document tells.
    pub patches: BTreeMap<Digest, &'a Patch>,
    pub blobs: &'a mut Blobs,
}

/// Where it is remembered.
#[derive(Debug)]
pub enum State {
    Folder(Folder),
    /// In the cluster, so that whichever pod acts has it.
    Cluster(Box<Cluster>),
    /// Nowhere: an agent that plays one, with a sink that forgets as well. `boot` is larger with each life.
    Nowhere {
        boot: u64,
    },
}

impl State {
    /// Takes the folder for this process.
    pub fn open(folder: &Path) -> Result<(Self, Blobs), Error> {
        let folder = Folder::open(folder)?;
        let blobs = Blobs::open(&folder.path("blobs"))?;
        Ok((Self::Folder(folder), blobs))
    }

    /// Takes up what the cluster holds of this location. `cache`: a folder for content, which can be lost.
    pub async fn in_cluster(
        access: &crate::sink::Cluster,
        namespace: &str,
        cache: Option<&Path>,
    ) -> Result<(Self, Blobs), Error> {
        let mut blobs =
            cache.map_or_else(|| Ok(Blobs::default()), |cache| Blobs::open(&cache.join("blobs")))?;
        let cluster = Cluster::open(access, namespace, &mut blobs).await?;
        Ok((Self::Cluster(Box::new(cluster)), blobs))
    }

    /// Returns when another agent has written what is remembered, so that this one no longer acts on the newest.
    pub fn succeeded(&self) -> impl Future<Output = ()> + use<> {
        let told = match self {
            Self::Cluster(cluster) => Some(cluster.succeeded()),
            Self::Folder(_) | Self::Nowhere { .. } => None,
        };
        async {
            match told {
                // Told, or nobody can be any more.
                Some(mut told) => _ = told.wait_for(|succeeded| *succeeded).await.ok(),
                None => std::future::pending().await,
            }
        }
    }

    /// All that is intact.
    pub fn load(&self) -> Result<Remembered, Error> {
        if let Self::Nowhere { boot } = self {
            let identity = Identity { boot: boot.saturating_sub(1), ..Identity::default() };
            return Ok(Remembered { identity: Some(identity), ..Remembered::default() });
        }
        Ok(Remembered {
            identity: self.json::<IdentityRecord>("identity")?.map(Identity::from),
            stored: self.bytes("document")?.and_then(Stored::parse),
            inventory: self.inventory()?,
            known: self.json::<Vec<PlacementRecord>>("known")?.map(known),
        })
    }

    fn inventory(&self) -> Result<Option<Inventory>, Error> {
        match self {
            Self::Cluster(cluster) => Ok(cluster.inventory()),
            _ => Ok(self.json::<InventoryRecord>("inventory")?.map(Inventory::from)),
        }
    }

    pub fn save_identity(&mut self, identity: &Identity) -> Result<(), Error> {
        self.write("identity", || to_json(&IdentityRecord::from(identity)))
    }

    pub fn save_document(&mut self, stored: &Stored) -> Result<(), Error> {
        self.write("document", || stored.to_bytes())
    }

    pub fn save_inventory(&mut self, inventory: &Inventory) -> Result<(), Error> {
        match self {
            Self::Cluster(cluster) => {
                cluster.put_inventory(inventory);
                Ok(())
            }
            _ => self.write("inventory", || to_json(&InventoryRecord::from(inventory))),
        }
    }

    pub fn save_known(&mut self, known: &BTreeMap<PlacementKey, Known>) -> Result<(), Error> {
        self.write("known", || to_json(&known_record(known)))
    }

    /// What was saved is stored when this returns, with all content in use.
    ///
    /// # Errors
    /// Where it is not; it is tried again with the next call.
    pub async fn flush(&mut self, in_use: Option<InUse<'_>>) -> Result<(), Error> {
        let Self::Cluster(cluster) = self else { return Ok(()) };
        if let Some(in_use) = in_use {
            cluster.keep(in_use).await?;
        }
        cluster.flush().await
    }

    /// Content that is not in use need not be stored.
    pub async fn drop_unused(&mut self, used: &BTreeSet<Digest>) {
        if let Self::Cluster(cluster) = self {
            cluster.drop_unused(used).await;
        }
    }

    fn bytes(&self, name: &str) -> Result<Option<Vec<u8>>, Error> {
        match self {
            Self::Nowhere { .. } => Ok(None),
            Self::Cluster(cluster) => Ok(cluster.get(name).cloned()),
            Self::Folder(folder) => Ok(match folder.read(name)? {
                Found::Intact(bytes) => Some(bytes),
                Found::Absent | Found::Damaged => None,
            }),
        }
    }

    fn json<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, Error> {
        Ok(self.bytes(name)?.and_then(|bytes| serde_json::from_slice(&bytes).ok()))
    }

    fn write(&mut self, name: &str, content: impl FnOnce() -> Vec<u8>) -> Result<(), Error> {
        match self {
            Self::Nowhere { .. } => Ok(()),
            Self::Cluster(cluster) => {
                cluster.put(name, content());
                Ok(())
            }
            Self::Folder(folder) => folder.write(name, &content()),
        }
    }
}

fn to_json<T: Serialize>(value: &T) -> Vec<u8> {
    serde_json::to_vec(value).expect("records have string keys and no own serializers")
}

impl Stored {
    fn parse(bytes: Vec<u8>) -> Option<Self> {
        let end = bytes.iter().position(|&byte| byte == b'\n')?;
        let region = std::str::from_utf8(&bytes[..end]).ok()?.to_owned();
        Some(Self { region, document: Bytes::from(bytes).slice(end + 1..) })
    }

    fn to_bytes(&self) -> Vec<u8> {
        [self.region.as_bytes(), b"\n", &self.document].concat()
    }
}
