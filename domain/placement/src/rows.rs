//! What is stored of a placement: its decision rows, by region and bucket. The previous decision is an input.

use std::collections::{BTreeMap, BTreeSet};

use model::{Decision, DecisionGroup, Digest};
use roaring::RoaringBitmap;

use crate::burden::Burden;
use crate::inventory::Inventory;
use crate::layout;

/// A decision row with handles for names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Row {
    pub uid: String,
    pub create_time: u64,
    pub bits: u32,
    /// As in [`Decision::groups`].
    pub groups: Vec<Group>,
}

/// A group of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Group {
    pub release: Digest,
    pub rollout: u64,
    pub wave: u32,
    /// Numbers of regions, sorted by their names; see [`DecisionGroup::arriving_from`].
    pub arriving_from: Vec<u32>,
    /// See [`DecisionGroup::former`].
    pub former: Option<Digest>,
    /// Sorted by handle.
    pub members: Vec<u32>,
}

/// How a row stands to a location that it lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing<'a> {
    Counted,
    /// From these regions.
    Arriving(&'a [u32]),
}

/// The rows of one region.
#[derive(Debug, Default)]
pub(crate) struct RegionRows {
    pub rows: BTreeMap<u32, (u64, Row)>,
    /// How finely the region is cut: the finest of its rows.
    pub bits: Option<u32>,
    departed: Departed,
}

/// What a region may still count although its rows no longer list it, until the region has counted these rows.
#[derive(Debug, Default)]
struct Departed {
    /// The sequence of the last row that something left.
    seq: u64,
    locations: RoaringBitmap,
    /// The highest sequence of a row that was found as it is: nothing here knows what it listed before.
    found: u64,
}

/// Where a row comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// Somebody has stored it, perhaps over another that nobody here has seen.
    Found,
    /// This process has stored it, and knows what was there before.
    Written,
}

/// All rows of a placement.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    pub regions: BTreeMap<u32, RegionRows>,
    listed: Listings,
    /// Region and bucket of the rows that list locations as arriving.
    arriving: BTreeSet<(u32, u32)>,
    /// By region, the highest sequence that the placement's summary has counted.
    watermark: BTreeMap<u32, u64>,
}

/// In how many rows each location is listed. More than one only on the move, so that a bitmap and a few exceptions do.
#[derive(Debug, Default)]
struct Listings {
    once: RoaringBitmap,
    more: BTreeMap<u32, u32>,
}

impl Row {
    pub fn of(decision: &Decision, inventory: &mut Inventory) -> Self {
        Self {
            uid: decision.placement_uid.clone(),
            create_time: decision.placement_create_time,
            bits: decision.bucket_bits,
            groups: decision.groups.iter().map(|group| Group::of(group, inventory)).collect(),
        }
    }

    pub fn to_decision(&self, inventory: &Inventory) -> Decision {
        Decision {
            placement_uid: self.uid.clone(),
            placement_create_time: self.create_time,
            bucket_bits: self.bits,
            groups: self.groups.iter().map(|group| group.to_group(inventory)).collect(),
        }
    }

    pub fn members(&self) -> impl Iterator<Item = u32> {
        self.groups.iter().flat_map(|group| group.members.iter().copied())
    }

    fn has_arriving(&self) -> bool {
        self.groups.iter().any(|group| !group.arriving_from.is_empty())
    }

    fn standing(&self, handle: u32) -> Option<Standing<'_>> {
        let group = self.groups.iter().find(|group| group.members.binary_search(&handle).is_ok())?;
        Some(match group.arriving_from.as_slice() {
            [] => Standing::Counted,
            from => Standing::Arriving(from),
        })
    }
}

