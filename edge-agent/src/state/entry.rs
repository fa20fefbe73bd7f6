//! The inventory as JSON.

use std::sync::Arc;

use edge::{Ended, Entry, Inventory, Receipt};
use model::{Deletion, Digest, ObjectKey};
use serde::{Deserialize, Serialize};

use super::record::PlacementRecord;

/// An inventory, or a part of one.
#[derive(Debug, Default, Serialize, Deserialize)]
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
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    implied: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    receipt: Option<ReceiptRecord>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ended: Option<EndedRecord>,
}

#[derive(Debug, Serialize, Deserialize)]
struct ReceiptRecord {
    uid: String,
    fields: u64,
    #[serde(default, skip_serializing_if = "is_zero")]
    ignored: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde wants it so")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

#[derive(Debug, Serialize, Deserialize)]
enum EndedRecord {
    Succeeded,
    Failed,
}

impl<'a> FromIterator<(&'a Arc<ObjectKey>, &'a Entry)> for InventoryRecord {
    fn from_iter<I: IntoIterator<Item = (&'a Arc<ObjectKey>, &'a Entry)>>(entries: I) -> Self {
        Self { objects: entries.into_iter().map(|(key, entry)| EntryRecord::of(key, entry)).collect() }
    }
}

impl From<&Inventory> for InventoryRecord {
    fn from(inventory: &Inventory) -> Self {
        inventory.entries.iter().collect()
    }
}

impl From<InventoryRecord> for Inventory {
    fn from(record: InventoryRecord) -> Self {
        Self { entries: record.objects.into_iter().map(EntryRecord::entry).collect() }
    }
}

impl EntryRecord {
    fn of(key: &ObjectKey, entry: &Entry) -> Self {
        let receipt = |receipt: &Receipt| ReceiptRecord {
            uid: receipt.uid.clone(),
            fields: receipt.fields,
            ignored: receipt.ignored,
        };
        Self {
            object: key.clone(),
            version: entry.version.clone(),
            content: entry.content.map(|digest| digest.to_string()),
            owners: entry.owners.iter().map(PlacementRecord::from).collect(),
            deletion: entry.deletion,
            adopted: entry.adopted,
            implied: entry.implied,
            receipt: entry.receipt.as_deref().map(receipt),
            ended: entry.ended.map(EndedRecord::from),
        }
    }

    fn entry(self) -> (Arc<ObjectKey>, Entry) {
        let receipt = |record: ReceiptRecord| {
            Box::new(Receipt { uid: record.uid, fields: record.fields, ignored: record.ignored })
        };
        let entry = Entry {
            version: self.version,
            content: self.content.and_then(|hex| Digest::from_hex(&hex)),
            owners: Arc::new(self.owners.into_iter().map(Into::into).collect()),
            deletion: self.deletion,
            adopted: self.adopted,
            implied: self.implied,
            receipt: self.receipt.map(receipt),
            ended: self.ended.map(Ended::from),
        };
        (Arc::new(self.object), entry)
    }
}

impl From<Ended> for EndedRecord {
    fn from(ended: Ended) -> Self {
        match ended {
            Ended::Succeeded => Self::Succeeded,
            Ended::Failed => Self::Failed,
        }
    }
}

impl From<EndedRecord> for Ended {
    fn from(record: EndedRecord) -> Self {
        match record {
            EndedRecord::Succeeded => Self::Succeeded,
            EndedRecord::Failed => Self::Failed,
        }
    }
}
