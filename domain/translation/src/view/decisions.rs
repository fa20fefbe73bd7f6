//! The decision rows, and what they say about one location.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use model::{Decision, Digest, PlacementKey, bucket};

use super::Name;
use super::sites::Sites;

#[derive(Debug, Default)]
pub struct Decisions {
    tables: BTreeMap<Name, BTreeMap<Arc<PlacementKey>, Table>>,
}

/// The rows of one region and placement.
#[derive(Debug, Default)]
struct Table {
    rows: BTreeMap<u32, Row>,
    /// How many rows there are of each layout, by its bits.
    layouts: BTreeMap<u32, usize>,
}

#[derive(Debug, PartialEq, Eq)]
pub struct Row {
    pub seq: u64,
    pub uid: Arc<str>,
    pub create_time: u64,
    bits: u32,
    groups: Vec<Group>,
}

#[derive(Debug, PartialEq, Eq)]
pub struct Group {
    pub release: Digest,
    pub rollout: u64,
    /// Sorted.
    names: Vec<Name>,
}

/// What the rows say about a location.
#[derive(Debug)]
pub enum Listed<'a> {
    /// There is no row that would list it.
    Unknown,
    /// The row that would list it does not.
    No(&'a Row),
    Yes(&'a Row, &'a Group),
}

/// What a new row changes.
#[derive(Debug)]
pub struct Change {
    pub placement: Arc<PlacementKey>,
    /// Locations for which another release, rollout or placement uid is told than before.
    pub differing: Vec<Name>,
    pub listed: Vec<Name>,
    /// Listed before and no more.
    pub unlisted: Vec<Name>,
    pub releases_used: BTreeSet<Digest>,
    pub releases_unused: BTreeSet<Digest>,
}

impl Row {
    pub fn of(decision: &Decision, seq: u64, sites: &mut Sites) -> Self {
        let group = |group: &model::DecisionGroup| {
            let mut names: Vec<_> = group.locations.iter().map(|name| sites.name(name)).collect();
            names.sort();
            Group { release: group.release, rollout: group.rollout, names }
        };
        Self {
            seq,
            uid: decision.placement_uid.as_str().into(),
            create_time: decision.placement_create_time,
            bits: decision.bucket_bits,
            groups: decision.groups.iter().map(group).collect(),
        }
    }

    fn group_of(&self, name: &str) -> Option<&Group> {
        let lists = |group: &&Group| group.names.binary_search_by(|one| one.as_ref().cmp(name)).is_ok();
        self.groups.iter().find(lists)
    }

    fn releases(&self) -> BTreeSet<Digest> {
        self.groups.iter().map(|group| group.release).collect()
    }

    /// What is told of each location.
    fn told(&self) -> BTreeMap<&Name, (&str, u64, Digest, u64)> {
        let of_group = |group: &Group| (&*self.uid, self.create_time, group.release, group.rollout);
        self.groups
            .iter()
            .flat_map(|group| group.names.iter().map(move |name| (name, of_group(group))))
            .collect()
    }
}

impl Decisions {
    /// Puts a row in its place, or takes it away.
    pub fn set(&mut self, region: &Name, bucket: u32, placement: &PlacementKey, row: Option<Row>) -> Change {
        let tables = self.tables.entry(region.clone()).or_default();
        let placement = match tables.get_key_value(placement) {
            Some((placement, _)) => placement.clone(),
            None => Arc::new(placement.clone()),
        };
        let table = tables.entry(placement.clone()).or_default();
        let before = table.set(bucket, row);
        let change = Change::between(placement.clone(), before.as_ref(), table.rows.get(&bucket));
        // A location may have been in another row of the table, of another layout, all along.
        let table = &tables[&placement];
        Change { unlisted: change.unlisted.into_iter().filter(|name| !table.lists(name)).collect(), ..change }
    }

    /// What the rows of a placement in a region say about `location`.
    pub fn listed(&self, region: &str, placement: &PlacementKey, location: &str) -> Listed<'_> {
        let table = self.tables.get(region).and_then(|tables| tables.get(placement));
        table.map_or(Listed::Unknown, |table| table.listed(location))
    }
}

impl Table {
    /// Returns what was there.
    fn set(&mut self, bucket: u32, row: Option<Row>) -> Option<Row> {
        if let Some(row) = &row {
            *self.layouts.entry(row.bits).or_default() += 1;
        }
        let before = match row {
            Some(row) => self.rows.insert(bucket, row),
            None => self.rows.remove(&bucket),
        };
        if let Some(before) = &before {
            let left = self.layouts.entry(before.bits).or_default();
            *left = left.saturating_sub(1);
            self.layouts.retain(|_, rows| *rows > 0);
        }
        before
    }

    /// While a placement's buckets are split, rows of both layouts are there: the finer one is newer, and where it is
    /// not there yet, the coarser one still stands.
    fn listed(&self, location: &str) -> Listed<'_> {
        let row_of = |bits: &u32| self.rows.get(&bucket(location, *bits)).filter(|row| row.bits == *bits);
        match self.layouts.keys().rev().find_map(row_of) {
            None => Listed::Unknown,
            Some(row) => row.group_of(location).map_or(Listed::No(row), |group| Listed::Yes(row, group)),
        }
    }

    fn lists(&self, location: &str) -> bool {
        self.rows.values().any(|row| row.group_of(location).is_some())
    }
}

impl Change {
    fn between(placement: Arc<PlacementKey>, before: Option<&Row>, after: Option<&Row>) -> Self {
        let told_before = before.map(Row::told).unwrap_or_default();
        let told_after = after.map(Row::told).unwrap_or_default();
        let releases = |row: Option<&Row>| row.map(Row::releases).unwrap_or_default();
        let names = |told: &BTreeMap<&Name, _>, other: &BTreeMap<&Name, _>| -> Vec<Name> {
            told.keys().filter(|name| !other.contains_key(*name)).map(|name| (*name).clone()).collect()
        };
        let unlisted = names(&told_before, &told_after);
        let changed = told_after.iter().filter(|(name, told)| told_before.get(*name) != Some(told));
        let differing = changed.map(|(name, _)| (*name).clone()).chain(unlisted.iter().cloned()).collect();
        Self {
            listed: names(&told_after, &told_before),
            differing,
            unlisted,
            releases_used: releases(after),
            releases_unused: releases(before),
            placement,
        }
    }
}
