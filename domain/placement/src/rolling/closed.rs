//! Who is outside of a rollout's windows, by the clock where it is.

use std::collections::BTreeMap;

use model::Window;
use roaring::RoaringBitmap;

use crate::inventory::Inventory;
use crate::rollout::look;

/// The property of a location that names its time zone; without it, it is UTC's.
const ZONE: &str = "timezone";

/// Those who wait, and when the first of them need not wait any more.
#[derive(Debug, Default)]
pub(super) struct Closed {
    pub locations: RoaringBitmap,
    /// In milliseconds since the Unix epoch; 0: nobody waits, or nobody knows.
    pub opens_ms: u64,
}

impl Closed {
    /// A location whose time zone nobody knows waits: what is the middle of its night cannot be told.
    pub fn of(windows: &[Window], inventory: &Inventory, chosen: &RoaringBitmap, now_ms: u64) -> Self {
        let mut closed = Self::default();
        if windows.is_empty() {
            return closed;
        }
        for (zone, locations) in by_zone(inventory, chosen) {
            let opens_ms = match look(windows, zone, now_ms) {
                Ok(look) if look.open => continue,
                Ok(look) => look.until_ms,
                Err(_) => None,
            };
            closed.locations |= locations;
            closed.opens_ms = match (closed.opens_ms, opens_ms.unwrap_or(0)) {
                (0, time) | (time, 0) => time,
                (one, other) => one.min(other),
            };
        }
        closed
    }
}

fn by_zone<'a>(inventory: &'a Inventory, chosen: &RoaringBitmap) -> BTreeMap<&'a str, RoaringBitmap> {
    let mut zones: BTreeMap<&str, RoaringBitmap> = BTreeMap::new();
    for handle in chosen {
        let zone =
            inventory.location(handle).and_then(|location| inventory.entry(location, "properties", ZONE));
        zones.entry(zone.unwrap_or_default()).or_default().insert(handle);
    }
    zones
}