impl Group {
    fn of(group: &DecisionGroup, inventory: &mut Inventory) -> Self {
        let members = group.locations.iter().map(|name| inventory.names.intern(name));
        let mut members: Vec<u32> = members.collect();
        members.sort_unstable();
        let from = group.arriving_from.iter().map(|name| inventory.regions.intern(name));
        Self {
            release: group.release,
            rollout: group.rollout,
            wave: group.wave,
            arriving_from: from.collect(),
            former: group.former,
            members,
        }
    }

    fn to_group(&self, inventory: &Inventory) -> DecisionGroup {
        let name = |handle: &u32| inventory.names.name(*handle).to_owned();
        let mut locations: Vec<String> = self.members.iter().map(name).collect();
        let region = |number: &u32| inventory.regions.get(*number).name.clone();
        locations.sort_unstable();
        DecisionGroup {
            release: self.release,
            rollout: self.rollout,
            wave: self.wave,
            arriving_from: self.arriving_from.iter().map(region).collect(),
            former: self.former,
            locations,
        }
    }
}

impl RegionRows {
    fn insert(&mut self, bucket: u32, seq: u64, row: Row) -> Option<(u64, Row)> {
        self.bits = self.bits.max(Some(row.bits));
        self.rows.insert(bucket, (seq, row))
    }

    fn remove(&mut self, bucket: u32) -> Option<(u64, Row)> {
        let before = self.rows.remove(&bucket);
        self.bits = self.rows.values().map(|(_, row)| row.bits).max();
        before
    }

    /// Whether there is a row for every bucket, all cut alike.
    pub fn is_whole(&self, bits: u32) -> bool {
        let cut_so = self.rows.range(..1 << bits).filter(|(_, (_, row))| row.bits == bits);
        cut_so.count() == 1 << bits
    }

    /// The row that says whether a location of this position is chosen.
    fn covering(&self, position: u32) -> Option<&(u64, Row)> {
        self.rows.get(&layout::bucket(position, self.bits?))
    }
}

impl Rows {
    /// Takes in a row as it is stored now. `origin`: whether this process has just written it.
    /// `burden`: the counts of placements by location.
    pub fn set(
        &mut self,
        region: u32,
        bucket: u32,
        row: Option<Row>,
        seq: u64,
        origin: Origin,
        burden: &mut Burden,
    ) {
        let counted = self.counted(region);
        let rows = self.regions.entry(region).or_default();
        let after: RoaringBitmap = row.iter().flat_map(Row::members).collect();
        match row.as_ref().is_some_and(Row::has_arriving) {
            true => self.arriving.insert((region, bucket)),
            false => self.arriving.remove(&(region, bucket)),
        };
        let before = match row {
            Some(row) => rows.insert(bucket, seq, row),
            None => rows.remove(bucket),
        };
        if before.is_none() && origin == Origin::Found && seq > counted {
            rows.departed.found = rows.departed.found.max(seq);
        }
        let before: RoaringBitmap = before.iter().flat_map(|(_, row)| row.members()).collect();
        for handle in &(&after - &before) {
            if self.listed.add(handle) {
                burden.add(handle);
            }
        }
        let left = &before - &after;
        for handle in &left {
            if self.listed.remove(handle) {
                burden.remove(handle);
            }
        }
        if seq > counted && !left.is_empty() {
            rows.departed.seq = seq;
            rows.departed.locations |= left;
        }
    }

    /// The locations that any row lists.
    pub fn listed(&self) -> &RoaringBitmap {
        &self.listed.once
    }

    /// Forgets all rows; what is counted of them comes from elsewhere and stays.
    pub fn clear(&mut self) {
        let watermark = std::mem::take(&mut self.watermark);
        *self = Self { watermark, ..Self::default() };
    }

    /// Whether this is already known of a row.
    pub fn is_known(&self, region: u32, bucket: u32, seq: u64) -> bool {
        let rows = self.regions.get(&region).map(|rows| &rows.rows);
        rows.and_then(|rows| rows.get(&bucket)).is_some_and(|(known, _)| *known >= seq)
    }

