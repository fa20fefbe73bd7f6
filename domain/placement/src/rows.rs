//! What is stored of a placement: its decision rows, by region and bucket. The previous decision is an input.

use std::collections::{BTreeMap, BTreeSet};

use model::{Decision, DecisionGroup, Digest};
use roaring::RoaringBitmap;

use crate::layout;
use crate::names::Names;

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
    pub arriving: bool,
    /// Sorted by handle.
    pub members: Vec<u32>,
}

/// How a row stands to a location that it lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    Counted,
    Arriving,
}

/// The rows of one region.
#[derive(Debug, Default)]
pub(crate) struct RegionRows {
    pub rows: BTreeMap<u32, (u64, Row)>,
    /// How finely the region is cut: the finest of its rows.
    pub bits: Option<u32>,
    /// What left a row of this region, and the sequence of the last row that it left; until that is counted.
    departed: (u64, RoaringBitmap),
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
    pub fn of(decision: &Decision, names: &mut Names) -> Self {
        Self {
            uid: decision.placement_uid.clone(),
            create_time: decision.placement_create_time,
            bits: decision.bucket_bits,
            groups: decision.groups.iter().map(|group| Group::of(group, names)).collect(),
        }
    }

    pub fn to_decision(&self, names: &Names) -> Decision {
        Decision {
            placement_uid: self.uid.clone(),
            placement_create_time: self.create_time,
            bucket_bits: self.bits,
            groups: self.groups.iter().map(|group| group.to_group(names)).collect(),
        }
    }

    pub fn members(&self) -> impl Iterator<Item = u32> {
        self.groups.iter().flat_map(|group| group.members.iter().copied())
    }

    fn has_arriving(&self) -> bool {
        self.groups.iter().any(|group| group.arriving)
    }

    fn standing(&self, handle: u32) -> Option<Standing> {
        let group = self.groups.iter().find(|group| group.members.binary_search(&handle).is_ok())?;
        Some(if group.arriving { Standing::Arriving } else { Standing::Counted })
    }
}

impl Group {
    fn of(group: &DecisionGroup, names: &mut Names) -> Self {
        let mut members: Vec<u32> = group.locations.iter().map(|name| names.intern(name)).collect();
        members.sort_unstable();
        Self {
            release: group.release,
            rollout: group.rollout,
            wave: group.wave,
            arriving: group.arriving,
            members,
        }
    }

    fn to_group(&self, names: &Names) -> DecisionGroup {
        let mut locations: Vec<String> =
            self.members.iter().map(|handle| names.name(*handle).to_owned()).collect();
        locations.sort_unstable();
        DecisionGroup {
            release: self.release,
            rollout: self.rollout,
            wave: self.wave,
            arriving: self.arriving,
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
    /// Takes in a row as it is stored now.
    pub fn set(&mut self, region: u32, bucket: u32, row: Option<Row>, seq: u64) {
        let counted = self.watermark.get(&region).copied().unwrap_or_default();
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
        let before: RoaringBitmap = before.iter().flat_map(|(_, row)| row.members()).collect();
        (&after - &before).iter().for_each(|handle| self.listed.add(handle));
        let left = &before - &after;
        left.iter().for_each(|handle| self.listed.remove(handle));
        if seq > counted && !left.is_empty() {
            rows.departed.0 = seq;
            rows.departed.1 |= left;
        }
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
        if let Some(rows) = self.regions.get_mut(&region)
            && rows.departed.0 <= seq
        {
            rows.departed = Default::default();
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

    /// Whether a location in `region` must wait until the regions where it was have let go of it.
    ///
    /// Where it came from is not stored: a row that already says "arriving" waits for every other region's row of that
    /// location. That is exact once things are quiet, and errs on the side of counting a location nowhere.
    pub fn is_arriving(&self, region: u32, handle: u32, position: u32) -> bool {
        let here = self.regions.get(&region).and_then(|rows| rows.covering(position));
        match here.and_then(|(_, row)| row.standing(handle)) {
            Some(Standing::Counted) => false,
            Some(Standing::Arriving) => {
                self.others(region).any(|(r, rows)| self.holds(*r, rows, handle, position))
            }
            None => {
                self.listed.contains(handle)
                    || self.others(region).any(|(_, rows)| rows.departed.1.contains(handle))
            }
        }
    }

    fn others(&self, region: u32) -> impl Iterator<Item = (&u32, &RegionRows)> {
        self.regions.iter().filter(move |(other, _)| **other != region)
    }

    /// Whether a region may still count a location: its row lists it, or has not been counted since it was written.
    fn holds(&self, region: u32, rows: &RegionRows, handle: u32, position: u32) -> bool {
        let counted = self.watermark.get(&region).copied().unwrap_or_default();
        let uncounted = |(seq, row): &(u64, Row)| *seq > counted || row.standing(handle).is_some();
        rows.covering(position).is_some_and(uncounted)
    }
}

impl Listings {
    fn add(&mut self, handle: u32) {
        if !self.once.insert(handle) {
            *self.more.entry(handle).or_default() += 1;
        }
    }

    fn remove(&mut self, handle: u32) {
        match self.more.get_mut(&handle) {
            None => {
                self.once.remove(handle);
            }
            Some(1) => {
                self.more.remove(&handle);
            }
            Some(more) => *more -= 1,
        }
    }

    fn contains(&self, handle: u32) -> bool {
        self.once.contains(handle)
    }
}
