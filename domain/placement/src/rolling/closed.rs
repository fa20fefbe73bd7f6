//! Who is outside of a rollout's windows, by the clock where it is.

use model::Window;
use roaring::RoaringBitmap;

use crate::inventory::Inventory;
use crate::rollout::look;

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
        for (zone, locations) in inventory.zones.of(chosen) {
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
