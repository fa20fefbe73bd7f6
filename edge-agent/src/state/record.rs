//! The state's files as JSON: people read them when something is wrong.

use std::collections::BTreeMap;

use edge::{Known, Owner};
use model::{Order, PlacementKey};
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

impl From<&Owner> for PlacementRecord {
    fn from(owner: &Owner) -> Self {
        Self { placement: owner.placement.clone(), uid: owner.uid.clone(), rollout: 0 }
    }
}

impl From<PlacementRecord> for Owner {
    fn from(record: PlacementRecord) -> Self {
        Self { placement: record.placement, uid: record.uid }
    }
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
