//! What the agent remembers, on disk before it acts on it.
//!
//! | file | what | when it is lost |
//! | --- | --- | --- |
//! | `identity` | starts so far, region, newest order per region | counted up past what the status rows tell |
//! | `document` | the newest document with its region | read again from the bus; until then everything is kept |
//! | `inventory` | what Tributary applied here | rebuilt from the marks that the sink's objects carry |
//! | `known` | placements reported so far | their withdrawal is told as far as the inventory knows of it |
//! | `blobs/` | content in use | fetched again |

mod blobs;
mod folder;
mod record;
mod shelf;

use std::collections::BTreeMap;
use std::path::Path;

use bytes::Bytes;
use edge::{Inventory, Known};
use model::{Order, PlacementKey};
use serde::{Serialize, de::DeserializeOwned};

pub use blobs::Blobs;
pub use folder::{Folder, Found};
pub use shelf::Shelf;

use crate::Error;
use record::{IdentityRecord, InventoryRecord, PlacementRecord, known, known_record};

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

/// Where it is remembered.
#[derive(Debug)]
pub enum State {
    Folder(Folder),
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

    /// All that is intact.
    pub fn load(&self) -> Result<Remembered, Error> {
        if let Self::Nowhere { boot } = self {
            let identity = Identity { boot: boot.saturating_sub(1), ..Identity::default() };
            return Ok(Remembered { identity: Some(identity), ..Remembered::default() });
        }
        Ok(Remembered {
            identity: self.json::<IdentityRecord>("identity")?.map(Identity::from),
            stored: self.bytes("document")?.and_then(Stored::parse),
            inventory: self.json::<InventoryRecord>("inventory")?.map(Inventory::from),
            known: self.json::<Vec<PlacementRecord>>("known")?.map(known),
        })
    }

    pub fn save_identity(&self, identity: &Identity) -> Result<(), Error> {
        self.write_json("identity", || IdentityRecord::from(identity))
    }

    pub fn save_document(&self, stored: &Stored) -> Result<(), Error> {
        self.write("document", || stored.to_bytes())
    }

    pub fn save_inventory(&self, inventory: &Inventory) -> Result<(), Error> {
        self.write_json("inventory", || InventoryRecord::from(inventory))
    }

    pub fn save_known(&self, known: &BTreeMap<PlacementKey, Known>) -> Result<(), Error> {
        self.write_json("known", || known_record(known))
    }

    fn bytes(&self, name: &str) -> Result<Option<Vec<u8>>, Error> {
        match self {
            Self::Nowhere { .. } => Ok(None),
            Self::Folder(folder) => Ok(match folder.read(name)? {
                Found::Intact(bytes) => Some(bytes),
                Found::Absent | Found::Damaged => None,
            }),
        }
    }

    fn json<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, Error> {
        Ok(self.bytes(name)?.and_then(|bytes| serde_json::from_slice(&bytes).ok()))
    }

    fn write_json<T: Serialize>(&self, name: &str, value: impl FnOnce() -> T) -> Result<(), Error> {
        self.write(name, || {
            serde_json::to_vec(&value()).expect("records have string keys and no own serializers")
        })
    }

    fn write(&self, name: &str, content: impl FnOnce() -> Vec<u8>) -> Result<(), Error> {
        match self {
            Self::Nowhere { .. } => Ok(()),
            Self::Folder(folder) => folder.write(name, &content()),
        }
    }
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
