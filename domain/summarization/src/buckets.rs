//! How a region's locations are cut into presence rows.
//!
//! Rows have about [`LOCATIONS_PER_ROW`] locations each; there are a power of two of them, and their number never
//! shrinks, so that a row which is there is always somebody's to rewrite. The rows do not tell their number: the
//! highest bucket seen does.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Some 20 KB a row: large enough to be written in batches, small enough that a change rewrites little.
const LOCATIONS_PER_ROW: usize = 500;

/// The resident locations of each row.
#[derive(Clone, Debug, Default)]
pub struct Buckets {
    bits: u32,
    members: BTreeMap<u32, BTreeSet<Arc<str>>>,
    count: usize,
    /// How many locations the stored rows have.
    stored: BTreeMap<u32, usize>,
}

impl Buckets {
    /// The row that `location` is in.
    pub fn bucket(&self, location: &str) -> u32 {
        model::bucket(location, self.bits)
    }

    pub fn insert(&mut self, location: &Arc<str>) {
        let bucket = self.bucket(location);
        if self.members.entry(bucket).or_default().insert(location.clone()) {
            self.count += 1;
        }
    }

    pub fn remove(&mut self, location: &str) {
        let bucket = self.bucket(location);
        if self.members.get_mut(&bucket).is_some_and(|members| members.remove(location)) {
            self.count -= 1;
        }
    }

    pub fn members(&self, bucket: u32) -> impl Iterator<Item = &Arc<str>> {
        self.members.get(&bucket).into_iter().flatten()
    }

    /// Whether the stored row has as many locations as it should have.
    pub fn is_stored_whole(&self, bucket: u32) -> bool {
        let members = self.members.get(&bucket).map_or(0, BTreeSet::len);
        self.stored.get(&bucket).copied().unwrap_or(0) == members
    }

    /// A row is stored, with so many locations; `None`: it is gone. Whether the rows have to be cut anew.
    pub fn set_stored(&mut self, bucket: u32, locations: Option<usize>) -> Recut {
        match locations {
            Some(locations) => self.stored.insert(bucket, locations),
            None => self.stored.remove(&bucket),
        };
        self.grow_to(u32::BITS - bucket.leading_zeros())
    }

    /// Cuts finer if there are too many locations for the rows.
    pub fn fit(&mut self) -> Recut {
        let rows = self.count.div_ceil(LOCATIONS_PER_ROW).next_power_of_two();
        self.grow_to(rows.trailing_zeros())
    }

    /// All rows that there are or should be.
    pub fn all(&self) -> BTreeSet<u32> {
        self.members.keys().chain(self.stored.keys()).copied().collect()
    }

    fn grow_to(&mut self, bits: u32) -> Recut {
        if bits <= self.bits {
            return Recut::No;
        }
        self.bits = bits;
        for location in std::mem::take(&mut self.members).into_values().flatten() {
            let bucket = model::bucket(&location, bits);
            self.members.entry(bucket).or_default().insert(location);
        }
        Recut::Yes
    }
}

/// Whether locations are in other rows than before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recut {
    No,
    Yes,
}
