//! The state's files as JSON: people read them when something is wrong.

use std::collections::BTreeMap;
use std::sync::Arc;

use edge::{Entry, Inventory, Known, Owner};
use model::{Deletion, Digest, ObjectKey, Order, PlacementKey};
use serde::{Deserialize, Serialize};

use super::Identity;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IdentityRecord {
    boot: u64,
    home: String,
    region: String,
    /// By region: (epoch, revision).
    orders: BTreeMap<String, (u64, u64)>,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct InventoryRecord {
    objects: Vec<EntryRecord>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct EntryRecord {
    object: ObjectKey,
    version: String,
    content: Option<String>,
    owners: Vec<PlacementRecord>,
    deletion: Deletion,
    adopted: bool,
}

/// A placement under the uid, and perhaps the rollout number, by which it is known here.
#[derive(Debug, Serialize, Deserialize)]
pub struct PlacementRecord {
    placement: PlacementKey,
    uid: String,
    #[serde(default)]
    rollout: u64,
}

impl From<&Identity> for IdentityRecord {
    fn from(identity: &Identity) -> Self {
        let order = |(region, order): (&String, &Order)| (region.clone(), (order.epoch, order.revision));
        Self {
            boot: identity.boot,
            home: identity.home.clone(),
            region: identity.region.clone(),
            orders: identity.orders.iter().map(order).collect(),
        }
    }
}

impl From<IdentityRecord> for Identity {
    fn from(record: IdentityRecord) -> Self {
        let order = |(region, (epoch, revision))| (region, Order { epoch, revision });
        Self {
            boot: record.boot,
            home: record.home,
            region: record.region,
            orders: record.orders.into_iter().map(order).collect(),
        }
    }
}

impl From<&Inventory> for InventoryRecord {
    fn from(inventory: &Inventory) -> Self {
        let entry = |(key, entry): (&Arc<ObjectKey>, &Entry)| EntryRecord {
            object: ObjectKey::clone(key),
            version: entry.version.clone(),
            content: entry.content.map(|digest| digest.to_string()),
            owners: entry.owners.iter().map(owner_record).collect(),
            deletion: entry.deletion,
            adopted: entry.adopted,
        };
        Self { objects: inventory.entries.iter().map(entry).collect() }
    }
}

impl From<InventoryRecord> for Inventory {
    fn from(record: InventoryRecord) -> Self {
        let entry = |record: EntryRecord| {
            let entry = Entry {
                version: record.version,
                content: record.content.and_then(|hex| Digest::from_hex(&hex)),
                owners: Arc::new(record.owners.into_iter().map(owner).collect()),
                deletion: record.deletion,
                adopted: record.adopted,
            };
            (Arc::new(record.object), entry)
        };
        Self { entries: record.objects.into_iter().map(entry).collect() }
    }
}

fn owner_record(owner: &Owner) -> PlacementRecord {
    PlacementRecord { placement: owner.placement.clone(), uid: owner.uid.clone(), rollout: 0 }
}

fn owner(record: PlacementRecord) -> Owner {
    Owner { placement: record.placement, uid: record.uid }
}

pub fn known_record(known: &BTreeMap<PlacementKey, Known>) -> Vec<PlacementRecord> {
    let record = |(placement, known): (&PlacementKey, &Known)| PlacementRecord {
        placement: placement.clone(),
        uid: known.uid.clone(),
        rollout: known.rollout,
    };
    known.iter().map(record).collect()
}

pub fn known(records: Vec<PlacementRecord>) -> BTreeMap<PlacementKey, Known> {
    let known =
        |record: PlacementRecord| (record.placement, Known { uid: record.uid, rollout: record.rollout });
    records.into_iter().map(known).collect()
}
