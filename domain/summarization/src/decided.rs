//! The decisions of one placement in one region, and what they say of a location.
//!
//! Rows are per bucket and can be cut differently for a moment (`bucket_bits` grows). A location belongs to the row
//! that its name hashes to; where rows with different bits list it, the finer one is newer, as bits never shrink.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use model::Decision;

use crate::classify::Decided;

/// What the rows say of one location.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict<'a> {
    /// The row that could list it is not there: nothing follows from that.
    Unknown,
    /// The row is there and does not list it.
    Nothing,
    /// Listed, but another region may still count it; the hub tells it as missing.
    Arriving,
    Counted(Decided<'a>),
}

/// The decision rows of one placement in one region.
#[derive(Clone, Debug, Default)]
pub struct Decisions {
    rows: BTreeMap<u32, DecisionRow>,
    /// The most that any row has.
    bits: u32,
    /// Some row is of a placement that is rolled out in waves.
    any_staged: bool,
}

/// Locations with the indices of their groups.
pub type Names = Vec<(Arc<str>, u32)>;

/// What a change of one row can concern.
#[derive(Clone, Debug, Default)]
pub struct Touched {
    /// Listed before or now.
    pub locations: BTreeSet<Arc<str>>,
    /// The cuts under which the row has been there: it can concern all that hash to its bucket.
    pub bits: BTreeSet<u32>,
}

impl Touched {
    fn add(&mut self, bits: u32, locations: &[(Arc<str>, u32)]) {
        self.bits.insert(bits);
        self.locations.extend(locations.iter().map(|(name, _)| name.clone()));
    }
}

#[derive(Clone, Debug)]
struct DecisionRow {
    seq: u64,
    bits: u32,
    placement_uid: Arc<str>,
    /// The placement is rolled out in waves.
    staged: bool,
    groups: Vec<Group>,
    /// Sorted by location; with the group's index.
    locations: Names,
}

#[derive(Clone, Copy, Debug)]
struct Group {
    rollout: u64,
    arriving: bool,
}

impl Decisions {
    /// Replaces the row of `bucket`. `locations` are those of all groups with the group's index; the caller owns the
    /// names, so that a region keeps each only once.
    pub fn set(&mut self, bucket: u32, row: Option<(&Decision, Names)>, seq: u64) -> Touched {
        let mut touched = Touched::default();
        let old = match row {
            Some((decision, locations)) => {
                touched.add(decision.bucket_bits, &locations);
                self.rows.insert(bucket, DecisionRow::new(decision, locations, seq))
            }
            None => self.rows.remove(&bucket),
        };
        if let Some(old) = old {
            touched.add(old.bits, &old.locations);
        }
        self.bits = self.rows.values().map(|row| row.bits).max().unwrap_or(0);
        self.any_staged = self.rows.values().any(|row| row.staged);
        touched
    }

    /// Whether `seq` is older than what the row of `bucket` says already.
    pub fn is_newer(&self, bucket: u32, seq: u64) -> bool {
        self.rows.get(&bucket).is_some_and(|row| row.seq > seq)
    }

    /// What was decided for `location`.
    pub fn verdict(&self, location: &str) -> Verdict<'_> {
        let mut verdict = Verdict::Unknown;
        for (_, row) in self.rows_of(location) {
            match row.verdict(location) {
                Verdict::Nothing => verdict = Verdict::Nothing,
                listed => return listed,
            }
        }
        verdict
    }

    /// The rows that could list `location`, with their buckets, the finest cut first.
    fn rows_of(&self, location: &str) -> impl Iterator<Item = (u32, &DecisionRow)> {
        (0..=self.bits).rev().filter_map(move |bits| {
            let bucket = model::bucket(location, bits);
            let row = self.rows.get(&bucket).filter(|row| row.bits == bits)?;
            Some((bucket, row))
        })
    }

    /// The highest sequence among the rows; zero: there is none.
    pub fn watermark(&self) -> u64 {
        self.newest().map_or(0, |row| row.seq)
    }

    /// The placement that the newest row was decided for.
    pub fn placement_uid(&self) -> &str {
        self.newest().map_or("", |row| &row.placement_uid)
    }

    /// The highest rollout number of that placement.
    pub fn rollout(&self) -> u64 {
        let uid = self.placement_uid();
        let rows = self.rows.values().filter(|row| &*row.placement_uid == uid);
        rows.flat_map(|row| row.groups.iter().map(|group| group.rollout)).max().unwrap_or(0)
    }

    /// Whether the row of `bucket` is of a placement that is rolled out in waves.
    pub fn is_staged(&self, bucket: u32) -> bool {
        self.rows.get(&bucket).is_some_and(|row| row.staged)
    }

    /// The bucket of a row that lists `location`, of a placement that is rolled out in waves.
    pub fn staged_bucket(&self, location: &str) -> Option<u32> {
        // Asked of each report, and most placements are in no waves.
        let mut rows = self.any_staged.then(|| self.rows_of(location)).into_iter().flatten();
        let listing = rows.find(|(_, row)| row.staged && row.group(location).is_some());
        listing.map(|(bucket, _)| bucket)
    }

    /// The locations that the row of `bucket` lists, by name, with their rollout numbers; none if it is not in waves.
    pub fn staged(&self, bucket: u32) -> impl Iterator<Item = (&Arc<str>, u64)> {
        let row = self.rows.get(&bucket).filter(|row| row.staged);
        row.into_iter().flat_map(|row| {
            row.locations.iter().map(|(name, group)| (name, row.groups[*group as usize].rollout))
        })
    }

    /// The buckets that have a row.
    pub fn buckets(&self) -> Vec<u32> {
        self.rows.keys().copied().collect()
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    fn newest(&self) -> Option<&DecisionRow> {
        self.rows.values().max_by_key(|row| row.seq)
    }
}

impl DecisionRow {
    fn new(decision: &Decision, mut locations: Names, seq: u64) -> Self {
        locations.sort_unstable();
        let groups = decision.groups.iter();
        Self {
            seq,
            bits: decision.bucket_bits,
            placement_uid: decision.placement_uid.as_str().into(),
            staged: decision.is_staged(),
            groups: groups
                .map(|group| Group { rollout: group.rollout, arriving: !group.arriving_from.is_empty() })
                .collect(),
            locations,
        }
    }

    fn group(&self, location: &str) -> Option<Group> {
        let at = self.locations.binary_search_by(|(name, _)| (**name).cmp(location)).ok()?;
        Some(self.groups[self.locations[at].1 as usize])
    }

    fn verdict(&self, location: &str) -> Verdict<'_> {
        let Some(group) = self.group(location) else { return Verdict::Nothing };
        if group.arriving {
            return Verdict::Arriving;
        }
        Verdict::Counted(Decided { placement_uid: &self.placement_uid, rollout: group.rollout })
    }
}
