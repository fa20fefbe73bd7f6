//! Locations by the time zone that they name: windows of rollouts are open by the clock where a location is.

use std::collections::BTreeMap;
use std::sync::Arc;

use model::Problem;
use roaring::RoaringBitmap;

use crate::facts::{self, Facts};
use crate::names::Names;
use crate::rollout::is_zone;
use crate::state::problem;

/// The property of a location that names its time zone; without it, it is UTC's.
pub(crate) const PROPERTY: &str = "timezone";

/// Locations that a problem names.
const EXAMPLES: usize = 3;

/// An index of all locations that name a zone, whether there is one of that name or not.
#[derive(Debug, Default)]
pub(crate) struct Zones(BTreeMap<Arc<str>, RoaringBitmap>);

impl Zones {
    /// Takes in a location.
    pub fn insert(&mut self, handle: u32, facts: Option<&Facts>) {
        let Some(zone) = named(facts) else { return };
        if let Some(locations) = self.0.get_mut(zone) {
            locations.insert(handle);
        } else {
            self.0.insert(zone.into(), RoaringBitmap::from_iter([handle]));
        }
    }

    /// Forgets a location that was as given.
    pub fn remove(&mut self, handle: u32, facts: Option<&Facts>) {
        let Some(zone) = named(facts) else { return };
        let Some(locations) = self.0.get_mut(zone) else { return };
        locations.remove(handle);
        if locations.is_empty() {
            self.0.remove(zone);
        }
    }

    /// These locations by zone; those that name none are in the zone without a name.
    pub fn of<'a>(&'a self, chosen: &RoaringBitmap) -> impl Iterator<Item = (&'a str, RoaringBitmap)> {
        let mut rest = chosen.clone();
        let named = self.0.iter().map(|(zone, locations)| (&**zone, locations & chosen));
        let named: Vec<_> = named.filter(|(_, locations)| !locations.is_empty()).collect();
        named.iter().for_each(|(_, locations)| rest -= locations);
        named.into_iter().chain((!rest.is_empty()).then_some(("", rest)))
    }

    /// That windows never open for some of these locations, as nobody knows what time it is there.
    pub fn problem(&self, chosen: &RoaringBitmap, names: &Names) -> Option<Problem> {
        let lost = self.of(chosen).filter(|(zone, _)| !is_zone(zone));
        let lost = lost.flat_map(|(zone, locations)| locations.into_iter().map(move |handle| (handle, zone)));
        let mut first: BTreeMap<&str, &str> = BTreeMap::new();
        let mut count = 0;
        for (handle, zone) in lost {
            count += 1;
            first.insert(names.name(handle), zone);
            if first.len() > EXAMPLES {
                first.pop_last();
            }
        }
        (count > 0).then(|| problem("TimeZoneNotFound", told(count, &first)))
    }
}

fn told(count: usize, examples: &BTreeMap<&str, &str>) -> String {
    let (plural, among) =
        (if count == 1 { "" } else { "s" }, if count > examples.len() { ", among them" } else { ":" });
    let examples: Vec<String> =
        examples.iter().map(|(name, zone)| format!("{name} ({})", expression::beginning(zone))).collect();
    format!(
        "{count} location{plural} whose property `{PROPERTY}` is no time zone{among} {}: no window opens there; set it to a name such as Europe/Lisbon, or remove it for UTC",
        examples.join(", ")
    )
}

fn named(facts: Option<&Facts>) -> Option<&str> {
    facts::value(&facts?.properties, PROPERTY).filter(|zone| !zone.is_empty())
}
