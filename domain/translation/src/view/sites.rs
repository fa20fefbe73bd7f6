//! What is known of each location: its resource, and which placements list it where.

use std::collections::BTreeMap;
use std::sync::Arc;

use model::{Location, PlacementKey};

use super::Name;

#[derive(Debug, Default)]
pub struct Sites {
    sites: BTreeMap<Name, Site>,
    /// The newest row of the table that has been read.
    seen: u64,
}

#[derive(Debug, Default)]
pub struct Site {
    pub location: Option<Arc<Location>>,
    /// The sequence of the row that first told its region.
    pub joined: u64,
    /// Region and placement, for each decision row that lists it. A location is in few.
    pub listed: Vec<(Name, Arc<PlacementKey>)>,
}

/// A location that has changed, and the regions in which that matters.
#[derive(Debug)]
pub struct Change {
    pub name: Name,
    pub regions: Vec<Name>,
}

impl Sites {
    /// A row of the table with this sequence has been read.
    pub fn see(&mut self, seq: u64) {
        self.seen = self.seen.max(seq);
    }

    /// The newest sequence read.
    pub fn seen(&self) -> u64 {
        self.seen
    }

    pub fn get(&self, name: &str) -> Option<&Site> {
        self.sites.get(name)
    }

    /// The shared name.
    pub fn name(&mut self, name: &str) -> Name {
        if let Some((name, _)) = self.sites.get_key_value(name) {
            return name.clone();
        }
        let name: Name = name.into();
        self.sites.insert(name.clone(), Site::default());
        name
    }

    /// The region that it belongs to.
    pub fn region_of(&self, name: &str) -> Option<Name> {
        self.sites.get(name)?.location.as_ref().map(|location| location.spec.region.as_str().into())
    }

    pub fn of_region<'s>(&'s self, region: &'s str) -> Vec<Name> {
        let is_of =
            |site: &Site| site.location.as_ref().is_some_and(|location| location.spec.region == region);
        self.sites.iter().filter(|(_, site)| is_of(site)).map(|(name, _)| name.clone()).collect()
    }

    /// `None`: nothing that documents depend on has changed.
    pub fn set_location(&mut self, name: &str, location: Option<Location>, seq: u64) -> Option<Change> {
        self.see(seq);
        let name = self.name(name);
        let site = self.sites.get_mut(&name).expect("it was named just now");
        let before = site.location.take();
        site.location = location.map(Arc::new);
        let before = before.as_deref();
        let after = site.location.as_deref();
        if before.map(region) != after.map(region) {
            site.joined = seq;
        }
        if before.map(essence) == after.map(essence) {
            return None;
        }
        let mut regions: Vec<Name> = before.into_iter().chain(after).map(|it| region(it).into()).collect();
        regions.dedup();
        Some(Change { name, regions })
    }

    /// Updates which rows list whom.
    pub fn list(&mut self, region: &Name, placement: &Arc<PlacementKey>, listed: &[Name], unlisted: &[Name]) {
        let is_this = |(r, p): &(Name, Arc<PlacementKey>)| r == region && p == placement;
        for name in unlisted {
            if let Some(site) = self.sites.get_mut(name) {
                site.listed.retain(|one| !is_this(one));
            }
        }
        for name in listed {
            let site = self.sites.entry(name.clone()).or_default();
            if !site.listed.iter().any(is_this) {
                site.listed.push((region.clone(), placement.clone()));
            }
        }
    }

    pub fn unlist_all(&mut self) {
        self.sites.values_mut().for_each(|site| site.listed = Vec::new());
    }

    pub fn forget_locations(&mut self) {
        self.seen = 0;
        self.sites.values_mut().for_each(|site| site.location = None);
    }
}

fn region(location: &Location) -> &str {
    &location.spec.region
}

/// All of a location that a document can depend on.
fn essence(location: &Location) -> impl PartialEq + '_ {
    (&location.metadata.labels, &location.metadata.annotations, &location.spec)
}
