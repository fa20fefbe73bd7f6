//! Who is outside of a rollout's windows, by the clock where it is.

use std::collections::BTreeMap;

use model::{Problem, Window};
use roaring::RoaringBitmap;

use crate::inventory::Inventory;
use crate::rollout::look;
use crate::state::problem;
use crate::{facts, failures};

/// The property of a location that names its time zone; without it, it is UTC's.
pub(super) const ZONE: &str = "timezone";

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

/// Those who wait until somebody corrects their time zone, by what it says.
pub(super) fn problems(inventory: &Inventory, chosen: &RoaringBitmap) -> Vec<Problem> {
    let zones = by_zone(inventory, chosen).into_iter();
    let unknown = zones.filter(|(zone, _)| look(&[], zone, 0).is_err());
    let told = unknown.map(|(zone, locations)| {
        let mut names: Vec<&str> = locations.iter().map(|handle| inventory.names.name(handle)).collect();
        names.sort_unstable();
        let places = failures::places(names.into_iter());
        let message = format!(
            "property {ZONE} says `{zone}`, which is no time zone, {places}: no window opens there; write an IANA name such as Europe/Berlin"
        );
        problem("TimeZoneUnknown", message)
    });
    told.collect()
}

fn by_zone<'a>(inventory: &'a Inventory, chosen: &RoaringBitmap) -> BTreeMap<&'a str, RoaringBitmap> {
    let mut zones: BTreeMap<&str, RoaringBitmap> = BTreeMap::new();
    for handle in chosen {
        let facts = inventory.location(handle).and_then(|location| location.facts.as_ref());
        let zone = facts.and_then(|facts| facts::value(&facts.properties, ZONE)).unwrap_or_default();
        zones.entry(zone).or_default().insert(handle);
    }
    zones
}
