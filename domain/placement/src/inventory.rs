//! All locations, indexed by label and by region.

use std::collections::BTreeMap;

use model::Metadata;
use roaring::RoaringBitmap;

use crate::labels::Labels;
use crate::layout;
use crate::names::Names;
use crate::regions::Regions;

/// The inventory. A location with a deletion timestamp is known but may not be chosen.
#[derive(Debug, Default)]
pub(crate) struct Inventory {
    pub names: Names,
    pub labels: Labels,
    pub regions: Regions,
    /// Those that may be chosen.
    pub live: RoaringBitmap,
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
}

/// A location that changed, and the region in which it might be chosen, before and after.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Change {
    pub handle: u32,
    pub before: Option<u32>,
    pub after: Option<u32>,
}

impl Inventory {
    /// What is known of a location.
    pub fn location(&self, handle: u32) -> Option<&Location> {
        self.locations.get(handle as usize)?.as_ref()
    }

    /// Takes in a location as it is now.
    pub fn set(&mut self, metadata: &Metadata, region: &str) -> Change {
        let handle = self.names.intern(&metadata.name);
        let before = self.take(handle);
        let region = self.regions.intern(region);
        let deleting = metadata.deletion_timestamp != 0;
        let labels = self.index(handle, &metadata.labels);
        let location = Location { region, deleting, labels };
        let after = location.choosable();
        if let Some(region) = after {
            self.regions.get_mut(region).insert(handle, self.names.position(handle));
            self.live.insert(handle);
        }
        let slot = handle as usize;
        self.locations.resize(self.locations.len().max(slot + 1), None);
        self.locations[slot] = Some(location);
        Change { handle, before, after }
    }

    /// Forgets a location; `None`: it was not there.
    pub fn remove(&mut self, name: &str) -> Option<Change> {
        let handle = self.names.get(name)?;
        self.location(handle)?;
        Some(Change { handle, before: self.take(handle), after: None })
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
        let region = location.choosable()?;
        self.regions.get_mut(region).remove(handle, self.names.position(handle));
        self.live.remove(handle);
        Some(region)
    }

    fn index(&mut self, handle: u32, labels: &BTreeMap<String, String>) -> Box<[u32]> {
        labels.iter().map(|(key, value)| self.labels.insert(handle, key, value)).collect()
    }
}

impl Location {
    fn choosable(&self) -> Option<u32> {
        (!self.deleting).then_some(self.region)
    }
}
