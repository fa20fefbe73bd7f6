//! All locations, indexed by label and by region.

use std::collections::BTreeMap;

use model::{LocationSpec, Metadata, ScoreBy, Taint};
use roaring::RoaringBitmap;

use crate::burden::Burden;
use crate::columns::{self, Columns};
use crate::difference::Difference;
use crate::facts::{self, Facts, Keys};
use crate::labels::Labels;
use crate::layout;
use crate::names::Names;
use crate::regions::Regions;
use crate::zones::Zones;

/// The inventory. A location with a deletion timestamp is known but may not be chosen.
#[derive(Debug, Default)]
pub(crate) struct Inventory {
    pub names: Names,
    pub labels: Labels,
    pub regions: Regions,
    pub zones: Zones,
    /// Those that may be chosen.
    pub live: RoaringBitmap,
    /// Those of them that have taints.
    pub tainted: RoaringBitmap,
    /// How many placements each has by what is stored.
    pub burden: Burden,
    /// What prioritizers compare.
    pub columns: Columns,
    keys: Keys,
    /// By handle.
    locations: Vec<Option<Location>>,
}

/// What placement keeps of a location.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Location {
    pub region: u32,
    pub deleting: bool,
    /// Numbers of pairs in [`Labels`].
    pub labels: Box<[u32]>,
    /// `None`: it has no others.
    pub facts: Option<Box<Facts>>,
}

/// What locations have of what a prioritizer compares.
#[derive(Debug)]
pub(crate) struct Values<'a> {
    by: &'a ScoreBy,
    inventory: &'a Inventory,
    /// `None`: read from each location.
    column: Option<&'a [Option<i128>]>,
}

impl<'a> Values<'a> {
    pub fn of(by: &'a ScoreBy, inventory: &'a Inventory) -> Self {
        Self { by, inventory, column: inventory.columns.get(by) }
    }

    /// `None`: nothing that is a number.
    pub fn at(&self, handle: u32) -> Option<i128> {
        match (self.by, self.column) {
            (ScoreBy::Steady, _) => None,
            // The fewer the better.
            (ScoreBy::Balance, _) => Some(-i128::from(self.inventory.burden.of(handle))),
            (_, Some(column)) => column.get(handle as usize).copied().flatten(),
            (by, None) => columns::parse(by, self.inventory.location(handle)?.facts.as_deref()?),
        }
    }
}

/// A location that changed, and the region in which it might be chosen, before and after.
#[derive(Debug)]
pub(crate) struct Change {
    pub handle: u32,
    pub before: Option<u32>,
    pub after: Option<u32>,
    pub difference: Difference,
}

impl Inventory {
    /// What is known of a location.
    pub fn location(&self, handle: u32) -> Option<&Location> {
        self.locations.get(handle as usize)?.as_ref()
    }

    /// Takes in a location as it is now.
    pub fn set(&mut self, metadata: &Metadata, spec: &LocationSpec) -> Change {
        let handle = self.names.intern(&metadata.name);
        let region = self.regions.intern(&spec.region);
        let deleting = metadata.deletion_timestamp != 0;
        let mut location =
            Location { region, deleting, labels: Box::default(), facts: self.keys.facts(metadata, spec) };
        let difference = self.difference(handle, &location, &metadata.labels);
        let before = self.take(handle);
        location.labels = self.index(handle, &metadata.labels);
        self.zones.insert(handle, location.facts.as_deref());
        let after = location.choosable();
        if let Some(region) = after {
            self.regions.get_mut(region).insert(handle, self.names.position(handle));
            self.live.insert(handle);
            if !location.taints().is_empty() {
                self.tainted.insert(handle);
            }
        }
        let slot = handle as usize;
        self.columns.set(handle, location.facts.as_deref());
        self.locations.resize(self.locations.len().max(slot + 1), None);
        self.locations[slot] = Some(location);
        Change { handle, before, after, difference }
    }

    /// Forgets a location; `None`: it was not there.
    pub fn remove(&mut self, name: &str) -> Option<Change> {
        let handle = self.names.get(name)?;
        self.location(handle)?;
        Some(Change { handle, before: self.take(handle), after: None, difference: Difference::whole() })
    }