    /// Takes in up to where a region's rows are counted.
    pub fn set_watermark(&mut self, region: u32, seq: u64) {
        self.watermark.insert(region, seq);
        let Some(departed) = self.regions.get_mut(&region).map(|rows| &mut rows.departed) else { return };
        if departed.seq <= seq {
            departed.locations.clear();
        }
        if departed.found <= seq {
            departed.found = 0;
        }
    }

    /// The rows that list locations as arriving.
    pub fn arriving(&self) -> impl Iterator<Item = (u32, u32)> {
        self.arriving.iter().copied()
    }

    /// All rows with region and bucket.
    pub fn iter(&self) -> impl Iterator<Item = (u32, u32, &Row)> {
        self.regions.iter().flat_map(|(region, rows)| {
            rows.rows.iter().map(move |(bucket, (_, row))| (*region, *bucket, row))
        })
    }

    pub fn is_empty(&self) -> bool {
        self.regions.values().all(|rows| rows.rows.is_empty())
    }

    /// The regions that may still count a location which now belongs to `region`. Empty: it counts here.
    ///
    /// A row that lists it says itself where it came from. Else it comes from whoever lists it, or has listed it and has
    /// not counted since. What a row listed before this process has found it, nobody knows: then any region whose row
    /// for it is not counted yet may have it.
    pub fn arriving_from(&self, region: u32, handle: u32, position: u32) -> Vec<u32> {
        let here = self.regions.get(&region).and_then(|rows| rows.covering(position));
        match here.and_then(|(_, row)| row.standing(handle)) {
            Some(Standing::Counted) => Vec::new(),
            Some(Standing::Arriving(from)) => {
                from.iter().copied().filter(|other| self.holds(*other, handle, position)).collect()
            }
            None => self.former(region, handle, position),
        }
    }

    fn former(&self, region: u32, handle: u32, position: u32) -> Vec<u32> {
        let listed = self.listed.contains(handle);
        let mut former = BTreeSet::new();
        for (other, rows) in self.regions.iter().filter(|(other, _)| **other != region) {
            let found = rows.departed.found > 0;
            // Else no row lists it, and what each has listed before is known.
            let row = if listed || found { rows.covering(position) } else { None };
            let standing = row.and_then(|(_, row)| row.standing(handle));
            if let Some(Standing::Arriving(from)) = standing {
                // Not yet counted there: it still comes from where it came from.
                former.extend(from);
            }
            let unknown = found && row.is_some_and(|(seq, _)| *seq > self.counted(*other));
            let departed = unknown || rows.departed.locations.contains(handle);
            if departed || standing == Some(Standing::Counted) {
                former.insert(*other);
            }
        }
        former.remove(&region);
        former.into_iter().collect()
    }

    /// Whether a region may still count a location: its row counts it, or has not been counted since it was written.
    fn holds(&self, region: u32, handle: u32, position: u32) -> bool {
        let rows = self.regions.get(&region);
        rows.and_then(|rows| rows.covering(position)).is_some_and(|(seq, row)| {
            *seq > self.counted(region) || row.standing(handle) == Some(Standing::Counted)
        })
    }

    /// The highest sequence of a region that the placement's summary has counted.
    fn counted(&self, region: u32) -> u64 {
        self.watermark.get(&region).copied().unwrap_or_default()
    }
}

impl Listings {
    /// Whether it was in no row before.
    fn add(&mut self, handle: u32) -> bool {
        let is_new = self.once.insert(handle);
        if !is_new {
            *self.more.entry(handle).or_default() += 1;
        }
        is_new
    }

    /// Whether it is in no row any more.
    fn remove(&mut self, handle: u32) -> bool {
        match self.more.get_mut(&handle) {
            None => return self.once.remove(handle),
            Some(1) => {
                self.more.remove(&handle);
            }
            Some(more) => *more -= 1,
        }
        false
    }

    fn contains(&self, handle: u32) -> bool {
        self.once.contains(handle)
    }
}