    /// Makes ready to compare many locations by this.
    pub fn prepare(&mut self, by: &ScoreBy) {
        if self.columns.lacks(by) {
            let facts = self.locations.iter().map(|location| location.as_ref()?.facts.as_deref());
            self.columns.fill(by, facts);
        }
    }

    /// An entry of one of a location's maps, by the map's name in expressions.
    pub fn entry<'a>(&'a self, location: &'a Location, map: &str, key: &str) -> Option<&'a str> {
        match map {
            "labels" => self.labels.value(&location.labels, key).map(String::as_str),
            _ => facts::value(location.facts.as_ref()?.map(map)?, key),
        }
    }

    /// All entries of one of a location's maps, in the order of their keys.
    pub fn entries<'a>(&'a self, location: &'a Location, map: &str) -> Vec<(&'a str, &'a str)> {
        if map == "labels" {
            return location.labels.iter().map(|pair| self.labels.pair(*pair)).collect();
        }
        let entries = location.facts.as_ref().and_then(|facts| facts.map(map));
        entries.into_iter().flatten().map(|(key, value)| (&**key, &**value)).collect()
    }

    fn difference(&self, handle: u32, after: &Location, labels: &BTreeMap<String, String>) -> Difference {
        let Some(before) = self.location(handle) else { return Difference::whole() };
        let mut difference = Difference {
            whole: before.deleting != after.deleting || before.is_too_large() != after.is_too_large(),
            region: before.region != after.region,
            taints: before.taints() != after.taints(),
            entries: Vec::new(),
        };
        let new = labels.iter().map(|(key, value)| (key.as_str(), value.as_str()));
        difference.add("labels", self.entries(before, "labels").into_iter(), new);
        if before.facts != after.facts {
            for map in ["annotations", "properties", "capacity"] {
                let of = |location| self.entries(location, map).into_iter();
                difference.add(map, of(before), of(after));
            }
        }
        difference
    }

    /// Those of `chosen` that are in a bucket of a region, sorted.
    pub fn chosen_in(&self, region: u32, bucket: u32, bits: u32, chosen: &RoaringBitmap) -> Vec<u32> {
        let region = self.regions.get(region);
        // The bucket's range holds also what is not chosen; where little is, the intersection is the shorter way.
        if chosen.intersection_len(&region.members) < region.members.len() >> bits {
            let inside = |handle: &u32| layout::bucket(self.names.position(*handle), bits) == bucket;
            return (chosen & &region.members).iter().filter(inside).collect();
        }
        let members = region.bucket(bucket, bits);
        let mut members: Vec<u32> = members.filter(|handle| chosen.contains(*handle)).collect();
        members.sort_unstable();
        members
    }

    /// The names of all locations.
    pub fn all(&self) -> Vec<String> {
        let known = (0..).zip(&self.locations).filter(|(_, location)| location.is_some());
        known.map(|(handle, _)| self.names.name(handle).to_owned()).collect()
    }

    /// Takes a location out of every index; the region in which it might have been chosen.
    fn take(&mut self, handle: u32) -> Option<u32> {
        let location = self.locations.get_mut(handle as usize)?.take()?;
        for pair in &location.labels {
            self.labels.remove(handle, *pair);
        }
        self.zones.remove(handle, location.facts.as_deref());
        let region = location.choosable()?;
        self.regions.get_mut(region).remove(handle, self.names.position(handle));
        self.live.remove(handle);
        self.tainted.remove(handle);
        Some(region)
    }

    fn index(&mut self, handle: u32, labels: &BTreeMap<String, String>) -> Box<[u32]> {
        labels.iter().map(|(key, value)| self.labels.insert(handle, key, value)).collect()
    }
}

impl Location {
    /// What keeps placements away that do not tolerate it.
    pub fn taints(&self) -> &[Taint] {
        self.facts.as_ref().map_or(&[], |facts| &facts.taints)
    }

    /// Whether expressions fail here because of its size.
    pub fn is_too_large(&self) -> bool {
        self.facts.as_ref().is_some_and(|facts| facts.too_large)
    }

    fn choosable(&self) -> Option<u32> {
        (!self.deleting).then_some(self.region)
    }
}
